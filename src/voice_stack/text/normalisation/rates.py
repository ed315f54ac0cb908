"""Rates: amounts with a slash behind them, such as $10/month and 100 MB/s."""

import re
from functools import cache
from re import Match

from voice_stack.text.languages.locale import Locale, Noun
from voice_stack.text.normalisation.numbers import currency_signs

# Bases of a rate that are no noun of the language are words in small letters; after money they are any word.
_BARE = re.compile(r"(?<=\d) ?/ ?((?:km|m|cm)[²³2])(?!\w)")
_WORD = r"[^\W\d_]{2,16}\.?"


@cache
def _pattern(locale: Locale) -> re.Pattern[str]:
    signs = currency_signs(locale)
    known = sorted([*signs, *locale.currencies], key=len, reverse=True)
    money = "|".join(map(re.escape, known))
    names = "|".join(map(re.escape, sorted(locale.units, key=len, reverse=True)))
    bases = "|".join(map(re.escape, sorted({*locale.figures.rates, *locale.units}, key=len, reverse=True)))
    scales = "|".join(map(re.escape, sorted(locale.magnitudes, key=len, reverse=True))) or "(?!)"
    number = r"\d[\d.,]{0,20}"
    return re.compile(
        rf"(?<!\d)(?<!\d[.,])(?P<lead>"
        rf"(?P<money>(?:{money}) ?{number}(?: ?(?:{scales}))?|{number}(?: ?(?:{scales}))? ?(?:{money}))"
        rf"|{number}(?: ?(?P<unit>{names})| (?P<word>[^\W\d_]{{2,20}})|(?P<bare>)))"
        rf" ?/ ?(?:(?P<count>\d{{1,4}}) ?)?(?P<base>{bases}|{_WORD})(?P<end>{locale.end})(?!/)"
    )


def speak_rates(text: str, locale: Locale) -> str:
    """The slash of a rate and what stands behind it in words; the amount in front is left to the rules of amounts."""
    if not locale.figures.per:
        return text
    rates = locale.figures.rates

    def rate(match: Match[str]) -> str:
        base, unit = match["base"], match["unit"]
        if unit and f"{unit}/{base}" in locale.units:
            return match[0]
        if match["count"] and match["bare"] is not None:
            return match[0]
        if match["count"]:
            joint = locale.figures.per.format("").strip()
            known = base in locale.units or base in locale.currencies
            return f"{match['lead']} {joint} {match['count']} {base}" if known else match[0]
        said = _base(locale, base)
        if said is None and base in rates:
            said = rates[base]
        elif said is None and match["money"] and base.islower():
            said = locale.figures.per.format(base)
        if said is None:
            return match[0]
        return f"{match['lead']}{locale.glue}{said}"

    text = _pattern(locale).sub(rate, text)

    return _BARE.sub(lambda m: _alone(locale, m), text)


def _alone(locale: Locale, match: Match[str]) -> str:
    noun = locale.units.get(match[1])
    return f" {locale.figures.per.format(_one(locale, noun))}" if noun else match[0]


def _base(locale: Locale, base: str) -> str | None:
    if base in locale.figures.rates:
        return locale.figures.rates[base]
    noun = locale.units.get(base)
    return locale.figures.per.format(_one(locale, noun)) if noun else None


def _one(locale: Locale, noun: Noun) -> str:
    return noun.form(locale.plural(1)).replace("{}", "").removeprefix("=").strip()
