"""Transcripts against texts: word and character error rates. Pure functions."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

import numpy as np

from voice_stack.lab.evaluation.values import Errors
from voice_stack.text.normalisation.pipeline import normalise
from voice_stack.text.scripts import is_cjk

_APOSTROPHES: Final = re.compile(r"[’‘ʼ`´]")
_NO_WORD: Final = re.compile(r"[^\w']+")
_LONELY: Final = re.compile(r"(?<!\w)'|'(?!\w)")
# Scripts that write no blanks between words: an error rate of words would be one of somebody's word list.
_NO_BLANKS: Final = frozenset({"zh", "ja", "th", "lo", "km", "my"})


def counts_words(language: str) -> bool:
    """True for a language whose writing parts words by blanks."""
    return language not in _NO_BLANKS


def word_errors(text: str, heard: str, language: str) -> Errors | None:
    """Errors of words; None where the text has none, or its language parts none.

    Both are normalised first: numbers and abbreviations in words, lower case, no punctuation.

    Args:
        text: what was to be said.
        heard: the transcript.
        language: ISO 639-1 code of both.
    """
    wanted = _words(text, language)
    if not wanted or not counts_words(language):
        return None
    return Errors(distance(wanted, _words(heard, language)), len(wanted))


def character_errors(text: str, heard: str, language: str) -> Errors | None:
    """The same of characters, blanks left out."""
    wanted = "".join(_words(text, language))
    if not wanted:
        return None
    return Errors(distance(wanted, "".join(_words(heard, language))), len(wanted))


def distance(wanted: Sequence[str], found: Sequence[str]) -> int:
    """Levenshtein's distance: the fewest items to substitute, leave out and add. In time and rows of numpy."""
    numbers = {item: number for number, item in enumerate(dict.fromkeys([*wanted, *found]))}
    right = np.array([numbers[item] for item in found], np.int64)
    steps = np.arange(len(found) + 1)
    row = steps.copy()
    for count, item in enumerate(wanted, start=1):
        best = np.minimum(row[:-1] + (right != numbers[item]), row[1:] + 1)
        row = np.concatenate([[count], best])
        # What is added costs one each from wherever it is cheapest.
        row = np.minimum.accumulate(row - steps) + steps
    return int(row[-1])


def _words(text: str, language: str) -> list[str]:
    spoken = normalise(_APOSTROPHES.sub("'", unicodedata.normalize("NFKC", text)), language).casefold()
    plain = _LONELY.sub(" ", _NO_WORD.sub(" ", _APOSTROPHES.sub("'", spoken)).replace("_", " "))
    if any(map(is_cjk, plain)):
        plain = "".join(f" {c} " if is_cjk(c) else c for c in plain)
    return plain.split()
