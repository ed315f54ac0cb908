"""Amounts: money, units and magnitudes with their signs and ranges, and every number left over."""

import re
from functools import cache
from re import Match

from voice_stack.text.languages.locale import Locale, Noun, word_set
from voice_stack.text.languages.numerals import MAX_DIGITS
from voice_stack.text.normalisation.numbers import (
    counted,
    currency_signs,
    is_millions,
    known_noun,
    led,
    linked,
    noun_form,
    padded,
    patterns_for,
    say_number,
    split_number,
)

_DOTTED = r"(?<![\w.,])(\d{1,9}(?:\.\d{1,9}){1,7})(?![\w]|\.\d)"
_BESIDE = re.compile(r"(?<![\w<>+~)])([+~<>≤≥±≈]) ?(?=\d)")
_LINKS = word_set("de del di da do des du y e et o ou a à en em in per por pour con com avec más mais plus")
_EAST_SIGN = re.compile(r"(?<![A-Za-z0-9)\].,])[-–](?=\d)")
_SIGN = re.compile(r"(?<![\w)\].,])[-–](?=\d)")


def _full_stop(locale: Locale, match: Match[str]) -> str:
    """The point of an abbreviated unit also ends the sentence where nothing, or a sentence's capital, follows."""
    if not match["sym"].endswith("."):
        return ""
    rest = match.string[match.end() : match.end() + 2]
    capital = rest[:1] == " " and rest[1:].isupper() and not locale.nouns_capitalised
    return "." if capital or not rest.strip() else ""


def _amount(locale: Locale, match: Match[str], noun: Noun, *, with_noun: bool = True) -> str:
    """The number or range of a match, with the noun in the form the last number asks for."""
    a, b = match["a"], match["b"]
    # In front of a unit, zeros are no code: 05 kg.
    a = a.lstrip("0") or "0" if a.isdigit() else a
    case = "g" if match["before"] else ""
    if b:
        case = locale.span_case
        words = locale.span.format(a=say_number(locale, a, noun, case), b=say_number(locale, b, noun, case))
    else:
        words = say_number(locale, a, noun, case)
        if with_noun and locale.magnitude_link.strip() and is_millions(locale, a):
            return linked(locale, words, noun_form(locale, a, noun, case))
    return counted(locale, words, noun_form(locale, b or a, noun, case)) if with_noun else words


def _money(locale: Locale, match: Match[str]) -> str:
    codes = currency_signs(locale)
    major, minor = locale.currencies[codes.get(match["sym"], match["sym"])]
    a, b, mag = match["a"], match["b"], match["mag"]
    if mag:
        scale = locale.magnitudes[mag]
        many = major.form(locale.plural(5))
        spoken = _amount(locale, match, scale)
        if "{}" in many:
            return led(match, many.replace("{}", spoken))
        return led(match, linked(locale, spoken, many))
    whole, fraction = split_number(locale, a)
    fraction = fraction.rstrip("0").ljust(2, "0") if len(fraction.rstrip("0")) <= 2 and fraction and not b else fraction
    if b or len(fraction) != 2 or not locale.money:
        return led(match, _amount(locale, match, major))
    numerals = locale.numerals
    cents = int(fraction)
    case = "g" if match["before"] else ""
    words, form = say_number(locale, str(whole), major, case), noun_form(locale, str(whole), major, case)
    link = locale.magnitude_link.strip() and is_millions(locale, str(whole))
    main = linked(locale, words, form) if link else counted(locale, words, form)
    if not cents:
        return led(match, main)
    plain = locale.bare_cents and whole
    small = numerals.cardinal(cents, minor.gender, counting=not plain)
    if not plain:
        small = counted(locale, small, minor.form(locale.plural(cents)))
    return led(match, locale.money.format(major=main, minor=small) if whole else small)


def _unit(locale: Locale, match: Match[str]) -> str:
    noun = locale.units[match["sym"]]
    if not match["mag"]:
        return _amount(locale, match, noun)
    scale = _amount(locale, match, locale.magnitudes[match["mag"]])
    many = noun.form(locale.plural(5))
    return many.replace("{}", scale) if "{}" in many else linked(locale, scale, many)


