"""The sound of a voice's recordings."""

import os
from collections.abc import Sequence
from typing import BinaryIO, Final

from voice_stack.audio.clip import AudioClip
from voice_stack.audio.decode import AudioStream, DecodeLimits, open_audio
from voice_stack.audio.tracks import Track, main_track
from voice_stack.audio.wav import read_layout
from voice_stack.core.errors import InvalidAudioError, NotFoundError
from voice_stack.tts.types import VoiceReference

# What is longer than this is no reference but an audio book; a request must not wait for it to be decoded.
MAX_RECORDING_S: Final = 600.0

_LOWEST_RATE, _HIGHEST_RATE = 8_000, 48_000


def open_recording(file: BinaryIO) -> AudioStream:
    """A recording at its own sample rate, 8 to 48 kHz, mono.

    Args:
        file: a real file (`fileno()`).

    Raises:
        InvalidAudioError: it is no audio.
        AudioTooLongError: it is longer than MAX_RECORDING_S.
        ServiceUnavailableError: there is no FFmpeg.
    """
    rates: list[int] = []

    def noted(tracks: Sequence[Track]) -> Track:
        chosen = main_track(tracks)
        rates.append(chosen.sample_rate or _HIGHEST_RATE)
        return chosen

    limits = DecodeLimits(MAX_RECORDING_S)
    layout = read_layout(file.fileno(), os.fstat(file.fileno()).st_size)
    # A WAV tells its rate by itself, and is read at that without a child.
    guessed = _bounded(layout.sample_rate) if layout is not None else _HIGHEST_RATE
    sound = open_audio(file, limits, sample_rate=guessed, choose=noted)
    rate = _bounded(rates[-1])
    if rate == guessed:
        return sound
    sound.close()
    return open_audio(file, limits, sample_rate=rate)


def _bounded(rate: int) -> int:
    return min(max(rate, _LOWEST_RATE), _HIGHEST_RATE)


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
