"""Stand-ins: made-up words in the place of something that no rule of the text may touch.

They are words to every rule: they are spoken, sentences begin and end with them, and they are cased and as long as
what they stand for. Inside an address they are part of it, so that `https://nginx.org` can still be read as one.
"""

import re
from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Final, Generic, TypeVar

T = TypeVar("T")

# Tangut, dead for 500 years: letters without case, like those of Chinese and Arabic.
_UNCASED: Final = range(0x17000, 0x17201)
# How many of a word's last letters its stand-in keeps: they tell its gender where a number comes before it.
_ENDING: Final = 3


def stands_for_uncased(character: str) -> bool:
    """True for a character of a stand-in for a word in a script without case."""
    return ord(character) in _UNCASED


def _run(first: int, last: int) -> str:
    return "".join(map(chr, range(first, last + 1)))


class _Alphabet:
    """Letters to make words of: a beginning that no text holds, a number, and what fills the word up.

    The last digit of the number is told by its letter, so that letters of the text may follow at once.
    """

    def __init__(self, beginning: str, digits: str, last_digits: str, filling: str) -> None:
        self._beginning = beginning
        self._digits = digits
        self._last_digits = last_digits
        self._filling = filling
        self._count = 0
        self.stem = f"{beginning}[{digits}]*[{last_digits}]"

    def word(self, length: int, ending: str) -> tuple[str, str]:
        """The next word, of at least so many characters, and its stem."""
        rest, last = divmod(self._count, len(self._last_digits))
        self._count += 1
        number = self._last_digits[last]
        while rest:
            rest, digit = divmod(rest - 1, len(self._digits))
            number = self._digits[digit] + number
        stem = self._beginning + number
        return stem + self._filling * (length - len(stem) - len(ending)) + ending, stem


def _beginnings(text: str) -> tuple[str | None, str | None]:
    """Text that a text does not hold: letters that all differ, so that it cannot arise where two words meet; and one
    without case."""
    lowered = text.lower()
    cased = ("".join(letters) for size in (2, 3, 4) for letters in permutations("zqxjvw", size))
    return (
        next((letters for letters in cased if letters not in lowered), None),
        next((letter for letter in _run(0x17000, 0x170FF) if letter not in text), None),
    )


class StandIns(Generic[T]):
    """Makes the words that stand for things in a text, and knows them again.

    Args:
        text: all of the text that they will stand in; none of them occurs in it by itself. None for no stand-ins.
    """

    def __init__(self, text: str | None) -> None:
        cased, uncased = _beginnings(text) if text is not None else (None, None)
        self._cased = _Alphabet(cased, "bcdfghk", "lmnprst", "y") if cased else None
        self._uncased = (
            _Alphabet(uncased, _run(0x17100, 0x1717F), _run(0x17180, 0x171FF), "\U00017200") if uncased else None
        )
        self._beginnings = tuple(letters for letters in (cased, uncased) if letters)
        stems = [alphabet.stem for alphabet in (self._cased, self._uncased) if alphabet]
        self._stem = re.compile("|".join(stems) or "(?!)", re.IGNORECASE)
        self._held: dict[str, tuple[str, T]] = {}

    def put(self, held: T, like: str, length: int) -> str | None:
        """A word to stand for `held`.

        Args:
            like: the word in whose place it stands: it is cased like this one and ends like it.
            length: characters that it has at least.

        Returns:
            None where there are no stand-ins, or in the unlikely case that the text holds everything that they could
            be made of.
        """
        first = next((c for c in like if c.isalpha()), "")
        has_case = first.lower() != first.upper()
        alphabet = self._cased if has_case else self._uncased
        if alphabet is None:
            return None
        ending = like[-_ENDING:].lower() if has_case else ""
        word, stem = alphabet.word(length, ending if ending.isalpha() else "")
        if first.isupper():
            word = word[0].upper() + word[1:]
        self._held[stem] = word, held
        return word

    def split(self, text: str) -> Iterator[str | T]:
        """The text in order: what is no stand-in as it is (never empty), for the others what they stand for."""
        done = 0
        for start, end, held in self._find(text):
            if done < start:
                yield text[done:start]
            yield held
            done = end
        if done < len(text):
            yield text[done:]

    def count(self, text: str) -> int:
        """Stand-ins in the text."""
        return sum(1 for _ in self._find(text))

    def is_whole(self, text: str) -> bool:
        """True when no stand-in in the text lost a part of itself behind its beginning."""
        others = (part.lower() for part in self.split(text) if isinstance(part, str))
        return not any(letters in part for part in others for letters in self._beginnings)

    def write_out(self, text: str, words: Callable[[T], str | None]) -> str:
        """The text with `words` in the place of stand-ins; those for which it gives None stay."""
        pieces: list[str] = []
        done = 0
        for start, end, held in self._find(text):
            said = words(held)
            if said is not None:
                pieces += [text[done:start], said]
                done = end
        return "".join([*pieces, text[done:]])

    def _find(self, text: str) -> Iterator[tuple[int, int, T]]:
        position = 0
        while match := self._stem.search(text, position):
            found = self._held.get(match.group().lower())
            if found is None or not text.startswith(found[0], match.start()):
                position = match.end()
                continue
            position = match.start() + len(found[0])
            yield match.start(), position, found[1]
