"""Words of a text that is to be aligned, and how they are compared with what was heard."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from voice_stack.text.words import written_words


@dataclass(frozen=True, slots=True)
class KnownText:
    """A text that is said in a recording.

    Attributes:
        words: as they are written, each with the blank before it: they concatenate to the text, with one blank where
            it had several.
        lines: words of each line of subtitles, in order; together all of them.
    """

    words: tuple[str, ...]
    lines: tuple[int, ...]


def known_text(text: str, language: str) -> KnownText:
    """The words of a text, in lines."""
    # It brings the sentences of all languages along: recognition starts without them.
    from voice_stack.text.cutting.lines import lines

    words = written_words(text)
    return KnownText(tuple(words), tuple(lines([word.strip() for word in words], language)))


def likeness(said: Sequence[str], heard: Sequence[str]) -> float:
    """Share of the characters that two lists of words have in common, in order: 0..1; of strange texts up to 0.4."""
    return difflib.SequenceMatcher(None, " ".join(said), " ".join(heard), autojunk=False).ratio()


def line_bounds(known: KnownText) -> list[tuple[int, int]]:
    """First word of each line, and the one behind its last."""
    ends = list(accumulate(known.lines))
    return list(zip([0, *ends[:-1]], ends, strict=True))
