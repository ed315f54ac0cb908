"""Levels, speech and noise of a recording. Pure functions of the sound."""

import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.audio.vad import SAMPLE_RATE, SpeechSpan, VadOptions, speech_spans
from voice_stack.core.errors import VadError

logger = logging.getLogger("voice_stack.audio")

SILENCE_DB: Final = -60.0
"""dBFS of the loud parts of a recording in which there is nothing to hear."""
ENOUGH_SPEECH_S: Final = 0.5
"""Seconds of speech that tell that somebody speaks. A whisper or a falsetto is no speech to Silero most of the time, so
little of it is asked for."""
# Softer than the loud parts by more than this is a pause.
_SOUND_RANGE_DB: Final = 40.0
_PAUSE_S: Final = 1.0
_SPEECH: Final = VadOptions(threshold=0.3, min_silence_duration_ms=100, speech_pad_ms=0)
_VAD_PIECE_S: Final = 30.0

_WINDOW: Final = 512
_HOP: Final = 256
_FRAMES: Final = 2000
_BANDS: Final = 24
# Rumble and hum below are hardly heard, and engines cut them off.
_LOWEST_HZ: Final = 80.0
_FLOOR_PERCENTILE: Final = 10
# In steady noise the tenth percentile of a band's power is so much below its mean.
_FLOOR_BIAS: Final = 10**0.22
_ACTIVE_RANGE: Final = 1e-3
# Of 16 bits: there is no recording without it, and no logarithm of zero.
_QUANTISATION: Final = 1 / 12 / 32768**2


@dataclass(frozen=True, slots=True)
class Measurement:
    """Measures of a recording.

    Attributes:
        duration_s: of the whole.
        sound_s: without silence that lasts: half a second at the ends counts, a second in between.
        speech_s: of it that is surely speech; counting stops where it is enough.
        level_db: dBFS of its loud parts.
        snr_db: level of the loud parts over the noise in the pauses and between the harmonics, above 80 Hz.
    """

    duration_s: float
    sound_s: float
    speech_s: float
    level_db: float
    snr_db: float


def measure(clip: AudioClip) -> Measurement:
    """Measure one recording.

    Args:
        clip: at 16,000 Hz; may be empty.
    """
    if clip.sample_rate != SAMPLE_RATE:
        raise ValueError(f"quality is measured at {SAMPLE_RATE} Hz, not {clip.sample_rate} Hz")
    bands = _band_powers(clip.samples)
    power = bands.sum(axis=1) + _QUANTISATION
    loud = float(np.percentile(power, 95))
    sound = _with_short_pauses(power > max(_to_power(SILENCE_DB), loud * _to_power(-_SOUND_RANGE_DB)))
    active = power > power.max() * _ACTIVE_RANGE
    return Measurement(
        duration_s=clip.duration,
        sound_s=clip.duration * float(sound.mean()),
        speech_s=_speech_seconds(clip),
        level_db=10 * math.log10(loud),
        snr_db=_snr_db(bands, float(power[active].mean())),
    )


def noise_ratio(clip: AudioClip) -> float:
    """The `snr_db` of a recording alone, in dB: no speech is looked for.

    Args:
        clip: at 16,000 Hz, not empty.
    """
    bands = _band_powers(clip.samples)
    power = bands.sum(axis=1) + _QUANTISATION
    return _snr_db(bands, float(power[power > power.max() * _ACTIVE_RANGE].mean()))


def _band_powers(samples: Samples) -> NDArray[np.float64]:
    """Mean square of every frame by mel band, full scale 1: (frames, bands); at least one frame."""
    missing = max(0, _WINDOW - len(samples))
    padded = np.pad(samples, (0, missing)) if missing else samples
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]
    window = np.hanning(_WINDOW)
    scale = 2 / (_WINDOW * float(np.square(window).sum()))
    weights = _band_weights() * scale
    # Ten minutes at once would take hundreds of megabytes.
    parts = [
        np.square(np.abs(np.fft.rfft(frames[first : first + _FRAMES] * window, axis=1))) @ weights
        for first in range(0, len(frames), _FRAMES)
    ]
    powers: NDArray[np.float64] = np.concatenate(parts)
    return powers


def _band_weights() -> NDArray[np.float64]:
    """Bands of the bins: (bins, bands) of 0 and 1."""
    mel = 2595 * np.log10(1 + np.fft.rfftfreq(_WINDOW, 1 / SAMPLE_RATE) / 700)
    low, high = 2595 * math.log10(1 + _LOWEST_HZ / 700), mel[-1]
    band = np.floor((mel - low) / (high - low) * _BANDS)
    weights: NDArray[np.float64] = (band[:, None] == np.arange(_BANDS)).astype(np.float64)
    return weights


def _snr_db(bands: NDArray[np.float64], speech: float) -> float:
    """The noise is what every band falls back to, even in speech without pauses: harmonics leave gaps elsewhere."""
    noise = float(np.percentile(bands, _FLOOR_PERCENTILE, axis=0).sum()) * _FLOOR_BIAS + _QUANTISATION
    return 10 * math.log10(max(speech / noise - 1, 1e-3))


def _with_short_pauses(sound: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Frames within half a second of sound: the pauses of speech count, long silence does not."""
    reach = round(_PAUSE_S / 2 * SAMPLE_RATE / _HOP)
    near: NDArray[np.bool_] = np.convolve(sound, np.ones(2 * reach + 1), mode="full")[reach : reach + len(sound)] > 0.5
    return near


def _speech_seconds(clip: AudioClip) -> float:
    """Seconds of speech, counted until there are enough."""
    found = 0.0
    try:
        for span in _spans(clip):
            found += (span.end - span.start) / SAMPLE_RATE
            if found >= ENOUGH_SPEECH_S:
                break
    except VadError as error:
        logger.warning("Recordings are taken without knowing whether they are speech: %s", error)
        return clip.duration
    return found


def spoken(clip: AudioClip) -> list[SpeechSpan] | None:
    """All the speech of a recording, in order of time, cut at pauses of 0.1 s; None when it cannot be told.

    Args:
        clip: at 16,000 Hz; may be empty.
    """
    try:
        return list(_spans(clip))
    except VadError as error:
        logger.warning("Nobody can tell where there is speech: %s", error)
        return None


def _spans(clip: AudioClip) -> Iterator[SpeechSpan]:
    """Speech, detected half a minute at a time."""
    start = 0.0
    while start < clip.duration:
        first = round(start * SAMPLE_RATE)
        for span in speech_spans(clip.slice(start, start + _VAD_PIECE_S), _SPEECH):
            yield SpeechSpan(first + span.start, first + span.end)
        start += _VAD_PIECE_S


def _to_power(decibels: float) -> float:
    return float(10 ** (decibels / 10))
