"""Third stage: marks such as `[pause:1.5s]` give way to pauses."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

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
        for part in locate_pauses("".join(span.text for span in section)):
            found += _cut_out(section, part) if isinstance(part, slice) else [Pause(part)]
    return found


def _cut_out(spans: Sequence[TextSpan], place: slice) -> Iterator[TextSpan]:
    """What of the spans lies in a place of their joined text."""
    begin = 0
    for span in spans:
        text = span.text[max(place.start - begin, 0) : max(place.stop - begin, 0)]
        if text:
            yield replace(span, text=text)
        begin += len(span.text)
