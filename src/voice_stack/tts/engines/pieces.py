"""Cutting of texts that are longer than an engine takes at once."""

import re
from collections.abc import Iterator
from typing import Final

_ENDS: Final = re.compile(r"[.!?…。！？]+\s*")


def pieces(text: str, limit: int) -> Iterator[str]:
    """A text in parts of at most `limit` characters, cut behind sentences or between words; none without a letter."""
    while len(text) > limit:
        ends = [mark.end() for mark in _ENDS.finditer(text, 0, limit)] or [text.rfind(" ", 1, limit)]
        cut = ends[-1] if ends[-1] > 0 else limit
        piece, text = text[:cut], text[cut:]
        if any(character.isalnum() for character in piece):
            yield piece
    if any(character.isalnum() for character in text):
        yield text
