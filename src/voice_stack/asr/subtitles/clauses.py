"""Places where a text may be broken: after punctuation, before conjunctions and prepositions, not behind an article.

These are the rules of Netflix's guides and the BBC's. In languages that `clause_words` does not have, punctuation and
pauses tell.
"""

from typing import Final

from voice_stack.asr.subtitles.clause_words import CLAUSE_WORDS, NO_WORDS
from voice_stack.asr.subtitles.units import Unit

# Costs of a break, on one scale with those of `splitting`.
SENTENCE: Final = 0.0
CLAUSE: Final = 4.0
BEFORE_CONJUNCTION: Final = 8.0
BEFORE_PREPOSITION: Final = 10.0
PLAIN: Final = 15.0
BETWEEN_NAMES: Final = 20.0
BEHIND_BINDER: Final = 26.0
IN_A_WORD: Final = 45.0

_CLOSERS: Final = "\"'”’»›)]}」』）］】〉》*"
_OPENERS: Final = "\"'“‘«‹([{「『（［【〈《¿¡-–—"
_SENTENCE_MARKS: Final = ".!?…。！？｡؟۔।॥։"
_CLAUSE_MARKS: Final = ",;:、，；：،؛—–"
_ABBREVIATIONS: Final = (
    "mr. mrs. ms. dr. st. prof. jr. sr. vs. no. gen. sen. col. capt. lt. sgt. rev. hon. etc. e.g. i.e. "
    "z.b. bzw. d.h. usw. ca. nr. hr. fr. mme. mlle. m. sra. dra. ud. sig. dott. tel."
)
_ABBREVIATED: Final = frozenset(_ABBREVIATIONS.split())


def break_cost(before: Unit, after: Unit, language: str) -> float:
    """Cost of a break between two units; 0 is the best place for one.

    Args:
        language: ISO 639-1 code; empty for one that nobody knows.
    """
    if after.inner:
        return IN_A_WORD
    if ends_sentence(before, after):
        return SENTENCE
    if before.text.rstrip(_CLOSERS)[-1:] in tuple(_CLAUSE_MARKS) or before.text[-1:] in tuple(_CLOSERS):
        return CLAUSE
    if after.text[:1] in tuple(_OPENERS):
        return CLAUSE
    if not after.spaced:
        return PLAIN
    words = CLAUSE_WORDS.get(language, NO_WORDS)
    first, second = _bare(before.text), _bare(after.text)
    if first in words.binders or first + "." in _ABBREVIATED:
        return BEHIND_BINDER
    if second in words.conjunctions:
        return BEFORE_CONJUNCTION
    if second in words.prepositions:
        return BEFORE_PREPOSITION
    if (before.text[:1].isupper() and after.text[:1].isupper()) or before.text[-1:].isdigit():
        return BETWEEN_NAMES
    return PLAIN


def ends_sentence(before: Unit, after: Unit | None) -> bool:
    """True where a sentence ends with a unit."""
    bare = before.text.rstrip(_CLOSERS)
    if bare[-1:] not in tuple(_SENTENCE_MARKS):
        return False
    if after is None or not bare.endswith((".", "…")):
        return True
    if bare.casefold().lstrip(_OPENERS) in _ABBREVIATED or (len(bare) == 2 and bare[0].isupper()):
        return False
    return not after.text.lstrip(_OPENERS)[:1].islower()


def _bare(text: str) -> str:
    return text.strip(_OPENERS + _CLOSERS + _SENTENCE_MARKS + _CLAUSE_MARKS).casefold()
