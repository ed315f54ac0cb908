"""Two channels to one, also where one is the other turned upside down."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

BLOCK: Final = 4000
"""Frames that are judged together: 0.25 s at 16 kHz."""
# The mean of two channels that is this much weaker than they are (20 dB) has lost what was in them.
_CANCELLED: Final = 0.01


def mean_of_two(pairs: NDArray[np.int16]) -> NDArray[np.int16]:
    """The mean of both channels, as FFmpeg mixes 16-bit samples; the louder channel where they cancel each other out.

    Args:
        pairs: (time, 2) int16.

    Returns:
        (time,) int16.
    """
    wide = pairs.astype(np.int32)
    # Half of each in 15-bit fixed point, rounded half up.
    return uncancelled(((wide[:, 0] + wide[:, 1] + 1) >> 1).astype(np.int16), pairs)


def uncancelled(mean: NDArray[np.int16], pairs: NDArray[np.int16]) -> NDArray[np.int16]:
    """A mix, with the louder of its channels where they cancel each other out.

    A cable with two wires crossed makes the right channel the left one's negative: everybody hears it, and nothing of
    it is in the mean.

    Args:
        mean: (time,) int16.
        pairs: (time, 2) int16, what it was mixed of.

    Returns:
        (time,) int16.
    """
    if not len(mean):
        return mean
    mean = mean.copy()
    # What is left over belongs to the last block: a few samples tell nothing.
    starts = np.arange(0, max(1, len(mean) - BLOCK + 1), BLOCK)
    powers = np.add.reduceat(np.square(pairs, dtype=np.float32), starts, axis=0)
    mixed = np.add.reduceat(np.square(mean, dtype=np.float32), starts)
    ends = np.append(starts[1:], len(mean))
    for block in np.flatnonzero(mixed < _CANCELLED * powers.mean(axis=1)):
        place = slice(starts[block], ends[block])
        mean[place] = pairs[place, powers[block].argmax()]
    return mean
