"""Loops in a sentence: a stretch that sounds like the one right behind it, in all that changes within it."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from voice_stack.tts.speaking.checking.measures import FRAME_S, Frames, Measures, window_power, window_sums

# Frames of the sentence for one of the comparison: speech changes in about 50 ms.
_THIN: Final = 2
_STEP_S: Final = FRAME_S * _THIN
_SHORTEST_S: Final = 0.25
_LONGEST_S: Final = 3.0
# Less than this is a vowel, and all vowels sound alike.
_LEAST_S: Final = 0.35
_MOST_S: Final = 2.0
# Power of the changes in a stretch, summed over the bands, below which it is one held sound.
_LEAST_CHANGE: Final = 40.0


@dataclass(frozen=True, slots=True)
class Loop:
    """The stretch that is most like what follows it.

    Attributes:
        likeness: correlation of both over time, -1 to 1.
        start: frame where it begins.
        lag: frames from it to its likeness.
    """

    likeness: float
    start: int
    lag: int


NONE: Final = Loop(0.0, 0, 0)


def find_loop(measures: Measures) -> Loop:
    """The likeliest loop of a sentence.

    Two stretches are compared by the correlation of their mel bands over time, each without its own mean: so two held
    vowels are not alike, and two times the same word are. The stretch is as long as the lag, so that what is found is
    said again at once and whole.
    """
    islands = measures.islands
    if not islands:
        return NONE
    first = islands[0].start
    bands = _thinned(measures.bands[first : islands[-1].end])
    best = NONE
    for lag in range(round(_SHORTEST_S / _STEP_S), min(round(_LONGEST_S / _STEP_S), len(bands))):
        width = min(max(round(_LEAST_S / _STEP_S), lag), round(_MOST_S / _STEP_S))
        if len(bands) - lag < width:
            break
        likeness = _likeness(bands[:-lag], bands[lag:], width)
        place = int(likeness.argmax())
        if likeness[place] > best.likeness:
            best = Loop(float(likeness[place]), first + place * _THIN, lag * _THIN)
    return best


def _thinned(bands: Frames) -> Frames:
    whole = len(bands) // _THIN * _THIN
    thin: Frames = bands[:whole].reshape(-1, _THIN, bands.shape[1]).mean(axis=1)
    return thin - thin.mean(axis=0) if len(thin) else thin


def _likeness(ours: Frames, theirs: Frames, width: int) -> Frames:
    """(places,) correlation of the stretches of a width that begin there; 0 where a stretch is one held sound."""
    crossed = (window_sums(ours, width) * window_sums(theirs, width)).sum(axis=1) / width
    both = window_sums((ours * theirs).sum(axis=1), width) - crossed
    own, other = window_power(ours, width), window_power(theirs, width)
    moves = np.minimum(own, other) > _LEAST_CHANGE * width
    found: Frames = np.where(moves, both / np.sqrt(np.maximum(own * other, 1e-9)), 0.0)
    return found
