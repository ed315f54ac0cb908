"""Places to cut a sentence that is too long for an engine, and the end of a piece."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator

from voice_stack.text.cutting.sentences import inner_sentence_ends
from voice_stack.text.languages import locale_for
from voice_stack.text.pronunciation.stand_ins import stands_for_uncased
from voice_stack.text.scripts import is_cjk

_CLOSERS = "\"'”’»›“)]}」』）】》〉"
_CLOSING = f"[{re.escape(_CLOSERS)}]{{0,4}}"
SENTENCE_MARKS = ".!?…。！？｡؟۔।॥"
CLAUSE_MARKS = ",;:、，；：،؛—–"

# From the best place to cut to the worst; a match ends where the next piece begins.
_CLAUSE_ENDS = (
    re.compile(rf"[;:؛]{_CLOSING}\s+|[；：]{_CLOSING}|\s[—–-]\s+|—"),
    re.compile(rf"[,،]{_CLOSING}\s+|[、，]{_CLOSING}"),
)
_INNER_STOP = re.compile(rf"[!?…؟]{_CLOSING}\s+|[。！？]{_CLOSING}")
_SPACE = re.compile(r"\s+")
# A cut closer to the beginning than this share of the limit leaves too small a piece.
_SMALLEST_SHARE = 0.35


def full_stop(language: str) -> str:
    """The mark that ends a plain sentence in a language."""
    locale = locale_for(language)
    return locale.stop if locale else "."


def comma(language: str) -> str:
    """The mark that parts clauses in a language."""
    locale = locale_for(language)
    return locale.comma.strip() if locale else ","


def last_mark(text: str) -> str:
    """The last character that is neither white space nor a closing quote or bracket; empty when there is none."""
    bare = text.rstrip().rstrip(_CLOSERS + " \u00a0\u202f")
    return bare[-1:]


def finish(text: str, mark: str) -> str:
    """The text with `mark` at its end, unless a mark that ends a sentence or clause is there already."""
    text = text.strip()
    return text if last_mark(text) in {*SENTENCE_MARKS, *CLAUSE_MARKS} else text + mark


def clause_ends(text: str, limit: int) -> Iterator[int]:
    """Offsets of at most `limit` at which a clause has ended and the next one begins, in no order."""
    window = text[: limit + 1]
    for pattern in (*_CLAUSE_ENDS, _INNER_STOP):
        yield from (match.end() for match in pattern.finditer(window) if match.end() <= limit)


def cut(text: str, limit: int, language: str) -> list[str]:
    """Cut a text into pieces of at most `limit` characters.

    Cuts lie behind inner sentences, else behind clauses, else at spaces, else between characters (not inside
    an accented or joined one, or a Latin word in Chinese, as far as the limit allows), and make pieces of about the
    same length.
    """
    pieces: list[str] = []
    inner = inner_sentence_ends(text, language)
    position = 0
    while len(text) - position > limit:
        remaining = len(text) - position
        ideal = remaining / -(-remaining // limit)
        ends = inner[bisect_right(inner, position) : bisect_right(inner, position + limit)]
        at = _best_cut(text[position : position + limit + 1], limit, ideal, [end - position for end in ends])
        pieces.append(text[position : position + at])
        position += at
    pieces.append(text[position:])
    return [piece.strip() for piece in pieces if piece.strip()]


def _best_cut(window: str, limit: int, ideal: float, inner: list[int]) -> int:
    smallest = int(limit * _SMALLEST_SHARE)
    by_pattern = ([match.end() for match in pattern.finditer(window)] for pattern in (*_CLAUSE_ENDS, _SPACE))
    for candidates in (inner, *by_pattern):
        ends = [at for at in candidates if smallest <= at <= limit]
        if ends:
            return min(ends, key=lambda at: abs(at - ideal))
    return _between_characters(window, limit)


def _between_characters(window: str, limit: int) -> int:
    for belongs in (_is_inside_word, _belongs_to_the_one_before):
        for at in range(limit, max(limit // 2, 1), -1):
            if not belongs(window, at):
                return at
    return limit


def _is_inside_word(window: str, at: int) -> bool:
    before, after = window[at - 1], window[at : at + 1]
    in_word = before.isalnum() and after.isalnum() and not is_cjk(before) and not is_cjk(after)
    return in_word or _belongs_to_the_one_before(window, at)


def _belongs_to_the_one_before(window: str, at: int) -> bool:
    before, after = window[at - 1], window[at : at + 1]
    joined = before == "\u200d" or unicodedata.combining(before) == 9  # zero-width joiner, virama
    return joined or (bool(after) and (after == "\u200d" or unicodedata.category(after).startswith("M")))


def join(left: str, right: str) -> str:
    """Two pieces with a space between them, where the script has spaces."""
    if not left or not right:
        return left or right
    tight = left[-1] in "。！？、，；：」』）】》" or is_cjk(left[-1])
    goes_on = is_cjk(right[0]) or right[0] in "「『（【《“" or stands_for_uncased(right[0])
    return f"{left}{right}" if tight and goes_on else f"{left} {right}"
