"""Telephone numbers."""

import re
from collections.abc import Sequence
from re import Match

from voice_stack.text.languages.locale import Locale
from voice_stack.text.normalisation.numbers import say_number

_PHONE = (
    r"(?<![\w.,/:+-])(?:(?P<plus>\+)(?=[\d(])|(?=\(\d{2,5}\) ?\d)|(?=0\d)|(?=\d{3}[-.]\d{3}[-.]\d{4}(?!\d)))"
    r"(?P<number>\(?\d{1,14}\)?(?:[ ./-]{1,2}\(?\d{1,12}\)?){0,7})(?![\w/]|[.,:]\d)"
)


def say_phone(locale: Locale, groups: Sequence[str], *, plus: bool) -> str:
    """The words of a telephone number in groups of digits; `plus` when it begins with the country's code."""
    if locale.phone_pairs and all(len(group) == 2 for group in groups[1 if plus else 0 :]):
        said = [say_number(locale, group) for group in groups]
    else:
        said = [locale.numerals.digits(group) for group in groups]
    sign = locale.symbols.get("+", "plus") + locale.glue if plus else ""
    return sign + locale.comma.join(said)


def speak_phones(text: str, locale: Locale) -> str:
    """Telephone numbers digit by digit, a comma between groups. Anything with fewer than seven digits is none."""

    def phone(match: Match[str]) -> str:
        groups = re.findall(r"\d+", match["number"])
        count = sum(map(len, groups))
        if not 7 <= count <= 15 or (len(groups) == 1 and not match["plus"] and count < 9):
            return match[0]
        return say_phone(locale, groups, plus=bool(match["plus"]))

    return re.sub(_PHONE, phone, text, flags=locale.flags)
