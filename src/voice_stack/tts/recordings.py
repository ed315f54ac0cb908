"""The sound of a voice's recordings."""

from typing import Final

from voice_stack.audio.clip import AudioClip
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.core.errors import InvalidAudioError, NotFoundError
from voice_stack.tts.types import VoiceReference

# What is longer than this is no reference but an audio book; a request must not wait for it to be decoded.
MAX_RECORDING_S: Final = 600.0


def read_recordings(reference: VoiceReference, sample_rate: int) -> list[AudioClip]:
    """Decode every recording of a voice, in order.

    Args:
        sample_rate: Hz of the clips.

    Raises:
        InvalidAudioError: a file is no audio, or longer than MAX_RECORDING_S.
        OSError: a file is gone.
    """
    clips: list[AudioClip] = []
    for path in reference.paths:
        with path.open("rb") as file, open_audio(file, DecodeLimits(MAX_RECORDING_S), sample_rate=sample_rate) as sound:
            clips.append(sound.read(MAX_RECORDING_S))
    return clips


def read_voice(reference: VoiceReference, sample_rate: int) -> list[AudioClip]:
    """Decode every recording of a voice that a request has asked for, in order.

    Args:
        sample_rate: Hz of the clips.

    Raises:
        InvalidAudioError: a recording is no audio, or too long.
        NotFoundError: one is gone.
    """
    try:
        return read_recordings(reference, sample_rate)
    except InvalidAudioError as error:
        message = f"The voice {reference.id!r} cannot be used: {error.message}"
        raise InvalidAudioError(message, param="voice") from error
    except OSError as error:
        raise NotFoundError(f"The recordings of the voice {reference.id!r} are gone.", param="voice") from error
