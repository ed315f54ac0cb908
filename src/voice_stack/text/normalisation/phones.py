"""Telephone numbers and codes: digits that are read one by one."""

import re
from collections.abc import Sequence
from functools import cache
from re import Match

from voice_stack.text.languages.locale import Locale
from voice_stack.text.normalisation.cues import cued
from voice_stack.text.normalisation.numbers import say_number

_GROUP = r"\(?\d{1,14}\)?"
_SEP = r"(?:[ ./-]{1,2}|(?<=\))|(?=\())"
_START = r"(?<![\w.,/:+$€£¥-])(?<!\d )"
_END = r"(?![\w/%°€$£¥]|[.,:]\d)"
_SHAPES = (
    r"(?=\(\d{2,5}\)[ -]{0,2}\d)",
    r"(?=\d{1,2} \(\d{3}\) ?\d)",
    r"(?=0\d)",
    r"(?=(?:\d[- ])?\d{3}[-.]\d{3}[-.]\d{4}(?!\d))",
)
_PHONE = rf"{_START}(?:(?P<plus>\+)(?=[\d(])|{'|'.join(_SHAPES)})(?P<number>{_GROUP}(?:{_SEP}{_GROUP}){{0,7}}){_END}"
_CUED = rf"{_START}(?P<plus>)(?P<number>{_GROUP}(?:{_SEP}{_GROUP}){{0,7}}){_END}"
_HYPHENED = rf"{_START}\d{{1,6}}(?:-\d{{1,6}}){{2,6}}(?![\w-]|[.,:/]\d)"
_BYTE = r"(0|[1-9]\d{0,2})"
_IP = rf"(?<![\w.,]){_BYTE}\.{_BYTE}\.{_BYTE}\.{_BYTE}(?::(\d{{1,5}}))?(?![\w]|\.\d)"
_LINK = re.compile(r"(?<!\w)tel:(?=\+?\d)")
_WORDS = re.compile(r"(?<![\w-])(\d)-(\d{3})-(?=[A-Z]{3})")
_CODE = r"(?<![\w.,/:+$€£¥-])(?:\d{3,18}(?:[ -]\d{2,6}){0,4}|\d{2}(?:[ -]\d{2,3}){1,4})(?![\w%°€$£¥]|[.,:/]\d|-\w)"
_CARD = re.compile(r"(?<![\w.,-])\d{4}([ -])\d{4}\1\d{4}\1\d{1,4}(?![\w-]|[.,]\d)")
_EMERGENCY = frozenset(("911", "112", "999"))


def say_phone(locale: Locale, groups: Sequence[str], *, plus: bool) -> str:
    """The words of a telephone number in groups of digits; `plus` when it begins with the country's code."""
    if locale.phone_pairs and all(len(group) == 2 for group in groups[1 if plus else 0 :]):
        said = [say_number(locale, group) for group in groups]
    else:
        said = [locale.numerals.digits(group) for group in groups]
    sign = locale.figures.phone_plus or locale.symbols.get("+", "plus")
    return (sign + locale.glue if plus else "") + locale.comma.join(said)


@cache
def _own_shape(locale: Locale) -> re.Pattern[str] | None:
    shape = locale.figures.phone_shape
    return re.compile(rf"{_START}(?P<plus>)(?P<number>{shape}){_END}", locale.flags) if shape else None


def speak_phones(text: str, locale: Locale) -> str:
    """Telephone numbers digit by digit, a comma between groups. Without a word in front that says so, anything with
    fewer than seven digits is none."""

    def phone(match: Match[str]) -> str:
        groups = re.findall(r"\d+", match["number"])
        count = sum(map(len, groups))
        if not 7 <= count <= 15 or (len(groups) == 1 and not match["plus"] and count < 9):
            return match[0]
        return say_phone(locale, groups, plus=bool(match["plus"]))

    def shaped(match: Match[str]) -> str:
        groups = re.findall(r"\d+", match["number"])
        years = len(groups) == 2 and all(len(g) == 4 and 1100 <= int(g) < 2100 for g in groups)
        return match[0] if years else say_phone(locale, groups, plus=False)

    def by_cue(match: Match[str]) -> str:
        groups = re.findall(r"\d+", match["number"])
        count = sum(map(len, groups))
        enough = count >= 7 or (len(groups) > 2 and count >= 6) or match[0] in _EMERGENCY
        # Thousands and millions are counted, not dialled.
        counted = groups[0][0] != "0" and groups[-1] in ("000", groups[0]) and groups[-1].endswith("000")
        if not enough or counted or count > 15 or not cued(text, match.start(), locale.figures.phone_cues):
            return match[0]
        return say_phone(locale, groups, plus=False)

    def address(match: Match[str]) -> str:
        if any(int(part) > 255 for part in match.groups()[:4]) and not cued(text, match.start(), {"ip", "address"}):
            parts = [part for part in match.groups() if part]
            if max(map(len, parts)) < 3:
                return match[0]
        said = f" {locale.web.dot} ".join(locale.numerals.digits(part) for part in match.groups()[:4])
        return said + (f" {locale.web.colon} {locale.numerals.digits(match[5])}" if match[5] else "")

    text = _LINK.sub("", text)
    text = _WORDS.sub(lambda m: f"{say_phone(locale, (m[1], m[2]), plus=False)}{locale.comma}", text)
    text = re.sub(_IP, address, text, flags=locale.flags)
    text = re.sub(_PHONE, phone, text, flags=locale.flags)
    own = _own_shape(locale)
    text = own.sub(shaped, text) if own else text
    text = re.sub(_CUED, by_cue, text, flags=locale.flags)
    return re.sub(_HYPHENED, lambda m: say_phone(locale, m[0].split("-"), plus=False), text, flags=locale.flags)


def speak_codes(text: str, locale: Locale) -> str:
    """Codes digit by digit: behind a word that says so, or of a shape that nothing else has."""
    figures, numerals = locale.figures, locale.numerals

    def groups(written: str) -> str:
        return locale.comma.join(numerals.digits(group) for group in re.findall(r"\d+", written))

    def by_cue(match: Match[str]) -> str:
        count = sum(c.isdigit() for c in match[0])
        return groups(match[0]) if count >= 4 and cued(text, match.start(), figures.code_cues) else match[0]

    text = _CARD.sub(lambda m: groups(m[0]), text)
    if figures.code_shape:
        text = re.sub(rf"{figures.code_shape}(?![\w-]|[.,]\d)", lambda m: groups(m[0]), text)
    return re.sub(_CODE, by_cue, text, flags=locale.flags)
