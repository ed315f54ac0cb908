"""Times of subtitles: when they come is when the words do; how long they stay is for reading them.

All in whole milliseconds, so that what holds here holds in the file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import Final

from voice_stack.asr.subtitles.profiles import Limits
from voice_stack.text.subtitles import milliseconds

# No subtitle is shorter, whatever the words' times are: a frame.
LEAST_MS: Final = 42
# Behind all that a file can hold.
_NEVER: Final = 10**12


@dataclass(frozen=True, slots=True)
class Spoken:
    """A subtitle before it has its times.

    Attributes:
        start, end: seconds, of its first word and of the last of its words.
        reading_s: seconds that reading it takes.
    """

    start: float
    end: float
    reading_s: float


def times_of(spoken: Sequence[Spoken], limits: Limits) -> list[tuple[int, int]]:
    """Start and end of each subtitle in milliseconds: rising, without overlap, none shorter than `LEAST_MS`.

    A subtitle stays as long as it is spoken, takes to read, and `min_duration` says, unless the next one comes or
    `max_duration` is over. A gap that is then left and is shorter than `close_gap` is closed to `min_gap`.
    """
    least_gap, close_gap = milliseconds(limits.min_gap), milliseconds(limits.close_gap)
    longest = _NEVER if limits.max_duration == inf else milliseconds(limits.max_duration)
    starts = _starts(spoken)
    found: list[tuple[int, int]] = []
    for one, (start, following) in zip(spoken, pairwise([*starts, _NEVER]), strict=True):
        end = max(milliseconds(one.end), start + _up(max(one.reading_s, limits.min_duration)))
        end = min(end, start + longest)
        latest = following - min(least_gap, following - start - LEAST_MS)
        if following - end < max(close_gap, least_gap) and latest - start <= longest:
            end = latest
        found.append((start, max(start + LEAST_MS, min(end, latest))))
    return found


def _starts(spoken: Sequence[Spoken]) -> list[int]:
    """Starts in milliseconds, each at least `LEAST_MS` behind the one before: an engine may have said the same."""
    found: list[int] = []
    for one in spoken:
        start = milliseconds(one.start)
        found.append(max(start, found[-1] + LEAST_MS) if found else start)
    return found


def _up(seconds: float) -> int:
    return milliseconds(seconds + 0.000_499)
