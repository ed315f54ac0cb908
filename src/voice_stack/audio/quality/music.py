"""Music, told by what speech does not do: hold a pitch still, and keep a beat. No model.

Partials are followed from frame to frame as in McAulay and Quatieri, "Speech analysis/synthesis based on a sinusoidal
representation" (1986): those of a note lie still for its length, those of a voice glide all the time. The beat is the
self-similarity of the onset strength at equal distances, after Scheirer, "Tempo and beat analysis of acoustic musical
signals" (1998).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.audio.vad import SAMPLE_RATE

_SIZE: Final = 2048
_HOP: Final = 512
_LOWEST_HZ, _HIGHEST_HZ = 150.0, 4000.0
# A partial stands so far above its surroundings, and is so far below the strongest at most.
_PROMINENT_DB: Final = 12.0
_RANGE_DB: Final = 45.0
_BESIDE: Final = (-12, -10, -8, 8, 10, 12)
# In bins of 7.8 Hz: from one frame to the next, and from the first one of the note.
_STEP: Final = 0.35
_DRIFT: Final = 0.6
# Frames of 32 ms that a pitch must lie still to be a note.
_NOTE: Final = 8
_MAINS_HZ: Final = 4.0
_ONSET_SIZE: Final = 512
_ONSET_HOP: Final = 160
_LAGS: Final = (20, 120)


@dataclass(frozen=True, slots=True)
class Music:
    """Signs of music in a recording.

    Attributes:
        steady: share of the partials that lie still for a quarter of a second or longer, 0 to 1. Speech has 0.02 (95 of
            100 clips, at most 0.05), music alone 0.5 to 0.95, speech 20 dB above chords or a melody 0.08 and more.
        beat: how alike the onsets are at equal distances of 0.2 to 1.2 s, about 0 to 1. Speech has 0.14 (95 of 100, at
            most 0.2), drums 0.7 and more, speech 10 dB above drums 0.35 and more.
    """

    steady: float
    beat: float


def music(clip: AudioClip, mains_hz: int | None = None) -> Music:
    """Signs of music in a recording.

    Args:
        clip: at 16,000 Hz.
        mains_hz: of hum that was found: its lines lie still, and are no music.
    """
    if clip.sample_rate != SAMPLE_RATE:
        raise ValueError(f"music is looked for at {SAMPLE_RATE} Hz, not {clip.sample_rate} Hz")
    return Music(_steady(clip.samples, mains_hz), _beat(clip.samples))


def _steady(samples: Samples, mains_hz: int | None) -> float:
    padded = np.pad(samples, (0, max(0, _SIZE - len(samples))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _SIZE)[::_HOP]
    first, last = (round(hertz * _SIZE / SAMPLE_RATE) for hertz in (_LOWEST_HZ, _HIGHEST_HZ))
    levels = 20 * np.log10(np.abs(np.fft.rfft(frames * np.hanning(_SIZE), axis=1))[:, first:last] + 1e-9)
    beside = np.mean([np.roll(levels, by, axis=1) for by in _BESIDE], axis=0)
    peaks = (levels > np.roll(levels, 1, axis=1)) & (levels >= np.roll(levels, -1, axis=1))
    peaks &= (levels > beside + _PROMINENT_DB) & (levels > np.percentile(levels, 99.5) - _RANGE_DB)
    peaks[:, :2] = peaks[:, -2:] = False
    notes, others = 0, 0
    open_tracks: list[tuple[float, float, int]] = []  # last pitch, first pitch, frames
    for row, level in zip(peaks, levels, strict=True):
        pitches = _refined(np.flatnonzero(row), level)
        if mains_hz is not None:
            hertz = (pitches + first) * SAMPLE_RATE / _SIZE
            pitches = pitches[np.abs(hertz - np.rint(hertz / mains_hz) * mains_hz) > _MAINS_HZ]
        went_on: list[tuple[float, float, int]] = []
        for pitch in pitches:
            before = next((t for t in open_tracks if abs(t[0] - pitch) < _STEP and abs(t[1] - pitch) < _DRIFT), None)
            if before is not None:
                open_tracks.remove(before)
            went_on.append((pitch, before[1], before[2] + 1) if before is not None else (pitch, pitch, 1))
        for _, _, length in open_tracks:
            notes, others = (notes + length, others) if length >= _NOTE else (notes, others + length)
        open_tracks = went_on
    for _, _, length in open_tracks:
        notes, others = (notes + length, others) if length >= _NOTE else (notes, others + length)
    return notes / max(1, notes + others)


def _refined(bins: NDArray[np.intp], level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Peaks between the bins, by a parabola through three levels."""
    left, middle, right = level[bins - 1], level[bins], level[bins + 1]
    refined: NDArray[np.float64] = bins + 0.5 * (left - right) / np.minimum(left - 2 * middle + right, -1e-9)
    return refined


def _beat(samples: Samples) -> float:
    if len(samples) < _ONSET_SIZE + 4 * _LAGS[0] * _ONSET_HOP:
        return 0.0
    frames = np.lib.stride_tricks.sliding_window_view(samples, _ONSET_SIZE)[::_ONSET_HOP]
    levels = np.log(np.abs(np.fft.rfft(frames * np.hanning(_ONSET_SIZE), axis=1)) + 1e-4)
    onsets = np.maximum(0, np.diff(levels, axis=0)).sum(axis=1)
    onsets -= onsets.mean()
    size = 1 << (2 * len(onsets)).bit_length()
    alike = np.fft.irfft(np.square(np.abs(np.fft.rfft(onsets, size))))[: len(onsets)]
    if alike[0] <= 0:
        return 0.0
    alike /= alike[0]
    best = 0.0
    for lag in range(*_LAGS):
        places = [k * lag for k in range(1, 5) if k * lag < 0.7 * len(alike)]
        if len(places) >= 3:
            best = max(best, float(np.mean([alike[place - 1 : place + 2].max() for place in places])))
    return best
