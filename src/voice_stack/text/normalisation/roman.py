"""Roman numerals: of rulers, chapters, centuries and parts, in letters or in Unicode's own signs."""

import re
import unicodedata
from re import Match

from voice_stack.text.languages.locale import Locale

_SIGNS = re.compile("[\u2160-\u217f]+")
_ROMAN = re.compile(r"(?<![\w.'’-])([IVXLCDM]{1,15})(?P<stop>\.(?!\w))?(?![\w-]|['’](?!s(?!\w)))")
_VALID = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_SUFFIXED = re.compile(r"(?<!\w)([IVX]{1,6})(?=(?:e|er|re|ème|º|ª)(?!\w))")
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_LONG = 5  # letters from which on a numeral is no word and no initial
_FIRST_WORD = re.compile(r" ([^\W\d_]{1,24}\.?)")
_NAME = re.compile(r"([^\W\d_][\w’'-]*)(?<!\w\.)\.? $")
_TWO_BEFORE = re.compile(r"([^\W\d_]+) [^\W\d_][\w’'-]* $")


def roman_value(numeral: str) -> int | None:
    """The value of a Roman numeral; None for what is none."""
    if not numeral or not _VALID.fullmatch(numeral):
        return None
    numbers = [_VALUES[c] for c in numeral]
    return sum(-a if a < b else a for a, b in zip(numbers, [*numbers[1:], 0], strict=True))


def read_roman(text: str, locale: Locale) -> str:
    """Numbers of rulers become words; those of chapters and centuries become digits for the number rules to read."""

    def suffixed(match: Match[str]) -> str:
        value = roman_value(match[1])
        return str(value) if value else match[0]

    text = _SIGNS.sub(lambda m: _sign(m, locale), text)
    if locale.ordinal_suffixes:
        text = _SUFFIXED.sub(suffixed, text)
    return _ROMAN.sub(lambda m: _numeral(m, locale), text)


def _sign(match: Match[str], locale: Locale) -> str:
    letters = unicodedata.normalize("NFKC", match[0]).upper()
    value = roman_value(letters)
    if value is None:
        return letters
    text, start, end = match.string, match.start(), match.end()
    left = " " if start and text[start - 1].isalnum() and text[start - 1].isascii() else ""
    found = _ROMAN.fullmatch(letters)
    before = text[:start] + left
    if found and before[-1:] in ("", " "):
        said = _read(locale, letters, before[-40:], text[end : end + 40], stop=False)
        if said is not None:
            return left + said
    return f"{left}{value}"


def _numeral(match: Match[str], locale: Locale) -> str:
    text = match.string
    before, after = text[max(0, match.start() - 40) : match.start()], text[match.end() : match.end() + 40]
    said = _read(locale, match[1], before, after, stop=match["stop"] is not None)
    if said is None:
        return match[0]
    return said


def _read(locale: Locale, numeral: str, before: str, after: str, *, stop: bool) -> str | None:
    """Text in the place of a numeral and of the full stop behind it, if there is one; None to leave both."""
    value = roman_value(numeral)
    if value is None:
        return None
    dot = "." if stop else ""
    roman, writing = locale.roman, locale.writing
    found = _NAME.search(before)
    name = found[1] if found else ""
    follow = _FIRST_WORD.match(after)
    word = follow[1] if follow else ""
    goes_on = word[:1].islower() or (after[:1] in (",", ";", ")", ":") and bool(after[:1]))
    ruler = _ruler(locale, name, before, likely=stop and writing.after_name and goes_on and len(numeral) > 1)
    if ruler is not None and (value > 1 or roman.single_i or stop or _is_titled(before, locale)):
        said = _regnal(locale, value, *ruler, before)
        return said + ("" if goes_on and writing.after_name else dot)
    numbered = value > 1 and f"{name}." in locale.before_number
    if numbered or (name in roman.after and (value > 1 or name != "I")):
        return f"{value}{dot}"
    nouns = locale.ordinal_nouns
    if word and (word in nouns or f"{word}." in nouns or word.rstrip(".") in nouns):
        return f"{value}."
    if stop and writing.before_name and word:
        return _ordinal(locale, value, word, numeral)
    if len(numeral) >= _LONG or (len(numeral) > 1 and value < 40 and _is_title(name) and numeral not in _WORDS):
        return f"{value}{dot}"
    return None


# Valid numerals that are more often something else: a drip, sizes, a measure, a network.
_WORDS = frozenset(("IV", "XL", "XX", "XXX", "DC", "CD", "MI", "MM", "LI", "DI", "CC", "MC", "MD"))


def _is_title(name: str) -> bool:
    return len(name) > 2 and name[0].isupper() and name[1:].islower()


def _ordinal(locale: Locale, value: int, word: str, numeral: str) -> str | None:
    """An ordinal with its full stop, in front of a word."""
    if locale.nouns_capitalised:  # its article decides how it ends
        return f"{value}." if word[0].isupper() and len(numeral) > 1 else None
    if len(numeral) == 1 and numeral != "I" and not word[0].islower() and not locale.dot_ordinals:
        return None
    return locale.numerals.ordinal(value)


def _ruler(locale: Locale, name: str, before: str, *, likely: bool) -> tuple[str, str] | None:
    """The gender and case of a ruler's name; None for what is none."""
    roman, writing = locale.roman, locale.writing
    if not name or not name[0].isupper():
        return None
    if name in roman.kings:
        return "m", ""
    if name in roman.queens:
        return "f", ""
    for gender, names in (("m", roman.kings), ("f", roman.queens)):
        for ending, case in writing.regnal_endings.items():
            if ending[0] == gender and name.endswith(ending[1:]):
                stem = name[: len(name) - len(ending) + 1]
                if len(stem) > 2 and any(_same(known, stem) for known in names):
                    return gender, case
    title = _TWO_BEFORE.search(before)
    if title and title[1].lower() in writing.king_titles:
        return "m", ""
    if title and title[1].lower() in writing.queen_titles:
        return "f", ""
    if likely and _is_title(name):
        return ("f" if name.endswith(("a", "ie", "the", "beth")) else "m"), ""
    return None


def _is_titled(before: str, locale: Locale) -> bool:
    title = _TWO_BEFORE.search(before)
    return title is not None and title[1].lower() in locale.writing.king_titles | locale.writing.queen_titles


def _same(name: str, stem: str) -> bool:
    """True for a name and its stem, which may have lost or changed its last vowel: Karel, Karl-a."""
    return name.startswith(stem[: max(3, len(stem) - 1)]) and abs(len(name) - len(stem)) < 3


def _regnal(locale: Locale, value: int, gender: str, case: str, before: str) -> str:
    numerals, writing = locale.numerals, locale.writing
    title = _TWO_BEFORE.search(before)
    template = writing.regnal_before.get(f"{gender} {title[1].lower()}") if title else None
    template = writing.regnal_before.get(f"{gender} -{case}") if case.isupper() else template
    if template is not None:
        return template.format(o=(numerals.ordinal(value) or numerals.cardinal(value)).capitalize())
    if case and not case.isupper():
        said = numerals.ordinal(value, gender, case)
        if said:
            return said
    return numerals.regnal(value, gender)
