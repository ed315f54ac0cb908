"""Reverberation, estimated without knowing the dry sound, by how fast it dies away.

After Wen, Habets and Naylor, "Blind estimation of reverberation time based on the distribution of signal decay rates"
(ICASSP 2008): a room bounds how steeply the energy of a band can fall, so the steepest falls tell of the room. Here the
log energies of seven bands are fitted by lines over 120 ms, and the steep end of the slopes is taken.
"""

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.audio.clip import AudioClip
from voice_stack.audio.vad import SAMPLE_RATE

_EDGES_HZ: Final = (250, 400, 630, 1000, 1600, 2500, 4000, 6300)
_WINDOW: Final = 256
_HOP: Final = 64
_SMOOTHED: Final = 4
_FIT: Final = 30
_STRAIGHT: Final = 0.8
# Falls begin near the loud parts and end well above the noise.
_BELOW_LOUD_DB: Final = 25.0
_ABOVE_FLOOR_DB: Final = 10.0
_RANGE_DB: Final = 60.0
_STEEP_PERCENTILE: Final = 15
_FEWEST: Final = 20
# What the steep end of the slopes comes to, as time of a fall of 60 dB, in rooms of noise that decays exponentially,
# with the direct sound as strong as the rest (24 clips of 10 speakers a room; medians). Dry ones have 0.16 to 0.23.
_MEASURED_S: Final = (0.10, 0.19, 0.23, 0.30, 0.43, 0.55, 0.63, 0.80)
_ROOM_S: Final = (0.05, 0.10, 0.18, 0.30, 0.50, 0.80, 1.20, 2.50)


def reverberation(clip: AudioClip) -> float | None:
    """Reverberation time of a recording in seconds (RT60, 0.05 to 2.5), as heard; None where too little dies away.

    A room whose direct sound is strong counts as a drier one. Steady noise hides the end of the falls and makes the
    room seem larger: do not judge noisy recordings by it.

    Args:
        clip: at 16,000 Hz.
    """
    if clip.sample_rate != SAMPLE_RATE:
        raise ValueError(f"reverberation is measured at {SAMPLE_RATE} Hz, not {clip.sample_rate} Hz")
    if len(clip.samples) < _WINDOW + _HOP * (_FIT + _SMOOTHED):
        return None
    levels = _band_levels(clip)
    slopes = np.concatenate([_falls(levels[:, band]) for band in range(levels.shape[1])])
    if len(slopes) < _FEWEST:
        return None
    steep = 60.0 / -float(np.percentile(slopes, _STEEP_PERCENTILE))
    return float(np.interp(steep, _MEASURED_S, _ROOM_S))


def _band_levels(clip: AudioClip) -> NDArray[np.float64]:
    """dB of every band by frame: (frames, bands)."""
    frames = np.lib.stride_tricks.sliding_window_view(clip.samples, _WINDOW)[::_HOP]
    window = np.hanning(_WINDOW)
    hertz = np.fft.rfftfreq(_WINDOW, 1 / SAMPLE_RATE)
    bands = np.stack([(hertz >= low) & (hertz < high) for low, high in pairwise(_EDGES_HZ)], 1)
    blocks = [
        np.square(np.abs(np.fft.rfft(frames[at : at + 4000] * window, axis=1))) @ bands
        for at in range(0, len(frames), 4000)
    ]
    levels: NDArray[np.float64] = 10 * np.log10(np.concatenate(blocks) + 1e-12)
    return levels


def _falls(level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Slopes of the straight falls of one band, dB a second, all negative."""
    smooth = np.convolve(level, np.full(_SMOOTHED, 1 / _SMOOTHED), "same")
    pieces = np.lib.stride_tricks.sliding_window_view(smooth, _FIT)
    time = (np.arange(_FIT) - (_FIT - 1) / 2) * _HOP / SAMPLE_RATE
    slope = pieces @ time / np.square(time).sum()
    centred = pieces - pieces.mean(axis=1, keepdims=True)
    spread = np.maximum(np.square(centred).sum(axis=1), 1e-9)
    straight = np.square(slope) * np.square(time).sum() / spread
    floor = max(float(np.percentile(smooth, 5)), float(smooth.max()) - _RANGE_DB)
    loud = float(np.percentile(smooth, 95)) - _BELOW_LOUD_DB
    kept = (slope < 0) & (straight > _STRAIGHT) & (pieces[:, -1] > floor + _ABOVE_FLOOR_DB) & (pieces[:, 0] > loud)
    falls: NDArray[np.float64] = slope[kept]
    return falls
