"""Language of a written text: by its script, its letters, its commonest words, and then by langdetect.

langdetect alone is sure of everything, also that "OK" is Portuguese: it needs sentences. Short texts are told by
what gives a language away (`hints`), and where nothing does, they are not told.
"""

import functools
import math
import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Collection
from typing import Any, Final

from voice_stack.language.hints import LETTERS, SCRIPT_NAMES, SCRIPT_WEIGHTS, SCRIPTS, WORDS

# Characters that are looked at.
_EXAMINED: Final = 2000
# What is in letters but in no language: tags, addresses, code, names of users and topics. Every repetition is bounded,
# so that the time is linear in the text.
_NO_LANGUAGE: Final = re.compile(
    r"<[^<>]{1,200}>|`[^`]{1,200}`|(?:https?://|www\.)[!-~]{0,500}|[\w.+-]{1,64}@[\w.-]{1,64}|[@#]\w{1,64}"
    r"|\b[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,3}\.(?:com|org|net|edu|gov|io|dev|app|info|html?|pdf|py|json)\b[!-~]{0,200}",
    re.IGNORECASE,
)
_BETWEEN_WORDS: Final = re.compile(r"[^\w'\u0300-\u036f\u0900-\u0dff]+|[\d_]+")
# Of the letters in Chinese characters and kana, the part of kana from which the text is Japanese.
_KANA_SHARE: Final = 0.1
# A word or letter counts at most so often: a text that repeats one is no surer for it.
_REPEATS: Final = 2
# How much more must speak for a language than for the next one: at least so many hints, and so many times as many.
_LEAD: Final = 1
_LEAD_FACTOR: Final = 1.25
# With fewer hints than this a text longer than `_SHORT` letters is left to langdetect.
_ENOUGH: Final = 2
_SHORT: Final = 25
# Letters from which langdetect is asked, and what it must be sure of. Chosen on short sentences in 17 languages: asked
# sooner or believed more easily, it told a few more of them, and some of them wrong.
_LETTERS: Final = 14
_SURE: Final = 0.95
# How probable a language that is no candidate is beforehand, beside one that is.
_UNWANTED: Final = 0.05

# Letters up to which a text is short beside the usual language's claim; the word that does not dispute it; and how much
# more probable the usual language is.
_FEW: Final = 40
_SHORT_WORD: Final = 3
_USUAL: Final = 50.0

_loading: Final = threading.Lock()


def detect_language(text: str, candidates: Collection[str], usual: str | None = None) -> str | None:
    """The language of a text.

    A text in several scripts goes by the script of most of its letters (Chinese, Japanese and Korean characters count
    for several). Only its first 2000 characters are looked at, in linear time. Thread-safe, and the same text always
    gives the same answer. The first call that needs langdetect loads it, which takes about half a second.

    Args:
        text: any Unicode.
        candidates: codes of `voice_stack.language.codes` that may be answered.
        usual: the candidate that a text is in when nothing speaks against it. In front of a short text, one short word
            that has no letter of its own ("door", "pro") does not, and langdetect must be the surer.

    Returns:
        One of the candidates; None when it cannot be told, or when the text is in a language that is none of them. A
        script that only one candidate is written in is taken for that one: nobody else could read it.
    """
    sample = _NO_LANGUAGE.sub(" ", unicodedata.normalize("NFKC", text[:_EXAMINED])[:_EXAMINED])
    script, letters = _script(sample)
    known = SCRIPTS.get(script, ())
    able = frozenset(candidates).intersection(known)
    if not able:
        return None
    if len(able) == 1 and script != "LATIN":
        return next(iter(able))
    hints = _hints(sample, frozenset(known))
    likely_usual = usual if usual in able and letters <= _FEW else None
    strange = _strangers(sample, likely_usual) if likely_usual else None
    weak = strange is not None and (not strange or (len(strange) == 1 and len(strange[0]) <= _SHORT_WORD))
    found = None if weak and " " in sample.strip() else _clear(hints, able, letters)
    if found is None and letters >= (_SHORT if weak else _LETTERS):
        found = _guess(sample, able, hints, likely_usual)
    if found is not None:
        return found if found in able else None
    if script == "LATIN":
        return next(iter(able)) if len(able) == 1 else None
    likely = [language for language in known if language in able]
    return max(likely, key=lambda language: hints[language])


