"""Cues: words in front of a number that tell what it is."""

import re
from collections.abc import Set

# Words that may stand between a cue and its number, in all languages together.
_FILLERS = frozenset(
    [
        "is",
        "was",
        "are",
        "no",
        "nr",
        "number",
        "the",
        "your",
        "my",
        "our",
        "of",
        "at",
        "on",
        "to",
        "us",
        "me",
        "him",
        "it",
        "her",
        "them",
        "now",
        "today",
        "under",
        "in",
        "here",
        "please",
        "ist",
        "lautet",
        "nummer",
        "unter",
        "an",
        "am",
        "uns",
        "mich",
        "die",
        "der",
        "das",
        "ihre",
        "deine",
        "est",
        "le",
        "la",
        "de",
        "votre",
        "au",
        "es",
        "el",
        "tu",
        "su",
        "al",
        "ao",
        "é",
        "il",
        "suo",
        "sua",
        "o",
        "seu",
        "het",
        "jouw",
        "jest",
        "to",
        "twój",
        "numer",
        "это",
        "ваш",
        "ваша",
        "по",
        "на",
        "pod",
        "je",
        "vaše",
        "číslo",
        "số",
        "है",
        "पर",
        "का",
        "के",
        "नंबर",
        "번호는",
        "号码",
        "是",
        "为",
        "는",
        "은",
    ]
)
_NEAR = 48  # characters in front of a number that are searched for a cue
_REACH = 4  # words between a cue and its number
_WORD = re.compile(r"[^\W\d_][\w'-]*")


def cued(text: str, at: int, cues: Set[str], *, fillers: bool = True, reach: int = _REACH) -> str:
    """The cue in front of a position of the text, with nothing but fillers, marks and blanks in between; "" for none.

    Without `fillers` any words may stand in between, within the sentence.
    """
    if not cues:
        return ""
    before = text[max(0, at - _NEAR) : at]
    if re.search(r"\d", before[-12:]) and fillers:
        before = re.split(r"\d", before)[-1]
    clause = re.split(r"[!?\n;]|\.\s(?=[A-ZÄÖÜÉА-Я])", before)[-1]
    found = [match[0].lower() for match in _WORD.finditer(clause if fillers else before)]
    if not before.isascii():
        # Where words are not divided by spaces, or particles attach to them, the cue may only be a part of one.
        tail = before.rstrip(" :：、，.")
        for cue in cues:
            if not cue.isascii() and len(cue) > 1 and cue in tail[-len(cue) - 3 :]:
                return cue
    for word in list(reversed(found))[: reach + 1]:
        if word in cues:
            return word
        if fillers and word not in _FILLERS:
            return ""
    return ""
