"""Cutting a transcript into subtitles: of all ways that the limits allow the one that costs least.

What costs is what makes subtitles bad to read: a break within a clause, a word left alone, a pause or the end of a
sentence in the middle, speech that is too fast for the time that it is shown. It is found by dynamic programming, in
time that grows with the number of words times the words of the longest subtitle.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from math import inf
from typing import Final

from voice_stack.asr.subtitles.layout import Layout

# Of each subtitle: fewer are better.
_SUBTITLE: Final = 7.0
# Of a pause in the middle, a second, from a length on that is heard; of the end of a sentence there.
_PAUSE: Final = 14.0
_HEARD_S: Final = 0.3
_SENTENCE_INSIDE: Final = 9.0
# A pause makes a good break, a second; more than this counts no more.
_GAP: Final = 12.0
_MOST_GAP_S: Final = 1.0
# Of a break where the engine's segment ends, to that of any other.
_SEGMENT_SHARE: Final = 0.6
# Of a subtitle that is part of a sentence: one word, few letters.
_ORPHAN: Final = 30.0
_SHORT: Final = 12.0
_SHORT_COLUMNS: Final = 12
# Of reading speed above the limit, and of a time below it, for as much again.
_TOO_FAST: Final = 40.0
_TOO_BRIEF: Final = 25.0
_MOST_TOO_FAST: Final = 10.0
_MOMENT_S: Final = 0.01
_DIALOGUE: Final = 3.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """The units of a subtitle.

    Attributes:
        begin, until: numbers of the first and behind the last.
        change: the first of the second speaker; 0 where there is one speaker.
    """

    begin: int
    until: int
    change: int = 0


def stretches(layout: Layout) -> list[Stretch]:
    """The subtitles of a text."""
    return _Splitter(layout).best()


def reading_s(layout: Layout, begin: int, end: int) -> float:
    """Seconds that it takes to read a stretch at the limits of speed."""
    limits = layout.limits
    by_characters = layout.columns(begin, end) / (limits.max_cps * layout.scale)
    return max(by_characters, layout.words(begin, end) * 60 / limits.max_wpm)


class _Splitter:
    """The costs of a text's stretches, worked out once for each unit: there are many stretches."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._limits = limits = layout.limits
        units = layout.units
        self._count = count = len(units)
        self._starts = [unit.start for unit in units]
        self._stops = [unit.end for unit in units]
        gaps = [0.0] + [max(0.0, units[n].start - units[n - 1].end) for n in range(1, count)]
        self._reach = _reach(layout, limits.max_line_count)
        # Before which units a subtitle must end, and what one costs that ends elsewhere.
        self._must = [gaps[n] >= limits.max_gap or (limits.keep_segments and units[n].opens) for n in range(count)]
        self._cost = [0.0, *(self._break(n, gaps[n]) for n in range(1, count)), 0.0]
        # Sums over the breaks before each unit, of what costs when it is in the middle. Who keeps segments wants them
        # whole.
        inside = (
            0.0
            if limits.keep_segments
            else _PAUSE * max(0.0, gaps[n] - _HEARD_S) + _SENTENCE_INSIDE * layout.ends_sentence(n)
            for n in range(count)
        )
        self._inside = [0.0, *accumulate(inside)]
        self._whole = [layout.ends_sentence(n) for n in range(count + 1)]
        # The latest moment that each may be shown until: the next one comes.
        self._until = [start - limits.min_gap for start in self._starts] + [inf]

    def best(self) -> list[Stretch]:
        """The cheapest way through all units."""
        costs = [0.0] + [inf] * self._count
        came: list[Stretch] = [Stretch(0, 0)]
        for end in range(1, self._count + 1):
            least, chosen = inf, (end - 1, 0)
            for begin, change in self._ending(end):
                cost = costs[begin] + self._cost_of(begin, end, change)
                if cost < least:
                    least, chosen = cost, (begin, change)
            costs[end] = least
            came.append(Stretch(chosen[0], end, chosen[1]))
        backwards: list[Stretch] = []
        last = came[-1]
        while last.until:
            backwards.append(last)
            last = came[last.begin]
        return backwards[::-1]

    def _break(self, place: int, gap: float) -> float:
        """Cost of a subtitle that ends before a unit."""
        units = self._layout.units
        if self._must[place] or units[place - 1].speaker != units[place].speaker:
            return 0.0
        cost = self._layout.breaks[place] * (_SEGMENT_SHARE if units[place].opens else 1.0)
        return max(0.0, cost - _GAP * min(gap, _MOST_GAP_S))

    def _ending(self, end: int) -> Iterator[tuple[int, int]]:
        """Beginnings of the subtitles that may end before a unit, with the change of the speaker in it, if there is
        one. That of one unit always may."""
        layout, limits = self._layout, self._limits
        starts, stops, reach, must = self._starts, self._stops, self._reach, self._must
        begin = end - 1
        latest = stops[begin]
        yield begin, 0
        while begin and not must[begin]:
            begin -= 1
            if stops[begin] > latest:
                latest = stops[begin]
            if latest - starts[begin] > limits.max_duration:
                return
            changes = layout.changes(begin, end)
            if not changes:
                if reach[begin] < end:
                    return
                yield begin, 0
            elif changes > 1 or not limits.dialogue_dashes or limits.max_line_count < 2:
                return
            else:
                change = layout.change(begin, end)
                if layout.columns(change, end) > layout.width or layout.columns(begin, change) > layout.width:
                    return
                if self._is_dialogue(begin, change, end):
                    yield begin, change

    def _is_dialogue(self, begin: int, change: int, end: int) -> bool:
        """True where two speakers say something whole, a line each."""
        layout = self._layout
        most = layout.width - len(layout.dash)
        if layout.columns(begin, change) > most or layout.columns(change, end) > most:
            return False
        units = layout.units
        begins = layout.ends_sentence(begin) or units[begin - 1].speaker != units[begin].speaker
        ends = layout.ends_sentence(end) or units[end].speaker != units[end - 1].speaker
        return begins and ends

    def _cost_of(self, begin: int, end: int, change: int) -> float:
        layout, limits = self._layout, self._limits
        cost = _SUBTITLE + self._cost[end] + self._inside[end] - self._inside[begin + 1]
        if change:
            cost += _DIALOGUE - self._inside[change + 1] + self._inside[change]
        if not (self._whole[begin] and self._whole[end]):
            if layout.words(begin, end) <= 1:
                cost += _ORPHAN
            elif layout.columns(begin, end) < _SHORT_COLUMNS:
                cost += _SHORT
        start = self._starts[begin]
        reading = reading_s(layout, begin, end)
        shown = max(self._stops[end - 1] - start, reading, limits.min_duration)
        shown = max(min(shown, self._until[end] - start, limits.max_duration), _MOMENT_S)
        if reading > shown:
            cost += _TOO_FAST * min(reading / shown - 1, _MOST_TOO_FAST)
        if shown < limits.min_duration:
            cost += _TOO_BRIEF * (1 - shown / limits.min_duration)
        return cost


def _reach(layout: Layout, lines: int) -> list[int]:
    """The furthest end of a subtitle of so many lines that begins with each unit. One that is too wide is alone."""
    count = len(layout.units)
    line = [layout.furthest(n) for n in range(count)] + [count]
    is_wide = [layout.columns(n, n + 1) > layout.width for n in range(count)]
    found: list[int] = []
    following = count  # the next unit that is too wide
    ends: list[int] = []
    for n in reversed(range(count)):
        following = n if is_wide[n] else following
        ends.append(following)
    ends.reverse()
    for n in range(count):
        end = n
        for _ in range(lines):
            if end >= count:
                break
            end = line[end]
        found.append(n + 1 if is_wide[n] else min(end, ends[n]))
    return found
