"""Recordings that are to be of one person: heard, or refused with the reason."""

from dataclasses import dataclass
from typing import Final

from voice_stack.audio.clip import AudioClip
from voice_stack.audio.resample import resampled
from voice_stack.audio.vad import SAMPLE_RATE, SpeechSpan
from voice_stack.core.errors import SeveralSpeakersError, TooLittleSpeechError
from voice_stack.speaker.company import Company, company
from voice_stack.speaker.encoder import SpeakerEncoder
from voice_stack.speaker.engines.base import joined, spans_of
from voice_stack.speaker.vectors import Embedding

SHORTEST_S: Final = 1.0
"""Seconds of speech that a reference takes at least."""
# What is below this is a click, or a breath.
_NONE_S: Final = 0.1
# Below so many seconds of speech a second voice is brief.
_BRIEF_S: Final = 1.2
# Of a longer recording so much is looked through for a second voice.
_LOOKED_AT_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Heard:
    """A voice as a network has heard it.

    Attributes:
        vector: (size,) float32 of length 1.
        speech_s: seconds of speech in the recording.
        model: engine and model that have heard it.
    """

    vector: Embedding
    speech_s: float
    model: str


def hear(clip: AudioClip, encoder: SpeakerEncoder, *, shortest_s: float = SHORTEST_S, param: str = "file") -> Heard:
    """The voice in a recording, whoever else may be in it.

    Args:
        clip: mono, at any rate.
        shortest_s: seconds of speech that it must have.
        param: the request field that it came in.

    Raises:
        TooLittleSpeechError: it is silent, or there is less speech in it.
        EngineUnavailableError: there is no model to tell speakers by.
        EngineError: the network failed.
    """
    return _heard(resampled(clip, SAMPLE_RATE), encoder, shortest_s, param)[0]


def hear_reference(clip: AudioClip, encoder: SpeakerEncoder, *, param: str = "file") -> Heard:
    """The voice of the one person in a recording.

    Raises:
        SeveralSpeakersError: there are more, where the network's calibration says how that is told.
        As `hear` otherwise.
    """
    clip = resampled(clip, SAMPLE_RATE)
    heard, spans = _heard(clip, encoder, SHORTEST_S, param)
    looked_at = clip.slice(0, _LOOKED_AT_S)
    within = [span for span in spans if span.end <= len(looked_at.samples)]
    calibration = encoder.calibration
    if calibration.one_voice is None:
        return heard
    found = company(looked_at, within, encoder)
    brief = calibration.one_voice_brief if calibration.one_voice_brief is not None else calibration.one_voice
    wanted = brief if found.minor_s < _BRIEF_S else calibration.one_voice
    if found.similarity < wanted:
        raise SeveralSpeakersError(_told(found, wanted), param=param)
    return heard


def _heard(clip: AudioClip, encoder: SpeakerEncoder, shortest_s: float, param: str) -> tuple[Heard, list[SpeechSpan]]:
    if clip.duration < shortest_s:
        raise TooLittleSpeechError(
            f"The recording lasts {clip.duration:.1f} seconds; at least {shortest_s:g} of speech are needed to tell "
            "who speaks. Send a longer one.",
            param=param,
        )
    spans = spans_of(clip)
    seconds = sum(span.end - span.start for span in spans) / clip.sample_rate
    if seconds < _NONE_S:
        raise TooLittleSpeechError(
            "Nobody speaks in the recording: it is silent, or what sounds in it is no speech. Send one in which the "
            "person speaks.",
            param=param,
        )
    if seconds < shortest_s:
        raise TooLittleSpeechError(
            f"There are {seconds:.1f} seconds of speech in the recording; at least {shortest_s:g} are needed to tell "
            "who speaks. Send a longer one.",
            param=param,
        )
    return Heard(encoder.embed_speech(joined(clip, spans)), seconds, encoder.name), spans


def _told(found: Company, wanted: float) -> str:
    minor = [stretch for stretch, inside in zip(found.stretches, found.in_minor, strict=True) if inside]
    return (
        f"More than one person speaks in the recording: the voice at {minor[0].start:.1f} to {minor[-1].end:.1f} "
        f"seconds is another one (similarity {found.similarity:.2f}, of one person from {wanted:.2f} on). Send a "
        "recording of one person."
    )
