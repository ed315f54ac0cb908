"""The first piece of a text, which is short, so that its sound is there soon."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from voice_stack.text.cutting.cuts import clause_ends
from voice_stack.text.languages import locale_for
from voice_stack.text.languages.locale import Locale
from voice_stack.text.scripts import is_cjk, is_hangul

# Letters of English that say as much as one character, about: what a sound costs goes by its length.
_HAN_LETTERS: Final = 3
_HANGUL_LETTERS: Final = 2
# A sentence that is longer than its opening may be by no more than this share stays whole.
_WHOLE_SHARE: Final = 1.25
# Shares of the size that the end of a clause may lie at; nearer to it only what has no mark.
_CLAUSE_SHARES: Final = (0.25, 1.5)
_EARLIEST_SHARE, _LATEST_SHARE = 0.35, 1.15
# What a place costs: nothing at a mark of the sentence, more where a voice would less likely take breath; and for its
# distance from the size, in shares of that.
_BREAK_COST: Final = 0.3
_PHRASE_COST: Final = 0.45
_WORD_COST: Final = 0.8
_LEANING_COST: Final = 0.3
_DISTANCE_COST: Final = 0.7
# A word this short leans on the one behind it, and begins a phrase: "the", "of", "die", "à"; others are in the tables.
_LEANING_LETTERS: Final = 3
_WORD: Final = re.compile(r"\S+")


def spoken_length(text: str) -> int:
    """Length of a text in letters of English that say as much."""
    return sum(_HAN_LETTERS if is_cjk(c) else _HANGUL_LETTERS if is_hangul(c) else 1 for c in text)


def cut_opening(sentence: str, size: int, language: str, *, anywhere: bool) -> list[str]:
    """A sentence with its opening cut off, when it is long and has a place for that; else the sentence alone.

    Args:
        size: that the opening should have, as `spoken_length` counts.
        language: ISO 639-1 code without a region.
        anywhere: whether it may also end where the sentence has no mark: before the words that begin a clause, else
            between two words. The opening is shorter then, too: nothing of it may be late.
    """
    if spoken_length(sentence) <= size * _WHOLE_SHARE:
        return [sentence]
    at = _best_place(sentence, size, language) if anywhere else _last_clause_end(sentence, size)
    return [sentence[:at].strip(), sentence[at:].strip()] if at else [sentence]


def _last_clause_end(sentence: str, size: int) -> int:
    """The end of the last clause within the size, else of the first one soon after it; 0 for none."""
    smallest, largest = (size * share for share in _CLAUSE_SHARES)
    lengths = dict(_measured(sentence, clause_ends(sentence, len(sentence) - 1), smallest, largest))
    within = [at for at, length in lengths.items() if length <= size]
    return max(within) if within else min(lengths, default=0)


def _best_place(sentence: str, size: int, language: str) -> int:
    """The cheapest place; 0 for none."""
    locale = locale_for(language)
    costs: dict[int, float] = {}
    for before, following in pairwise(_WORD.finditer(sentence)):
        costs[following.start()] = _word_cost(before.group(), following.group(), locale)
    if locale and locale.clause_breaks:
        costs |= {match.end(): _BREAK_COST for match in re.finditer(locale.clause_breaks, sentence)}
    costs |= dict.fromkeys(clause_ends(sentence, len(sentence) - 1), 0.0)
    places = _measured(sentence, iter(costs), size * _EARLIEST_SHARE, size * _LATEST_SHARE)
    ranked = ((costs[at] + _DISTANCE_COST * abs(length - size) / size, at) for at, length in places)
    return min(ranked, default=(0.0, 0))[1]


def _word_cost(before: str, following: str, locale: Locale | None) -> float:
    """Of a cut between two words."""
    if locale and _first_letters(following) in locale.clause_words:
        return _BREAK_COST
    if locale and locale.clause_breaks:  # where the language says of itself where words belong together
        return _WORD_COST
    if _leans(before, locale) or _clings(following, locale):
        return _WORD_COST + _LEANING_COST
    return _PHRASE_COST if _leans(following, locale) or _clings(before, locale) else _WORD_COST


def _leans(word: str, locale: Locale | None) -> bool:
    """True for a word that belongs to the one behind it."""
    if _clings(word, locale):
        return False
    listed = locale is not None and _first_letters(word) in locale.leaning_words
    return listed or spoken_length(word) <= _LEANING_LETTERS


def _clings(word: str, locale: Locale | None) -> bool:
    """True for a word that belongs to the one before it."""
    return locale is not None and _first_letters(word) in locale.clinging_words


def _first_letters(word: str) -> str:
    """The word in lower case, up to an apostrophe: "qu" of "qu'il"."""
    return re.split("['’]", word.lower())[0]


def _measured(sentence: str, places: Iterator[int], smallest: float, largest: float) -> Iterator[tuple[int, int]]:
    """Places whose opening is neither too short nor too long, nor leaves too little, with its length."""
    whole = spoken_length(sentence)
    for at in places:
        length = spoken_length(sentence[:at].strip())
        if smallest <= length <= largest and whole - length >= smallest:
            yield at, length
