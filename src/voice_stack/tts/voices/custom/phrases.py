"""Phrases that the recording of a consent has to say, by language, and how close to one what was heard is."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import yaml

from voice_stack.core.located_yaml import mistake, read_yaml
from voice_stack.language.codes import find_language

PACKAGED: Final = Path(__file__).with_name("phrases.yaml")
NAME: Final = "{name}"
"""Stands in a phrase for who is allowed to use the voice."""

_MOST_WORDS: Final = 200
# Languages that are written without spaces: a character is a word.
_WITHOUT_SPACES: Final = frozenset({"ja", "zh", "yue", "th"})
# One word more is hardly an error by its number, and may say the opposite.
_DENIALS: Final[Mapping[str, frozenset[str]]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "not no never don dont doesn didn cannot can't refuse deny",
        "de": "nicht kein keine keinen keiner nie niemals nein",
        "fr": "ne pas non jamais aucun refuse",
        "es": "no nunca jamás tampoco",
        "it": "non no mai",
        "pt": "não nunca jamais",
        "nl": "niet geen nooit nee",
        "pl": "nie nigdy",
        "cs": "ne není nesouhlasím nejsem nikdy",
        "sv": "inte ej aldrig nej",
        "ru": "не нет никогда",
        "tr": "değil değilim hayır asla vermiyorum",
        "zh": "不 没 否",
        "ko": "않습니다 아닙니다 안",
        "hi": "नहीं मत",
    }.items()
}
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Match:
    """The phrase that is closest to what was heard.

    Attributes:
        phrase: with its name.
        error_rate: words that are wrong, missing or too many, by the words of the phrase; 0 is word for word.
        denial: word that was heard and turns the meaning round (`not`), or None.
    """

    phrase: str
    error_rate: float
    denial: str | None = None


class Phrases:
    """The phrases of all languages.

    Args:
        own: the user's file, whose languages replace the packaged ones; it need not exist.
        names: who may be named in a phrase.

    Raises:
        SettingsError: the file has a mistake; names file and line.
    """

    def __init__(self, own: Path, names: Sequence[str]) -> None:
        self._by_language = {**_read(PACKAGED), **(_read(own) if own.exists() else {})}
        self._names = tuple(names)

    @property
    def languages(self) -> list[str]:
        """ISO 639-1 codes of the languages that have phrases."""
        return sorted(self._by_language)

    def of(self, language: str) -> list[str]:
        """The phrases that are accepted in a language, with every name in its place; empty where there are none."""
        found: list[str] = []
        for phrase in self._by_language.get(language, ()):
            found += [phrase.replace(NAME, name) for name in self._names] if NAME in phrase else [phrase]
        return found

    def closest(self, heard: str, language: str) -> Match | None:
        """The phrase of a language that what was heard is closest to; None where the language has none."""
        said = spoken_words(heard, language)
        rated = [(word_error_rate(spoken_words(one, language), said), one) for one in self.of(language)]
        if not rated:
            return None
        rate, phrase = min(rated)
        denials = _DENIALS.get(language, frozenset()) - set(spoken_words(phrase, language))
        return Match(phrase, rate, next((word for word in said if word in denials), None))


def spoken_words(text: str, language: str) -> list[str]:
    """Words as they are compared: without case, accents' spelling and punctuation; characters where no spaces are
    written."""
    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    if language in _WITHOUT_SPACES:
        return list("".join(words))
    return words


def word_error_rate(wanted: Sequence[str], heard: Sequence[str]) -> float:
    """Substitutions, deletions and insertions (Levenshtein's distance over words) by the words that were wanted.

    Returns:
        0 for the same words; above 1 where more is wrong than was wanted. 1 for nothing wanted and something heard.
    """
    if not wanted:
        return float(bool(heard))
    # What goes on and on is no phrase; the comparison must not take minutes.
    heard = heard[: _MOST_WORDS + len(wanted)]
    row = np.arange(len(heard) + 1)
    places = np.arange(len(heard) + 1)
    for number, word in enumerate(wanted, 1):
        differs = np.fromiter((word != other for other in heard), np.int64, len(heard))
        best = np.concatenate([[number], np.minimum(row[1:] + 1, row[:-1] + differs)])
        row = np.minimum.accumulate(best - places) + places
    return float(row[-1]) / len(wanted)


def _read(path: Path) -> Mapping[str, tuple[str, ...]]:
    root = read_yaml(path)
    if root is None:
        return {}
    if not isinstance(root, yaml.MappingNode):
        raise mistake(path, root, "must hold languages with their phrases: `en: [I consent ...]`.")
    found: dict[str, tuple[str, ...]] = {}
    for key, node in root.value:
        language = find_language(str(key.value))
        if language is None:
            raise mistake(path, key, f"{str(key.value)[:40]!r} is no language; write its code, such as de.")
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            raise mistake(path, node, f"{language} must have a list of phrases.")
        for item in node.value:
            words = spoken_words(item.value, language) if isinstance(item, yaml.ScalarNode) else []
            if not 3 <= len(words) <= _MOST_WORDS:
                raise mistake(path, item, f"a phrase must be a text of 3 to {_MOST_WORDS} words.")
        found[language] = tuple(str(item.value).strip() for item in node.value)
    return found
