"""Words of a text that is to be aligned: as they are written, and as they are compared with what was heard."""

import difflib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from voice_stack.text.cutting.lines import lines
from voice_stack.text.normalisation.characters import MAX_PIECES
from voice_stack.text.normalisation.pipeline import normalise_pieces
from voice_stack.text.scripts import is_cjk

_TOKEN: Final = re.compile(r"\w+(?:'\w+)*")
_APOSTROPHES: Final = re.compile("[’ʼ＇`´]")


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
    """The words of a text: what stands between blanks; in Chinese and Japanese every character, with the signs behind
    it."""
    words: list[str] = []
    for token in text.split():
        parts = _characters(token)
        words += [f" {parts[0]}", *parts[1:]]
    return KnownText(tuple(words), tuple(lines([word.strip() for word in words], language)))


def tokens_of(words: Sequence[str], language: str) -> list[list[str]]:
    """Spoken words of each written one, in lower case and without signs: `42` is forty and two, a dash nothing."""
    found: list[list[str]] = []
    for begin in range(0, len(words), MAX_PIECES):
        pieces = [f"{word.strip()} " for word in words[begin : begin + MAX_PIECES]]
        found += [_tokens(piece) for piece in normalise_pieces(pieces, language)]
    return found


def likeness(said: Sequence[str], heard: Sequence[str]) -> float:
    """Share of the characters that two lists of words have in common, in order: 0..1; of strange texts up to 0.4."""
    return difflib.SequenceMatcher(None, " ".join(said), " ".join(heard), autojunk=False).ratio()


def line_bounds(known: KnownText) -> list[tuple[int, int]]:
    """First word of each line, and the one behind its last."""
    ends = list(accumulate(known.lines))
    return list(zip([0, *ends[:-1]], ends, strict=True))


def _tokens(text: str) -> list[str]:
    plain = _APOSTROPHES.sub("'", unicodedata.normalize("NFKC", text)).lower()
    return [part for token in _TOKEN.findall(plain) for part in _characters(token)]


def _characters(token: str) -> list[str]:
    """A run without blanks, cut in front of each character that is a word of its own and behind it."""
    parts: list[str] = []
    for character in token:
        last = next((c for c in reversed(parts[-1]) if c.isalnum()), "") if parts else ""
        begins = character.isalnum() and last and (is_cjk(character) or is_cjk(last))
        if begins or not parts:
            parts.append(character)
        else:
            parts[-1] += character
    return parts
