"""Measures of a spoken sentence, frame by frame: level, timbre, voicing, and where there is sound at all."""

import math
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.audio.clip import Samples

FRAME_S: Final = 0.01
"""Seconds of a frame; everything here is counted in them."""

Frames = NDArray[np.float64]

_WINDOW_S: Final = 0.04  # two periods of the deepest voice
_LOWEST_HZ: Final = 60.0
_HIGHEST_HZ: Final = 420.0
_BANDS: Final = 24
_BAND_HZ: Final = (100.0, 7_000.0)
# Nothing is told from what is softer, whatever the level of the rest.
_FLOOR_DB: Final = -66.0
# Under the level of speech: the softest consonants are 30 dB below the vowels, the network's own noise 45 and more.
_QUIET_DB: Final = 36.0
# A shorter gap is the closure of a plosive.
_GAP_S: Final = 0.12
# A shorter burst between two gaps is a click, and no sound of its own.
_BURST_S: Final = 0.03


@dataclass(frozen=True, slots=True)
class Island:
    """A stretch of sound between two gaps.

    Attributes:
        start, end: frames; `end` is the first one behind it.
    """

    start: int
    end: int

    @property
    def seconds(self) -> float:
        """Its length."""
        return (self.end - self.start) * FRAME_S


class Measures:
    """Measures of one sentence, each made when it is first asked for.

    Args:
        samples: (time,) float32; values that are no numbers count as silence.
        sample_rate: Hz.

    Attributes:
        invalid: samples that are no numbers.
        samples: with silence in the place of those.
        hop: samples of a frame.
    """

    def __init__(self, samples: Samples, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        self.invalid = int(np.count_nonzero(~np.isfinite(samples)))
        self.samples: Samples = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
        self.hop = max(1, round(FRAME_S * sample_rate))

    @property
    def seconds(self) -> float:
        """Length with everything."""
        return len(self.samples) / self.sample_rate

    @cached_property
    def level_db(self) -> Frames:
        """(frames,) dBFS, at least -120. What does not fill a frame at the end is left out."""
        whole = len(self.samples) // self.hop
        squares = np.square(self.samples[: whole * self.hop], dtype=np.float64).reshape(whole, self.hop)
        return 10.0 * np.log10(squares.mean(axis=1) + 1e-12) if whole else np.zeros(0)

    @cached_property
    def speech_db(self) -> float:
        """Level of the loudest twentieth of the frames: of the vowels, however long the pauses are."""
        return float(np.percentile(self.level_db, 95)) if len(self.level_db) else -120.0

    @cached_property
    def is_sound(self) -> NDArray[np.bool_]:
        """(frames,) True where something is heard."""
        found: NDArray[np.bool_] = self.level_db > max(self.speech_db - _QUIET_DB, _FLOOR_DB)
        return found

    @cached_property
    def islands(self) -> list[Island]:
        """Stretches of sound, in order; clicks are none."""
        edges = np.flatnonzero(np.diff(np.concatenate([[0], self.is_sound.astype(np.int8), [0]])))
        joined: list[Island] = []
        for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            if joined and (start - joined[-1].end) * FRAME_S < _GAP_S:
                joined[-1] = Island(joined[-1].start, end)
            else:
                joined.append(Island(start, end))
        return [island for island in joined if island.seconds >= _BURST_S]

    @cached_property
    def spectra(self) -> Frames:
        """(frames, bins) power of windows of 40 ms around each frame."""
        size = round(_WINDOW_S * self.sample_rate)
        around = np.pad(self.samples.astype(np.float64), (size // 2, size))
        windows = np.lib.stride_tricks.sliding_window_view(around, size)[:: self.hop][: len(self.level_db)]
        shaped = (windows - windows.mean(axis=1, keepdims=True)) * np.hanning(size)
        return np.square(np.abs(np.fft.rfft(shaped, _transform(size), axis=1)))

    @cached_property
    def bands(self) -> Frames:
        """(frames, 24) log power in mel bands, down to 39 dB under the loudest ones: what is softer is the room."""
        found: Frames = np.log(self.spectra @ _mel_bands(self.spectra.shape[1], self.sample_rate).T + 1e-12)
        return np.maximum(found, np.percentile(found, 97) - 9.0) if found.size else found

    @cached_property
    def voicing(self) -> Frames:
        """(frames,) 0 to 1: the normalised autocorrelation at the best period of a voice (Boersma, 1993)."""
        size = round(_WINDOW_S * self.sample_rate)
        # The window's own correlation is divided out: a period that is half as long as the window is no worse for it.
        correlation = np.fft.irfft(self.spectra, axis=1)
        window = np.fft.irfft(np.square(np.abs(np.fft.rfft(np.hanning(size), _transform(size)))))
        first, last = round(self.sample_rate / _HIGHEST_HZ), round(self.sample_rate / _LOWEST_HZ)
        periodic = correlation[:, first:last] / (window[first:last] / window[0])
        best: Frames = periodic.max(axis=1, initial=0.0) / (correlation[:, 0] + 1e-12)
        return np.clip(best, 0.0, 1.0)


def window_sums(values: Frames, width: int) -> Frames:
    """Sums over each window of a width: (time - width + 1, ...) of (time, ...)."""
    total = np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(values, axis=0)])
    sums: Frames = total[width:] - total[:-width]
    return sums


def window_power(values: Frames, width: int) -> Frames:
    """Power of what changes in each window of a width, all bands together: (time - width + 1,) of (time, bands)."""
    sums = window_sums(values, width)
    power: Frames = window_sums(np.square(values).sum(axis=1), width) - np.square(sums).sum(axis=1) / width
    return power


def _transform(size: int) -> int:
    """Points of the transform: twice the window, so that its correlation does not wrap around."""
    return 1 << (2 * size - 1).bit_length()


@cache
def _mel_bands(bins: int, sample_rate: int) -> Frames:
    """(24, bins) triangles, evenly spread over the mel scale."""
    lowest, highest = (1127.0 * math.log1p(hertz / 700.0) for hertz in _BAND_HZ)
    edges_mel = np.linspace(lowest, highest, _BANDS + 2)
    edges = 700.0 * np.expm1(edges_mel / 1127.0)
    hertz = np.linspace(0.0, sample_rate / 2, bins)
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    triangles: Frames = np.clip(np.minimum((hertz - low) / (middle - low), (high - hertz) / (high - middle)), 0.0, None)
    return triangles
