"""Faults that are told from what a recogniser heard of a sentence."""

import itertools
import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final

from voice_stack.text.normalisation.pipeline import normalise
from voice_stack.tts.speaking.checking.faults import Fault

_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_FIGURES: Final = re.compile(r"(?<=\d)(?=\d)")
# Letters that a place must have too few or too many: names are heard with some letters more or less.
_MISSING: Final = 4
_EXTRA: Final = 5
# The same where figures are heard: 2012 has two readings.
_WITH_FIGURES: Final = 14
# Letters of a word that is not heard at all, at a place where nothing else is.
_GONE: Final = 3
# Share of the letters that are wrong, from which it is another sentence; and of one so short that it is easily
# misheard.
_OTHER: Final = 0.45
_SHORT_LETTERS: Final = 7
_OTHER_WHERE_SHORT: Final = 0.8
# Written in signs that sound alike: only the whole can be judged.
_BY_SIGNS: Final = frozenset({"zh", "ja", "yue", "ko", "th"})
_OTHER_BY_SIGNS: Final = 0.7
# Two words are the same misheard where no more than this share of the longer one's letters differs; else one is gone
# and another is there.
_ALIKE: Final = 0.7
# Letters that must be saved for two words to have been heard as one: "could not" as "cannot".
_JOINED: Final = 1.5
# Share of the letters that differ where a place is one in another spelling.
_SPELT_OTHERWISE: Final = 0.3
# Words of ours and of theirs that go together.
_STEPS: Final = ((1, 1), (1, 0), (0, 1), (2, 1), (1, 2))


def transcript_faults(said: str, heard: str, language: str) -> Iterator[Fault]:
    """Faults in what was heard.

    Args:
        said: the sentence in words.
        heard: as the recogniser writes it, with figures.
        language: ISO 639-1 code of both.
    """
    ours = _words(said)
    letters = sum(map(len, ours))
    # A number may have been said figure by figure.
    readings = [_words(normalise(text, language)) for text in (heard, _FIGURES.sub(" ", heard))]
    theirs = min(readings, key=lambda words: distance("".join(ours), "".join(words)))
    if not letters:
        return
    if not theirs:
        yield Fault.MISSING if letters > _SHORT_LETTERS else Fault.SILENT
        return
    places = list(_places(ours, theirs))
    wrong = sum(distance(said_there, heard_there) for said_there, heard_there in places)
    if language in _BY_SIGNS:
        if distance("".join(ours), "".join(theirs)) > _OTHER_BY_SIGNS * letters:
            yield Fault.OTHER
        return
    if wrong > (_OTHER_WHERE_SHORT if letters < _SHORT_LETTERS else _OTHER) * letters:
        yield Fault.OTHER
    figures = any(letter.isdigit() for letter in heard)
    few, many = (_WITH_FIGURES, _WITH_FIGURES) if figures else (_MISSING, _EXTRA)
    for said_there, heard_there in places:
        fewer = len(said_there) - len(heard_there)
        if fewer >= (few if heard_there or figures else _GONE):
            yield Fault.MISSING
        if -fewer >= many:
            yield Fault.EXTRA


def distance(said: str, heard: str) -> int:
    """Letters that must be put in, taken out or exchanged to make one of the other (Levenshtein, 1966)."""
    row = list(range(len(heard) + 1))
    for at, letter in enumerate(said, start=1):
        before, row[0] = row[0], at
        for place, other in enumerate(heard, start=1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (letter != other))
    return row[-1]


def _words(text: str) -> list[str]:
    """Words in lower case, without accents."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return [word.casefold().replace("'", "").replace("’", "") for word in _WORD.findall(plain)]


def _places(ours: Sequence[str], theirs: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Letters said and letters heard at each place where they differ, words joined: "can not" is "cannot"."""
    for kind, first, last, start, end in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if kind != "equal":
            yield from _parted(list(ours[first:last]), list(theirs[start:end]))


def _parted(ours: Sequence[str], theirs: Sequence[str]) -> Iterator[tuple[str, str]]:
    """A place in two or more: words paired such that the fewest letters differ, each with one word, with two that were
    heard as one or one as two, or with nothing."""
    joined, others = "".join(ours), "".join(theirs)
    if distance(joined, others) <= _SPELT_OTHERWISE * len(joined):
        yield joined, others
        return
    best: list[list[tuple[float, int, int]]] = [[(math.inf, 0, 0)] * (len(theirs) + 1) for _ in range(len(ours) + 1)]
    best[0][0] = (0.0, 0, 0)
    for first in range(len(ours) + 1):
        for start in range(len(theirs) + 1):
            for taken, heard in _STEPS:
                if taken <= first and heard <= start:
                    said_there = "".join(ours[first - taken : first])
                    heard_there = "".join(theirs[start - heard : start])
                    cost = best[first - taken][start - heard][0] + _unlike(said_there, heard_there, taken + heard)
                    best[first][start] = min(best[first][start], (cost, taken, heard))
    pairs: list[tuple[str, str]] = []
    first, start = len(ours), len(theirs)
    while first or start:
        _, taken, heard = best[first][start]
        pairs.append(("".join(ours[first - taken : first]), "".join(theirs[start - heard : start])))
        first, start = first - taken, start - heard
    pairs.reverse()
    # Words that are gone, and others that came: what stands between two that were heard is one place.
    for alike, together in itertools.groupby(pairs, lambda pair: _are_alike(*pair)):
        if alike:
            yield from together
        else:
            gone, came = zip(*together, strict=True)
            yield "".join(gone), "".join(came)


def _unlike(said: str, heard: str, words: int) -> float:
    """Letters in which a pair differs, and what it costs that it is one."""
    if not _are_alike(said, heard):
        return len(said) + len(heard)
    return distance(said, heard) + (_JOINED if words > 2 else 0)


def _are_alike(said: str, heard: str) -> bool:
    return distance(said, heard) <= _ALIKE * max(len(said), len(heard))
