"""Third stage: marks such as `[pause:1.5s]` give way to pauses."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

from voice_stack.text.markup.pauses import locate_pauses
from voice_stack.text.markup.spans import Pause, Span, TextSpan, sections
from voice_stack.text.stages.context import PlanContext


def mark_pauses(spans: Sequence[Span], context: PlanContext) -> list[Span]:
    """The spans with pauses in the place of their marks, those of one place added up; no mark is left in a text, and
    no white space without text between two pauses.

    Raises:
        InvalidRequestError: pauses in one place add up to more than `pauses.MAX_PAUSE_S`.
    """
    found: list[Span] = []
    for section in sections(spans):
        if isinstance(section, Pause):
            found.append(section)
            continue
        ends = list(accumulate(len(span.text) for span in section))
        for part in locate_pauses("".join(span.text for span in section)):
            found += _cut_out(section, ends, part) if isinstance(part, slice) else [Pause(part)]
    return found


def _cut_out(spans: Sequence[TextSpan], ends: Sequence[int], place: slice) -> Iterator[TextSpan]:
    """Parts of the spans that lie in a place of their joined text; `ends` says where each of them ends there."""
    for at in range(bisect_right(ends, place.start), len(spans)):
        begin = ends[at] - len(spans[at].text)
        if begin >= place.stop:
            return
        if text := spans[at].text[max(place.start - begin, 0) : place.stop - begin]:
            yield replace(spans[at], text=text)
