"""Pieces of a recording in which one voice was heard, on a grid of frames."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.audio.clip import Samples
from voice_stack.speaker.vectors import Embedding

FRAME_S: Final = 0.02
"""Seconds of a frame; turns begin and end on frames."""

Frames = NDArray[np.bool_]
"""(frames,): whether something holds in each frame."""


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """A voice in a window, before it is known whose it is.

    Attributes:
        active: (frames,) from the window's start: where it speaks.
        alone: (frames,): where it speaks and nobody else does; what it is told by.
    """

    active: Frames
    alone: Frames


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """A voice that was heard in a window, with its vector.

    Attributes:
        window: number of its window.
        start: the window's first frame, from the start of the recording.
        active: (frames,) from there on: where it speaks.
        vector: its voice, of length 1; None where too little was heard of it alone.
        seconds: of the speech that the vector is of.
    """

    window: int
    start: int
    active: Frames
    vector: Embedding | None
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """A window of the recording that was listened to.

    Attributes:
        start: first frame, from the start of the recording.
        speakers: (frames,) uint8: how many speak at once.
    """

    start: int
    speakers: NDArray[np.uint8]


def joined_samples(samples: Samples, where: Frames, rate: int) -> Samples:
    """The samples of the frames that are wanted, one after the other.

    Args:
        samples: (time,), beginning with the first frame.
    """
    size = round(FRAME_S * rate)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], where, [False]]).astype(np.int8)))
    parts = [samples[first * size : last * size] for first, last in edges.reshape(-1, 2)]
    return np.concatenate([np.zeros(0, np.float32), *parts])


def runs(where: Frames) -> Sequence[tuple[int, int]]:
    """First frame, and the one behind the last, of every stretch where it holds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], where, [False]]).astype(np.int8)))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]
