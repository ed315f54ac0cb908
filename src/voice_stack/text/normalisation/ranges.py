"""Ranges of amounts that each have their sign: $50–$100, 10%-15%, 500 g – 1 kg."""

import re
from functools import cache
from re import Match

from voice_stack.text.languages.locale import Locale
from voice_stack.text.normalisation.numbers import currency_signs


@cache
def _pattern(locale: Locale) -> re.Pattern[str]:
    signs = [*currency_signs(locale), *locale.currencies]
    money = "|".join(map(re.escape, sorted(signs, key=len, reverse=True)))
    names = "|".join(map(re.escape, sorted(locale.units, key=len, reverse=True)))
    scales = "|".join(map(re.escape, sorted(locale.magnitudes, key=len, reverse=True))) or "(?!)"
    number = r"\d{1,12}(?:[.,]\d{1,12}){0,4}"
    letter = r"(?![^\W\d_])" if locale.spaced and not locale.particles else "(?![A-Za-z])"
    before = rf"(?:{money}) ?{number}(?: ?(?:{scales}){letter})?"
    behind = rf"{number} ?(?:(?:{scales}) ?)?(?:{money}|{names})"
    prefixed = "|".join(map(re.escape, locale.prefix_units))
    before = rf"(?:{before}|(?:{prefixed}) ?{number})" if prefixed else before
    return re.compile(
        rf"(?<![\w.,])(?P<a>{before}|{behind})(?P<gap> ?[–—~] ?| - |-)(?=(?P<b>{before}|{behind}){letter})"
    )


def join_ranges(text: str, locale: Locale) -> str:
    """The dash between two amounts gives way to the word of a range; both amounts are left to their rules."""
    lead, _, joint = locale.span.partition("{a}")
    joint = joint.partition("{b}")[0]

    def range_(match: Match[str]) -> str:
        first, second = (re.sub(r"[\d.,]+", "", match[end]).strip() for end in "ab")
        if locale.figures.plain_spans:
            # Without a word for it, a range has one sign, and amounts that differ are told apart.
            number = re.sub(r"[^\d.,]+", "", match["a"])
            return f"{number}-" if first == second else f"{match['a']} {locale.symbols.get('&', '')} "
        return f"{lead}{match['a']}{joint}"

    return _pattern(locale).sub(range_, text)
