"""Hum of the mains: 50 or 60 Hz and harmonics."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from voice_stack.audio.clip import AudioClip

MAINS_HZ: Final = (50, 60)

_WINDOW_S: Final = 0.5
_HARMONICS: Final = 8
# Hum never pauses: what a line falls back to is hum, what is above it now and then is speech.
_FLOOR_PERCENTILE: Final = 20
_PROMINENT: Final = 10.0
_LINES: Final = 2
_ACTIVE: Final = 1e-3
_LOWEST: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Hum:
    """Hum of a recording.

    Attributes:
        mains_hz: 50 or 60.
        level_db: of all its lines together, against the speech: 0 is as loud.
    """

    mains_hz: int
    level_db: float


def hum(clip: AudioClip) -> Hum | None:
    """The hum of a recording; None where fewer than two lines of one family stand 10 dB above their surroundings.

    Args:
        clip: at any rate from 2 kHz; below half a second there is none to tell.
    """
    size = 1 << round(math.log2(_WINDOW_S * clip.sample_rate))
    if len(clip.samples) < size:
        return None
    frames = np.lib.stride_tricks.sliding_window_view(clip.samples, size)[:: size // 4]
    window = np.hanning(size)
    powers = np.square(np.abs(np.fft.rfft(frames * window, axis=1))) * (2 / (size * np.square(window).sum()))
    floor = np.percentile(powers, _FLOOR_PERCENTILE, axis=0)
    totals = powers.sum(axis=1)
    speech = float(totals[totals > totals.max() * _ACTIVE].mean()) if totals.max() > 0 else 0.0
    found: list[Hum] = []
    for mains in MAINS_HZ:
        lines = []
        for harmonic in range(1, _HARMONICS + 1):
            at = round(mains * harmonic * size / clip.sample_rate)
            line = float(floor[at - 1 : at + 2].sum())
            beside = float(np.median(np.concatenate([floor[at - 10 : at - 4], floor[at + 5 : at + 11]]))) * 3
            if line > max(beside * _PROMINENT, _LOWEST):
                lines.append(line)
        if len(lines) >= _LINES and speech > 0:
            found.append(Hum(mains, 10 * math.log10(sum(lines) / speech)))
    return max(found, key=lambda one: one.level_db, default=None)
