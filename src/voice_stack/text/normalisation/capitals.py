"""Words in capitals: in a text that shouts they are words, elsewhere they may be acronyms."""

import re
from re import Match

from voice_stack.text.languages.locale import Locale
from voice_stack.text.normalisation.words import has_vowel

_RUN = re.compile(
    r"(?<![\w])(?:[^\W\d_a-zß-öø-ÿа-яё][\w'’]*(?:[ ,:;!?-]{1,3}|\.? ))+[^\W\d_a-zß-öø-ÿа-яё][\w'’]*(?!\w)"
)
_WORD = re.compile(r"(?<![\w'’])([^\W\d_]{2,9})(?![\w])")
_LETTERS = re.compile(r"[^\W\d_]+")


def lower_shouted(text: str, locale: Locale) -> str:
    """Capitals that would be spelled in small letters, where nothing around them is in small letters either."""
    shouted = locale.writing.shouted
    if not shouted:
        return text

    def run(match: Match[str]) -> str:
        words = [word for word in _LETTERS.findall(match[0]) if len(word) > 1]
        if not all(word.isupper() for word in words):
            return match[0]
        ordinary = sum(word in shouted or (word not in locale.spelled and has_vowel(word)) for word in words)
        alone = not any(c.islower() for c in _sentence(text, match))
        if ordinary < (1 if alone else 3) or (len(words) < 2 and not _is_whole(match)):
            return match[0]
        return _WORD.sub(word, match[0])

    def word(match: Match[str]) -> str:
        hours = match[0] in ("AM", "PM") and match.string[: match.start()].rstrip()[-1:].isdigit()
        return match[0].lower() if match[0] in shouted and not hours else match[0]

    return _RUN.sub(run, text)


def _is_whole(match: Match[str]) -> bool:
    return not any(c.isalpha() for c in match.string[: match.start()] + match.string[match.end() :])


def _sentence(text: str, match: Match[str]) -> str:
    start = max(text.rfind(mark, 0, match.start()) for mark in ".!?\n") + 1
    ends = [at for at in (text.find(mark, match.end()) for mark in ".!?\n") if at >= 0]
    return text[start : min(ends, default=len(text))]
