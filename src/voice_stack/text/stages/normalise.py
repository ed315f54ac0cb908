"""Second stage: written text gives way to the words that are read out."""

from collections.abc import Sequence

from voice_stack.text.markup.spans import Pause, Span, TextSpan, sections
from voice_stack.text.normalisation.pipeline import normalise_pieces
from voice_stack.text.stages.context import CutWordError, PlanContext


def normalise_spans(spans: Sequence[Span], context: PlanContext) -> list[Span]:
    """The spans in words. What is between two pauses is read as one text, in as many spans as it has styles.

    Raises:
        CutWordError: a rule touched a stand-in.
    """
    found: list[Span] = []
    for section in sections(spans):
        found += [section] if isinstance(section, Pause) else _section(section, context)
    return found


def _section(spans: Sequence[TextSpan], context: PlanContext) -> list[TextSpan]:
    styled = _by_style(spans)
    pieces = normalise_pieces([span.text for span in styled], context.language)
    if not all(map(context.words.is_whole, pieces)):
        raise CutWordError
    # What is too long to stay in one piece may be cut like any text.
    written = (
        context.words.write_out(piece, lambda held: held.text if context.is_long(held) else None) for piece in pieces
    )
    return [TextSpan(text, span.rate, span.gain_db) for text, span in zip(written, styled, strict=True)]


def _by_style(spans: Sequence[TextSpan]) -> list[TextSpan]:
    """The same text with one span a style. The rules read on best where a piece begins with a word: white space goes
    to the span before."""
    found: list[TextSpan] = []
    for span in spans:
        text = span.text
        if found:
            last = found.pop()
            same = (last.rate, last.gain_db) == (span.rate, span.gain_db)
            bare = "" if same else text.lstrip()
            found.append(TextSpan(last.text + text[: len(text) - len(bare)], last.rate, last.gain_db))
            if same:
                continue
            text = bare
        found.append(TextSpan(text, span.rate, span.gain_db))
    return found
