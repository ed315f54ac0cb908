"""The last resort: what no rule has read is said or dropped, so that no engine is given a sign that it would name."""

import re
import unicodedata
from functools import cache
from re import Match

from voice_stack.text.languages.locale import Locale
from voice_stack.text.normalisation.numbers import currency_signs

# Marks that engines read as pauses, tones or parts of words.
_MARKS = frozenset(".,;:!?¿¡'\"-–—…()«»‘’“”。，、！？；：（）「」『』《》〈〉【】・·؟،؛۔।॥׳״＇")
_DIGITS = re.compile(r"\d+")


@cache
def _is_spoken(character: str) -> bool:
    if character in _MARKS or character in " \n":
        return True
    category = unicodedata.category(character)
    # Private-use characters hold pause marks and cuts while the rules run.
    return category[0] in "LM" or category == "Co"


@cache
def _currencies(locale: Locale) -> dict[str, str]:
    signs = currency_signs(locale)
    return {
        sign: locale.currencies[code][0].form(1).removeprefix("=").replace("{}", "").strip()
        for sign, code in signs.items()
        if len(sign) == 1 and not sign.isalpha() and code in locale.currencies
    }


def speak_residue(text: str, locale: Locale) -> str:
    """The text in letters and marks: digits are said one by one, signs by their names where the language has them, the
    rest gives way to a blank."""
    if all(map(_is_spoken, text)):
        return text
    gap = locale.glue

    def number(match: Match[str]) -> str:
        digits = "".join(str(unicodedata.decimal(c)) for c in match[0])
        return f"{gap}{_said(locale, digits)}{gap}"

    return "".join(_sign(c, locale) for c in _DIGITS.sub(number, text))


def _said(locale: Locale, digits: str) -> str:
    short = len(digits) <= 4 and (digits[0] != "0" or len(digits) == 1)
    return locale.numerals.cardinal(int(digits)) if short else locale.numerals.digits(digits)


def _sign(character: str, locale: Locale) -> str:
    if _is_spoken(character):
        return character
    gap = locale.glue
    value = unicodedata.numeric(character, None)
    if value is not None and value == int(value) and value >= 0:
        return f"{gap}{locale.numerals.cardinal(int(value))}{gap}"
    said = _currencies(locale).get(character) or (locale.symbols.get(character) if character in "&@%" else "")
    return f" {said} " if said else " "
