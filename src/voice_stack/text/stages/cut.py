"""Fourth stage: the text gives way to pieces that an engine speaks in one go, with the pauses of its punctuation."""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from voice_stack.language.codes import base_code
from voice_stack.text.cutting.chunks import Chunk, chunk_parts
from voice_stack.text.cutting.cuts import comma, finish, last_mark
from voice_stack.text.markup.pauses import natural_pause
from voice_stack.text.markup.spans import Pause, Span, TextSpan, sections
from voice_stack.text.stages.context import CutWordError, PlanContext

# What is written against the front of a word, at the end of what comes before it.
_OPENING = re.compile(r"(?:(?<=\s)[^\w\s]+|[(\[{「『（【《〈“‘„«‹¿¡]+)$")


def cut_spans(spans: Sequence[Span], context: PlanContext) -> list[Span]:
    """The spans in pieces, each spoken in one go and in one style, with the pause behind it if there is one. Only
    the first span may be a pause without a piece before it.

    Raises:
        CutWordError: a stand-in was cut through.
        InvalidRequestError: pauses in one place add up to more than `pauses.MAX_PAUSE_S`.
        ValueError: a limit out of range.
    """
    parts = [part if isinstance(part, Pause) else "".join(span.text for span in part) for part in sections(spans)]
    limits = context.limits
    chunks = chunk_parts(parts, context.language, target=limits.target, limit=limits.limit, opening=limits.opening)
    held = sum(context.words.count(part) for part in parts if isinstance(part, str))
    if held != sum(context.words.count(chunk.text) for chunk in chunks):
        raise CutWordError
    return list(_by_style(chunks, _turns(spans), comma(base_code(context.language))))


@dataclass(frozen=True, slots=True)
class _Turn:
    """Change of the style, behind so many letters and digits of the whole text: cutting leaves those as they are."""

    letters: int
    style: TextSpan


def _turns(spans: Sequence[Span]) -> Iterator[_Turn]:
    style = TextSpan("")
    letters = 0
    for span in spans:
        count = sum(map(str.isalnum, span.text)) if isinstance(span, TextSpan) else 0
        if isinstance(span, TextSpan) and count and (span.rate, span.gain_db) != (style.rate, style.gain_db):
            style = TextSpan("", span.rate, span.gain_db)
            yield _Turn(letters, style)
        letters += count


def _by_style(chunks: Sequence[Chunk], turns: Iterator[_Turn], mark: str) -> Iterator[Span]:
    """The chunks, cut where the style changes: without a pause, unless the text has a mark there; and with `mark` where
    it has none."""
    style = TextSpan("")
    ahead = deque(turns)
    spoken = 0
    for chunk in chunks:
        letters = [at for at, c in enumerate(chunk.text) if c.isalnum()]
        done = 0
        while ahead and ahead[0].letters < spoken + len(letters):
            turn = ahead.popleft()
            if turn.letters > spoken:
                at = _start_of_word(chunk.text, letters[turn.letters - spoken])
                piece = chunk.text[done:at].strip()
                yield from _piece(finish(piece, mark), style, natural_pause(last_mark(piece)))
                done = at
            style = turn.style
        spoken += len(letters)
        yield from _piece(chunk.text[done:].strip(), style, chunk.pause_after_s)


def _piece(text: str, style: TextSpan, pause_s: float) -> Iterator[Span]:
    if text:
        yield TextSpan(text, style.rate, style.gain_db)
    if pause_s:
        yield Pause(pause_s)


def _start_of_word(text: str, letter: int) -> int:
    """Start of the word that a given letter may begin: brackets and quotes that open belong to
    it, what closes belongs to the one before."""
    match = _OPENING.search(text, 0, letter)
    return match.start() if match else letter
