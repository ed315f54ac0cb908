"""A sample made into the reference that engines hear."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

import numpy as np
import soxr

from voice_stack.audio.clip import AudioClip, to_s16le
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.audio.wav import wav_header
from voice_stack.core.errors import InvalidAudioError, UnusableVoiceError
from voice_stack.tts.voices.doctor import Doctor, read_recording
from voice_stack.tts.voices.doctor import Prepared as Examined
from voice_stack.tts.voices.report import Report, Verdict

REFERENCE_RATE: Final = 24_000
"""Hz of the reference: what XTTS and its like speak at."""

MAX_CONSENT_S: Final = 120.0

# What is cut off below is none worth telling.
_SHORT_S: Final = 0.5


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


def prepared_by(doctor: Doctor) -> Callable[[BinaryIO], Prepared]:
    """The function that makes the reference of a sample: its best part, cut in pauses and brought to one loudness."""

    def prepare(sample: BinaryIO) -> Prepared:
        """The reference that a sample makes.

        Args:
            sample: a real file (`fileno()`), of any container that can be decoded.

        Raises:
            InvalidAudioError: it is no audio, or longer than ten minutes.
            UnusableVoiceError: nobody could be cloned from it; the message says why, and what to do.
            ServiceUnavailableError: FFmpeg is missing.
        """
        try:
            recording = read_recording(sample)
        except InvalidAudioError as error:
            error.param = "audio_sample"
            raise
        made = doctor.prepare(recording)
        after = made.report_after
        if after.verdict is Verdict.UNUSABLE:
            raise UnusableVoiceError(_refusal(after), param="audio_sample")
        samples = soxr.resample(made.clip.samples, made.clip.sample_rate, REFERENCE_RATE).astype(np.float32, copy=False)
        wav = wav_header(REFERENCE_RATE, len(samples)) + to_s16le(samples)
        return Prepared(wav, len(samples) / REFERENCE_RATE, tuple(_told(made, recording)))

    return prepare


def _refusal(report: Report) -> str:
    wrong = [one for one in report.findings if one.verdict is Verdict.UNUSABLE]
    faults = [one.code if one.value is None else f"{one.code} ({one.value:.3g} {one.unit})" for one in wrong]
    return f"The recording cannot be cloned from: {', '.join(faults)}. {report.advice}"


def _told(made: Examined, recording: AudioClip) -> Iterator[str]:
    window, after = made.window, made.report_after
    if window.end_s - window.start_s < recording.duration - _SHORT_S:
        yield f"cut to its best part, {window.start_s:.1f} to {window.end_s:.1f} s"
    yield f"{REFERENCE_RATE // 1000} kHz mono, brought to one loudness"
    if made.denoised:
        yield "noise taken off"
    yield f"examined: {', '.join((after.verdict.value, *after.codes))}"


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