def _millions(locale: Locale, match: Match[str]) -> str:
    """Whole millions in front of a word, linked with it: un millón DE personas."""
    if not is_millions(locale, match["a"]) or match["word"].lower() in _LINKS:
        return match[0]
    return linked(locale, say_number(locale, match["a"]), match["word"])


@cache
def _long(locale: Locale) -> re.Pattern[str]:
    return re.compile(rf"\d{{{min(locale.figures.long_digits, MAX_DIGITS + 1)},}}")


def _code(locale: Locale, digits: str) -> str:
    """Ungrouped digits in their number are a code, unless half of them or more are zeros at the end."""
    zeros = len(digits) - len(digits.rstrip("0"))
    plain = 2 * zeros >= len(digits) and len(digits) <= MAX_DIGITS
    return locale.numerals.cardinal(int(digits)) if plain else locale.numerals.digits(digits)


def speak_quantities(text: str, locale: Locale) -> str:
    """Money, units, magnitudes and percentages, with their ranges and signs."""
    patterns = patterns_for(locale)
    money = lambda m: padded(locale, m, _money(locale, m) + _full_stop(locale, m))  # noqa: E731
    unit = lambda m: padded(locale, m, led(m, _unit(locale, m)) + _full_stop(locale, m))  # noqa: E731
    scale = lambda m: led(m, _amount(locale, m, locale.magnitudes[m["sym"]])) + _full_stop(locale, m)  # noqa: E731
    text = _long(locale).sub(lambda m: _code(locale, m[0]), text)
    text = re.sub(r"(?<=\d) - (?=\d{1,15} ?=)", f" {locale.minus} ", text)
    text = _BESIDE.sub(lambda m: f"{locale.symbols[m[1]]}{locale.glue}" if m[1] in locale.symbols else m[0], text)
    sign = _SIGN if locale.spaced and not locale.particles else _EAST_SIGN
    text = sign.sub(f"{locale.minus}{locale.glue}", text)
    text = patterns.minus.sub(f"{locale.minus}{locale.glue}", text)
    text = patterns.money_before.sub(money, text)
    text = patterns.money_after.sub(money, text)
    text = patterns.units.sub(unit, text)
    if patterns.units_before:
        text = patterns.units_before.sub(unit, text)
    text = patterns.magnitude.sub(scale, text) if patterns.magnitude else text
    if locale.magnitude_link.strip():
        text = patterns.millions.sub(lambda m: _millions(locale, m), text)
    return text


def speak_numbers(text: str, locale: Locale) -> str:
    """Every number still written in digits."""
    patterns = patterns_for(locale)
    numerals = locale.numerals

    def span(match: Match[str]) -> str:
        a = say_number(locale, match["a"], None, locale.span_case)
        b = say_number(locale, match["b"], None, locale.span_case)
        if match["b"].isdigit() and match["b"][0] == "0" and len(match["b"]) > 1:
            codes = (numerals.digits(match[end]) if match[end].isdigit() else match[end] for end in "ab")
            return padded(locale, match, locale.comma.join(codes))
        if match["a"] == match["b"]:
            twice = [say_number(locale, match["a"])] * 2
            return padded(locale, match, ("-" if locale.spaced else "").join(twice))
        return padded(locale, match, locale.span.format(a=a, b=b))

    def dotted(match: Match[str]) -> str:
        parts = match[1].split(".")
        if len(parts) == 2 and locale.decimal == ".":
            return match[0]
        if len(parts[-1]) == 3 and "." in locale.groups and all(len(p) == 3 for p in parts[1:]) and len(parts[0]) < 4:
            return match[0]
        point = numerals.point if locale.decimal == "." else locale.web.dot
        return f" {point} ".join(say_number(locale, part) for part in parts)

    def plain(match: Match[str]) -> str:
        before, written, word = match["before"], match["a"], match["word"]
        noun = known_noun(locale, patterns.words, word or "")
        whole, fraction = split_number(locale, written)
        if word and noun is None and not fraction:
            gender = numerals.gender_of(whole, word)
            noun = Noun((word,), gender) if gender else None
        said = say_number(locale, written, noun, "g" if before else "")
        return led(match, said) if before else padded(locale, match, said)

    text = patterns.range.sub(span, text)
    text = re.sub(_DOTTED, dotted, text, flags=locale.flags)
    return patterns.plain.sub(plain, text)