def _script(sample: str) -> tuple[str, int]:
    """The script of most letters, by its key in `SCRIPTS`, and how many letters it has; empty without any letter."""
    counts = Counter(_script_of(character) for character in sample if character.isalpha())
    if counts["KANA"] and counts["KANA"] >= _KANA_SHARE * (counts["KANA"] + counts["CJK"]):
        counts["KANA"] += counts.pop("CJK", 0)
    if not counts:
        return "", 0
    script = max(counts, key=lambda script: counts[script] * SCRIPT_WEIGHTS.get(script, 1))
    return script, counts[script]


@functools.lru_cache(8192)
def _script_of(character: str) -> str:
    first = unicodedata.name(character, "").partition(" ")[0]
    return SCRIPT_NAMES.get(first, first)


def _hints(sample: str, known: frozenset[str]) -> Counter[str]:
    """Number of hints to each language of the script."""
    lower = unicodedata.normalize("NFC", sample.lower()).replace("’", "'")
    found: Counter[str] = Counter()
    for word, count in Counter(_words(lower)).items():
        for language in WORDS[word] & known:
            found[language] += min(count, _REPEATS)
    for letter, count in Counter(lower).items():
        for language in LETTERS.get(letter, frozenset()) & known:
            found[language] += min(count, _REPEATS)
    return found


def _words(lower: str) -> list[str]:
    """The words that `WORDS` has; of elided ones (l'eau) the parts where it has not the whole."""
    found = []
    for word in _BETWEEN_WORDS.split(lower):
        for part in (word,) if word in WORDS else word.split("'"):
            if part in WORDS:
                found.append(part)
    return found


def _clear(hints: Counter[str], able: frozenset[str], letters: int) -> str | None:
    """The language that clearly more speaks for than for others, candidate or not; None when there is none.

    A candidate need not be ahead of what is none, only not behind: Croatian and Serbian share most words.
    """
    first, second = [*sorted(able, key=lambda language: (-hints[language], language)), ""][:2]
    foreign = max(hints.keys() - able, key=lambda language: (hints[language], language), default="")
    needed = 1 if letters <= _SHORT else _ENOUGH
    allowance = _LEAD if hints[first] >= _ENOUGH else 0
    if hints[first] >= needed and _ahead(hints[first], hints[second]) and hints[first] >= hints[foreign] - allowance:
        return first
    return foreign if hints[foreign] >= needed and _ahead(hints[foreign], hints[first]) else None


def _strangers(sample: str, usual: str) -> list[str] | None:
    """Words that speak for other languages than the usual one; None where a letter does."""
    lower = sample.lower()
    return [word for word in _words(lower) if usual not in WORDS[word]] if sample.isascii() else None


def _ahead(one: int, other: int) -> bool:
    return one >= other + _LEAD and one >= other * _LEAD_FACTOR


def _guess(sample: str, able: frozenset[str], hints: Counter[str], usual: str | None) -> str | None:
    """Language that langdetect is sure of, candidate or not. Each hint makes one e times as probable beforehand, to be
    the usual one of a short text `_USUAL` times."""
    from langdetect.lang_detect_exception import LangDetectException

    factory = _factory()
    most = max(hints.values(), default=0)
    prior = {
        name: (1.0 if _code(name) in able else _UNWANTED)
        * math.exp(hints[_code(name)] - most)
        * (_USUAL if _code(name) == usual else 1.0)
        for name in factory.get_lang_list()
    }
    detector = factory.create()
    detector.set_prior_map(prior)
    # Words all in capitals are abbreviations to langdetect, and skipped.
    detector.append(sample.lower() if sample.isupper() else sample)
    try:
        best = detector.get_probabilities()[:1]
    except LangDetectException:  # no letter that it has ever seen
        return None
    return _code(best[0].lang) if best and best[0].prob >= _SURE else None


def _code(name: str) -> str:
    """Our code of a language of langdetect."""
    return "zh" if name.startswith("zh-") else name


def _factory() -> Any:
    with _loading:
        return _load_factory()


@functools.cache
def _load_factory() -> Any:
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    # A factory of our own with a seed of its own: langdetect's shared one stays as it is for who else uses it.
    factory = DetectorFactory()
    factory.set_seed(0)
    factory.load_profile(PROFILES_DIRECTORY)
    return factory
