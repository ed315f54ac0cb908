"""A transcript's units laid out: widths, words and breaks of any stretch of them, and its lines."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Final

from voice_stack.asr.subtitles.clauses import SENTENCE, break_cost, ends_sentence
from voice_stack.asr.subtitles.profiles import FULL_WIDTH, Limits
from voice_stack.asr.subtitles.units import Unit
from voice_stack.asr.subtitles.widths import columns, word_count

# Of a line that is not as long as the others, for each column of the widest line.
_UNEVEN: Final = 10.0
# Of a first line that is longer than the last: the picture stays free.
_TOP_HEAVY: Final = 1.5
# Of a word that has a line for itself.
_ALONE: Final = 18.0
_SHORT_COLUMNS: Final = 8
# With a blank behind it, as the guide for Korean has it.
_SPACED_DASH: Final = "- "
_DASH: Final = "-"


class Layout:
    """Stretches of units, from one number up to but without another.

    Args:
        limits: of the width and the number of lines.
        language: ISO 639-1 code; empty for one that nobody knows.
    """

    def __init__(self, units: Sequence[Unit], limits: Limits, language: str) -> None:
        self.units = units
        self.limits = limits
        self.scale = 2 if language in FULL_WIDTH else 1
        """Columns of a character as the limits count them."""
        self.width = limits.max_line_width * self.scale
        self.dash = _SPACED_DASH if language == "ko" else _DASH
        self.breaks = [
            SENTENCE,
            *(break_cost(one, two, language) for one, two in pairwise(units)),
        ]
        """Cost of a break before each unit."""
        self._blank = [int(unit.spaced) for unit in units]
        self._columns = [0, *accumulate(columns(unit.text) + int(unit.spaced) for unit in units)]
        self._words = [0, *accumulate(word_count(unit.text) for unit in units)]
        self._changes = [
            0,
            0,
            *accumulate(int(one.speaker != two.speaker) for one, two in pairwise(units)),
        ]
        self._ends = [
            *(ends_sentence(one, two) for one, two in pairwise(units)),
            *([True] if units else []),
        ]

    def columns(self, begin: int, end: int) -> int:
        """Columns of a stretch on one line."""
        return self._columns[end] - self._columns[begin] - self._blank[begin]

    def words(self, begin: int, end: int) -> float:
        """Words of a stretch; two full-width characters are one."""
        return self._words[end] - self._words[begin]

    def text(self, begin: int, end: int) -> str:
        """The stretch on one line."""
        return "".join(" " + unit.text if unit.spaced else unit.text for unit in self.units[begin:end]).strip()

    def changes(self, begin: int, end: int) -> int:
        """Number of times that the speaker changes within a stretch."""
        return self._changes[end] - self._changes[begin + 1]

    def change(self, begin: int, end: int) -> int:
        """The first unit of the second speaker in a stretch that has one change."""
        return bisect_right(self._changes, self._changes[begin + 1], begin + 1, end + 1) - 1

    def ends_sentence(self, end: int) -> bool:
        """True where the unit before a number ends a sentence; so it is at both ends of the text."""
        return end == 0 or self._ends[end - 1]

    def furthest(self, begin: int) -> int:
        """The end of the longest line that begins with a unit: more than the limit only where the unit alone is."""
        limit = self.width + self._columns[begin] + self._blank[begin]
        return max(begin + 1, bisect_right(self._columns, limit, begin) - 1)

    def lines_needed(self, begin: int, end: int, most: int) -> int:
        """The smallest number of lines of a stretch, or `most` + 1 where that is not enough."""
        count = 1
        place = self.furthest(begin)
        while place < end and count <= most:
            place = self.furthest(place)
            count += 1
        return count

    def lines(self, begin: int, end: int) -> list[str]:
        """A stretch of one speaker broken to as few lines as possible, at the best places for it."""
        most = self.limits.max_line_count
        count = self.lines_needed(begin, end, most)
        if count == 1 or count > most:
            return [self.text(begin, end)]
        bounds = [begin, *self._best_breaks(begin, end, count), end]
        return [self.text(one, two) for one, two in pairwise(bounds)]

    def _best_breaks(self, begin: int, end: int, count: int) -> list[int]:
        # best[place]: cost and breaks of the lines so far, the next of which begins there.
        best: dict[int, tuple[float, list[int]]] = {begin: (0.0, [])}
        even = self.columns(begin, end) / count
        widest = min(self.width, self.columns(begin, end))
        for line in range(count):
            following: dict[int, tuple[float, list[int]]] = {}
            for start, (cost, breaks) in best.items():
                ends = [end] if line == count - 1 else range(start + 1, min(self.furthest(start), end - 1) + 1)
                for stop in ends:
                    width = self.columns(start, stop)
                    if width > self.width and stop - start > 1:
                        continue
                    total = cost + _UNEVEN * abs(width - even) / widest
                    if stop < end:
                        total += self.breaks[stop] + (_TOP_HEAVY if width > even else 0.0)
                    if stop - start == 1 and width < _SHORT_COLUMNS * self.scale:
                        total += _ALONE
                    if stop not in following or total < following[stop][0]:
                        following[stop] = total, [*breaks, stop]
            best = following
        return best[end][1][:-1]
