"""Widths and scripts of text: East Asian width (UAX #11), scripts without blanks, the direction of writing."""

import unicodedata
from collections.abc import Iterable
from typing import Final

_INVISIBLE: Final = frozenset(("Mn", "Me", "Cf"))
_MARKS: Final = frozenset(("Mn", "Mc", "Me", "Cf"))
# Thai and Lao, Burmese, Khmer; ideographs and kana, without Hangul; full-width forms.
_UNSPACED: Final = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x2E80, 0x312F),
    (0x3190, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFF01, 0xFF9F),
    (0x20000, 0x3FFFF),
)
# What a line does not begin or end with (JIS X 4051), and the vowels of Thai and Lao that stand before their consonant.
_NO_START: Final = frozenset(
    "、。，．・：；？！」』）］｝】〉》〕”’…‥ー々〻ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ％)]}!?,.:;%ๆฯຯໆ"
)
_NO_END: Final = frozenset("「『（［｛【〈《〔“‘([{เแโใไເແໂໃໄ")
_RIGHT_TO_LEFT: Final = ("R", "AL")
_WIDE_SHARE: Final = 0.5
# Words that a character is.
_A_WIDE: Final = 0.5
_A_NARROW: Final = 0.25


def columns(text: str) -> int:
    """Columns that a text takes: two for a full-width character, none for a mark that stands on another."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.east_asian_width(character) in "WF":
        return 2
    return 0 if unicodedata.category(character) in _INVISIBLE else 1


def full_width(text: str) -> int:
    """Number of characters of full width."""
    if text.isascii():
        return 0
    return sum(unicodedata.east_asian_width(character) in "WF" for character in text)


def word_count(text: str) -> float:
    """Words of a text. Of scripts without blanks two full-width characters are one, and four letters of others."""
    if text.isascii():
        return float(sum(any(map(str.isalnum, token)) for token in text.split()))
    return sum(map(_words_of_token, text.split()))


def _words_of_token(token: str) -> float:
    found = others = 0.0
    for character in filter(str.isalnum, token):
        if not _is_unspaced(character):
            others = 1.0
        else:
            found += _A_WIDE if unicodedata.east_asian_width(character) in "WF" else _A_NARROW
    return found + others


def atoms(text: str) -> list[str]:
    """The parts of a text without blanks between which a line may be broken: itself, but for scripts that are written
    without blanks, where it is characters, as their rules of line breaks have it."""
    if text.isascii():
        return [text]
    found: list[str] = []
    begin = 0
    for place in range(1, len(text)):
        if _may_break(text[place - 1], text[place]):
            found.append(text[begin:place])
            begin = place
    return [*found, text[begin:]]


def _may_break(before: str, after: str) -> bool:
    if not (_is_unspaced(before) or _is_unspaced(after)) or before in _NO_END or after in _NO_START:
        return False
    return unicodedata.category(after) not in _MARKS


def _is_unspaced(character: str) -> bool:
    point = ord(character)
    return point >= 0x0E00 and any(first <= point <= last for first, last in _UNSPACED)


def is_right_to_left(text: str) -> bool:
    """True where the first letter of a text is of a script that is written from right to left."""
    if text.isascii():
        return False
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in _RIGHT_TO_LEFT:
            return True
        if direction == "L":
            return False
    return False


def is_mostly_full_width(texts: Iterable[str]) -> bool:
    """True where half of the characters or more, blanks apart, are of full width."""
    wide = whole = 0
    for text in texts:
        wide += full_width(text)
        whole += len(text) - text.count(" ")
    return wide > 0 and wide >= _WIDE_SHARE * whole
