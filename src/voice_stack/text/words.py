"""Words of a text: as they are written, each with a time where that is told, and as they are spoken."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from voice_stack.text.scripts import is_cjk

_TOKEN: Final = re.compile(r"\w+(?:'\w+)*")
_APOSTROPHES: Final = re.compile("[’ʼ＇`´]")


def written_words(text: str) -> list[str]:
    """Words as they are written, signs included: what stands between blanks; in Chinese and Japanese every character,
    with the signs behind it. Each has the blank before it: they concatenate to the text, with one blank where it had
    several. Written with blanks between them they are the same words again."""
    words: list[str] = []
    for token in text.split():
        parts = _characters(token)
        words += [f" {parts[0]}", *parts[1:]]
    return words


def tokens_of(words: Sequence[str], language: str) -> list[list[str]]:
    """Spoken words of each written one, in lower case and without signs: `42` is forty and two, a dash nothing."""
    # All languages with their rules: recognition starts without them.
    from voice_stack.text.normalisation.characters import MAX_PIECES
    from voice_stack.text.normalisation.pipeline import normalise_pieces

    found: list[list[str]] = []
    for begin in range(0, len(words), MAX_PIECES):
        pieces = [f"{word.strip()} " for word in words[begin : begin + MAX_PIECES]]
        found += [plain_tokens(piece) for piece in normalise_pieces(pieces, language)]
    return found


def plain_tokens(text: str) -> list[str]:
    """Words of a text that has no figures or abbreviations left, in lower case and without signs."""
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
