"""Fractions written with a slash."""

import re
from re import Match

from voice_stack.text.languages.locale import Locale
from voice_stack.text.normalisation.numbers import counted

_FRACTION = r"(?<![\w/.,])(?:(\d{1,4}) )?(\d{1,3})/(\d{1,3})(?![\w/]|[.,]\d)"


def _say_fraction(locale: Locale, top: int, bottom: int) -> str | None:
    if (top, bottom) == (1, 2) and locale.half:
        return locale.half
    if locale.fraction_template:
        fits = 0 < top < bottom <= 100
        cardinal = locale.numerals.cardinal
        return locale.fraction_template.format(n=cardinal(top), d=cardinal(bottom)) if fits else None
    noun = locale.fractions.get(bottom)
    if noun is None or not 0 < top < bottom:
        return None
    return counted(locale, locale.numerals.cardinal(top, noun.gender, counting=True), noun.form(locale.plural(top)))


def speak_fractions(text: str, locale: Locale) -> str:
    """Fractions such as 3/4 and 1 1/2 in words."""

    def fraction(match: Match[str]) -> str:
        whole, top, bottom = match[1], int(match[2]), int(match[3])
        said = _say_fraction(locale, top, bottom)
        if said is None:
            lead = f"{whole} " if whole else ""
            return f"{lead}{match[2]} {locale.over} {match[3]}" if locale.over != "/" else match[0]
        if not whole:
            return said
        words = locale.numerals.cardinal(int(whole), counting=locale.half_counted)
        if (top, bottom) == (1, 2) and locale.and_half:
            return locale.and_half.format(words)
        return (locale.and_fraction or "{} {}").format(words, said)

    return re.sub(_FRACTION, fraction, text, flags=locale.flags)
