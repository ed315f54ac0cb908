"""Fractions written with a slash: alone, behind a whole number, and in front of a noun."""

import re
from functools import cache
from re import Match

from voice_stack.text.languages.locale import Locale, Noun
from voice_stack.text.normalisation.numbers import counted, noun_form, patterns_for, say_number

_FRACTION = (
    r"(?<![\w/.,:])(?:(\d{1,6})(?:[ &+]| (?:and|und|y|e|et|i|и) ))?(\d{1,12})/(\d{1,3}(?:[.]\d{3})+|\d{1,12})"
    r"(?P<end>(?:st|nd|rd|th|ST|ND|RD|TH)s?)?(?![\w/]|[.,]\d)"
)
_VOWEL = re.compile(r"\b([Aa]) (?=[aeiou]|hour)")


def _say_fraction(locale: Locale, top: int, bottom: int) -> str | None:
    if (top, bottom) == (1, 2) and locale.half:
        return locale.half
    cardinal = locale.numerals.cardinal
    if locale.fraction_template:
        return locale.fraction_template.format(n=cardinal(top), d=cardinal(bottom)) if bottom else None
    noun = locale.fractions.get(bottom)
    if noun is None:
        many = locale.numerals.denominator(bottom, locale.plural(top)) if top and bottom else None
        noun = Noun((many,), locale.fractions[3].gender) if many and 3 in locale.fractions else None
        return counted(locale, cardinal(top, noun.gender, counting=True), noun.form(0)) if noun else None
    if not top:
        return None
    return counted(locale, cardinal(top, noun.gender, counting=True), noun.form(locale.plural(top)))


def speak_fractions(text: str, locale: Locale) -> str:
    """Fractions such as 3/4 and 1 1/2 in words."""

    def fraction(match: Match[str]) -> str:
        whole, top, bottom = match[1], int(match[2]), int(match[3].replace(".", ""))
        said = _say_fraction(locale, top, bottom)
        if said is None:
            if locale.over == "/":
                return match[0]
            said = f"{say_number(locale, match[2])} {locale.over} {say_number(locale, match[3])}"
            return f"{(locale.and_fraction or '{} {}').format(whole, said)}" if whole else said
        if not whole:
            return said
        words = locale.numerals.cardinal(int(whole), counting=locale.half_counted)
        if (top, bottom) == (1, 2) and locale.and_half:
            return locale.and_half.format(words)
        return (locale.and_fraction or "{} {}").format(words, said)

    return re.sub(_FRACTION, fraction, text, flags=locale.flags)


@cache
def _before_noun(locale: Locale) -> re.Pattern[str]:
    known = {*locale.units, *(word for word in patterns_for(locale).words if len(word) > 1)}
    names = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
    return re.compile(
        rf"(?<![\w/.,:])(?:(?P<whole>\d{{1,4}}) )?(?P<top>\d{{1,3}})/(?P<bottom>\d{{1,3}})[ -]?(?P<noun>{names})"
        rf"(?P<stop>{locale.end})"
    )


def speak_parts(text: str, locale: Locale) -> str:
    """Fractions in front of a unit or another noun, as one says them there: half a kilogram."""
    parts = locale.figures.parts
    if not parts.half:
        return text

    def part(match: Match[str]) -> str:
        top, bottom = int(match["top"]), int(match["bottom"])
        noun = locale.units.get(match["noun"]) or patterns_for(locale).words[match["noun"]]
        said = _say_fraction(locale, top, bottom)
        if said is None and locale.over != "/":
            said = f"{locale.numerals.cardinal(top)} {locale.over} {locale.numerals.cardinal(bottom)}"
        if said is None or not top or noun.form(0).startswith("{}"):
            return match[0]
        half = (top, bottom) == (1, 2)
        stop = "." if match["noun"].endswith(".") and not match.string[match.end() :].strip() else ""
        if match["whole"]:
            return _mixed(locale, int(match["whole"]), said, noun, half=half) + stop
        one = _one(noun, parts.form)
        if half:
            template = parts.half.get(noun.gender, parts.half["m"])
            return _VOWEL.sub(r"\1n ", template.format(one)) + stop
        return _elided(_VOWEL.sub(r"\1n ", parts.part.format(part=said, noun=one)), locale) + stop

    return _before_noun(locale).sub(part, text)


def _mixed(locale: Locale, whole: int, said: str, noun: Noun, *, half: bool) -> str:
    parts, numerals = locale.figures.parts, locale.numerals
    behind = parts.and_half.get(noun.gender, parts.and_half.get("m", ""))
    if behind:
        words = counted(
            locale, numerals.cardinal(whole, noun.gender, counting=True), noun_form(locale, str(whole), noun)
        )
        return f"{words} {behind}" if half else (locale.and_fraction or "{} {}").format(words, said)
    if half and whole == 1 and parts.one_half:
        return f"{parts.one_half.get(noun.gender, parts.one_half['m'])} {_one(noun, parts.form)}"
    words = numerals.cardinal(whole, noun.gender, counting=True)
    joined = (
        locale.and_half.format(words)
        if half and locale.and_half
        else (locale.and_fraction or "{} {}").format(words, said)
    )
    return f"{joined}{locale.glue}{_one(noun, parts.mixed)}"


def _one(noun: Noun, form: int) -> str:
    return noun.form(form).replace("{}", "").removeprefix("=").strip()


def _elided(text: str, locale: Locale) -> str:
    return re.sub(r"\bde (?=[aeéèêiou]|h[eé])", "d'", text) if locale.magnitude_elided else text
