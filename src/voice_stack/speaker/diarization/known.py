"""Speakers whose names are known: by clips that a client sends along, or by whoever was enrolled."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from voice_stack.audio.clip import AudioClip
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.core.errors import AudioTooLongError, InvalidAudioError, InvalidRequestError
from voice_stack.speaker.diarization.base import RATE
from voice_stack.speaker.diarization.request import PARAM, Reference
from voice_stack.speaker.diarization.turns import Diarization
from voice_stack.speaker.encoder import SpeakerEncoder
from voice_stack.speaker.references import hear_reference
from voice_stack.speaker.vectors import Embedding, similarity

LONGEST_S: Final = 60.0
"""Seconds of a reference, at most."""
_TIMEOUT_S: Final = 20.0


@dataclass(frozen=True, slots=True, eq=False)
class KnownVoice:
    """Somebody whose voice is known.

    Attributes:
        name: what their turns are called.
        vector: of the configured embedding model.
    """

    name: str
    vector: Embedding


def voices_of(references: Sequence[Reference], encoder: SpeakerEncoder) -> list[KnownVoice]:
    """The voices of clips.

    Raises:
        InvalidAudioError: one is no audio, or has too little speech, or two speakers; the message says which.
        AudioTooLongError: one is longer than a minute.
        EngineUnavailableError, EngineError: voices cannot be told here.
    """
    return [KnownVoice(reference.name, _voice(reference, encoder)) for reference in references]


def named(diarization: Diarization, known: Sequence[KnownVoice], encoder: SpeakerEncoder) -> Diarization:
    """The same with the names of who is known, each for one speaker at most: the most alike first."""
    names = names_of(diarization, known, encoder.calibration.same) if known and diarization.voices else {}
    return diarization.named(names)


def names_of(diarization: Diarization, known: Sequence[KnownVoice], same: float) -> dict[str, str]:
    """Names by what the speakers are called.

    Args:
        same: similarity from which two voices are taken for one.
    """
    pairs = [
        (similarity(voice, one.vector), who, one.name)
        for who, voice in diarization.voices.items()
        for one in known
        if voice.shape == one.vector.shape
    ]
    names: dict[str, str] = {}
    for alike, who, name in sorted(pairs, key=lambda pair: -pair[0]):
        if alike >= same and who not in names and name not in names.values():
            names[who] = name
    return names


def _voice(reference: Reference, encoder: SpeakerEncoder) -> Embedding:
    which = f"The reference of {reference.name!r}"
    clip = _clip(reference.sound, which)
    try:
        return hear_reference(clip, encoder, param=PARAM).vector
    except InvalidAudioError as error:
        raise type(error)(f"{which}: {error.message}", param=PARAM) from error


def _clip(sound: bytes, which: str) -> AudioClip:
    with tempfile.TemporaryFile() as file:
        file.write(sound)
        try:
            with open_audio(file, DecodeLimits(LONGEST_S, _TIMEOUT_S), sample_rate=RATE) as stream:
                return stream.read(LONGEST_S)
        except AudioTooLongError as error:
            raise AudioTooLongError(f"{which} is longer than {LONGEST_S:g} s.", param=PARAM) from error
        except InvalidRequestError as error:
            raise InvalidAudioError(f"{which} is no audio that can be read: {error.message}", param=PARAM) from error
