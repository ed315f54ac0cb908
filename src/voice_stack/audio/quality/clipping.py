"""Clipping: peaks that were cut off, at full scale or below it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.audio.clip import AudioClip, Samples

_FRAME_S: Final = 0.03
_ACTIVE: Final = 1e-3
# Of the highest peak: what is cut off lies within this, and hardly moves from sample to sample.
_TOP: Final = 0.97
_STILL: Final = 0.004
_SHORTEST_S: Final = 0.00012
# Levels at which a pile of samples is looked for, of the highest peak; a pile has at least this share of the samples.
_LEVELS: Final = np.linspace(0.35, 1.0, 66)
_PILE: Final = 0.002
# LAME lowers the level by 0.45 dB, and what was cut off flat ripples after a codec.
_FULL_SCALE: Final = 0.93
_FULL_SCALE_RUN: Final = 2


@dataclass(frozen=True, slots=True)
class Clipping:
    """Traces of clipping. All but the last do not depend on the level, so a recording that was made softer has them.

    Attributes:
        flat: share of the samples with sound that lie still at the highest peak, 0 to 1. Exact: a recording that was
            not clipped has 0; 6 dB of drive make 0.004 (median), 10 dB 0.02. Resampling and codecs wipe it out.
        pile_up: samples around a level against those a little below it, where that is highest. Speech has ever fewer
            samples the higher the level, so it stays below 1.06 (59 clean clips); 6 dB of drive make 1.7, 10 dB 3, and
            after resampling 1.4 and 2.5. A soft limiter piles up too.
        piled: share of the samples with sound that lie there beyond those a little below.
        full_scale: share of the samples with sound in runs at full scale, 0 to 1. Codecs and resampling leave it: a
            clean recording brought to full scale has 0.002; one that is driven 15 dB over it has 0.01 or more.
    """

    flat: float
    pile_up: float
    piled: float
    full_scale: float


def clipping(clip: AudioClip) -> Clipping:
    """Traces of clipping in a recording.

    Args:
        clip: at the rate at which it was recorded: resampling rounds the corners.
    """
    level: Samples = np.abs(clip.samples)
    peak = float(level.max()) if len(level) else 0.0
    active = _active_samples(clip)
    if peak <= 0 or not active:
        return Clipping(0.0, 0.0, 0.0, 0.0)
    flat = _flat(level / np.float32(peak), clip.sample_rate)
    return Clipping(flat / active, *_pile_up(level, peak, active), _at_full_scale(level) / active)


def _active_samples(clip: AudioClip) -> int:
    """Samples in frames within 30 dB of the loudest."""
    size = max(1, round(_FRAME_S * clip.sample_rate))
    frames = clip.samples[: len(clip.samples) // size * size].reshape(-1, size)
    power = np.square(frames, dtype=np.float64).mean(axis=1)
    return int((power > power.max() * _ACTIVE).sum()) * size if len(power) else 0


def _flat(level: Samples, rate: int) -> int:
    """Samples in runs that lie still at the top."""
    top = level >= _TOP
    still = top[1:] & top[:-1] & (np.abs(np.diff(level)) < _STILL)
    return _in_runs(still, max(1, round(_SHORTEST_S * rate)))


def _at_full_scale(level: Samples) -> int:
    """Samples in runs at full scale."""
    return _in_runs(level >= _FULL_SCALE, _FULL_SCALE_RUN)


def _in_runs(marked: NDArray[np.bool_], shortest: int) -> int:
    """Marked ones, in runs that are long enough."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marked, [False]])))
    runs = edges[1::2] - edges[::2]
    return int(runs[runs >= shortest].sum())


def _pile_up(level: Samples, peak: float, active: int) -> tuple[float, float]:
    """Height of the pile against what lies below it, and its share of the samples."""
    ordered = np.sort(level)
    centres = _LEVELS * peak
    below, above = (
        np.searchsorted(ordered, centres * high) - np.searchsorted(ordered, centres * low)
        for low, high in ((0.8, 0.9), (0.95, 1.05))
    )
    ratios = np.where(above >= _PILE * active, above / np.maximum(below, 1), 0.0)
    highest = int(ratios.argmax())
    return float(ratios[highest]), max(0.0, float(above[highest] - below[highest]) / active)
