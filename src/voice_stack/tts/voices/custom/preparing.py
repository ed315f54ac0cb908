"""A sample made into the reference that engines hear."""

from dataclasses import dataclass
from typing import BinaryIO, Final

import numpy as np

from voice_stack.audio.clip import AudioClip, Samples, to_s16le
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.audio.loudness import SILENCE_LUFS, loudness
from voice_stack.audio.vad import SAMPLE_RATE as LISTENING_RATE
from voice_stack.audio.wav import wav_header
from voice_stack.core.errors import InvalidAudioError, UnusableVoiceError
from voice_stack.tts.recordings import MAX_RECORDING_S
from voice_stack.tts.voices.quality import find_problem, measure

REFERENCE_RATE: Final = 24_000
"""Hz of the reference: what XTTS and its like speak at."""

MAX_CONSENT_S: Final = 120.0

_TARGET_LUFS: Final = -19.0
_CEILING: Final = 10 ** (-1 / 20)
# A change that nobody hears is none worth telling.
_HEARD_DB: Final = 0.5


@dataclass(frozen=True, slots=True)
class Prepared:
    """A reference, ready to be kept.

    Attributes:
        wav: 24 kHz, mono, 16 bits.
        seconds: of it.
        done: what was done to the sample, for people.
    """

    wav: bytes
    seconds: float
    done: tuple[str, ...]


def prepare(sample: BinaryIO) -> Prepared:
    """The reference that a sample makes: decoded, judged, and brought to one loudness.

    Args:
        sample: a real file (`fileno()`), of any container that can be decoded.

    Raises:
        InvalidAudioError: it is no audio, or longer than ten minutes.
        UnusableVoiceError: nobody could be cloned from it; the message says why.
        ServiceUnavailableError: FFmpeg is missing.
    """
    problem = find_problem({"The recording": measure(decoded(sample, LISTENING_RATE, MAX_RECORDING_S))})
    if problem is not None:
        raise UnusableVoiceError(problem, param="audio_sample")
    clip = decoded(sample, REFERENCE_RATE, MAX_RECORDING_S)
    samples, gain_db = _leveled(clip)
    done: tuple[str, ...] = (f"decoded to {REFERENCE_RATE // 1000} kHz mono",)
    if abs(gain_db) >= _HEARD_DB:
        done += (f"its level changed by {gain_db:+.1f} dB",)
    wav = wav_header(REFERENCE_RATE, len(samples)) + to_s16le(samples)
    return Prepared(wav, len(samples) / REFERENCE_RATE, done)


def decoded(recording: BinaryIO, sample_rate: int, most_s: float, param: str = "audio_sample") -> AudioClip:
    """The sound of a recording.

    Args:
        recording: a real file (`fileno()`).
        sample_rate: Hz of the clip.
        most_s: seconds that it may last.
        param: the request field that it came in.

    Raises:
        InvalidAudioError: it is no audio, or longer.
        ServiceUnavailableError: FFmpeg is missing.
    """
    try:
        with open_audio(recording, DecodeLimits(most_s), sample_rate=sample_rate) as sound:
            return sound.read(most_s)
    except InvalidAudioError as error:
        error.param = param
        raise


def _leveled(clip: AudioClip) -> tuple[Samples, float]:
    """The clip at the loudness of speech, and by how many decibels it was changed. Peaks are never bent: what is
    cloned would sound so."""
    level = loudness(clip.samples, clip.sample_rate)
    peak = float(np.abs(clip.samples).max(initial=0.0))
    if level <= SILENCE_LUFS or not peak:
        return clip.samples, 0.0
    gain = min(10 ** ((_TARGET_LUFS - level) / 20), _CEILING / peak)
    return (clip.samples * np.float32(gain)).astype(np.float32), float(20 * np.log10(gain))
