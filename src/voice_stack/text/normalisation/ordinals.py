"""Ordinals, and the years that are said unlike other numbers."""

import re
from re import Match

from voice_stack.text.languages.locale import Locale
from voice_stack.text.normalisation.numbers import led, patterns_for

_ALONE = re.compile(r"\A\s*(\d{1,3}(?: \d{3})+|\d{1,6})\.\s*\Z")


def speak_ordinals(text: str, locale: Locale) -> str:
    """Ordinal numbers in words: by their suffix, their article, or the noun behind them."""
    patterns = patterns_for(locale)

    def suffixed(match: Match[str]) -> str:
        suffixes = locale.ordinal_suffixes
        gender, case = suffixes.get(match[2]) or suffixes[match[2].lower()]
        return locale.numerals.ordinal(int(re.sub(r"\D", "", match[1])), gender, case) or match[0]

    def with_noun(match: Match[str]) -> str:
        before, word = match["before"], match[4]
        key = f"{(before or '').lower()} {word}"
        gender, case, said = locale.ordinal_nouns.get(key) or locale.ordinal_nouns.get(word) or ("", "", "")
        value = int(match[2])
        bare = not match[3]
        if not said or (bare and (locale.ordinal_needs_dot or (value < 100 and word in locale.ordinal_counted))):
            return match[0]
        spoken = locale.numerals.ordinal(value, gender, case)
        stop = "." if word.endswith(".") and not match.string[match.end() :].strip() else ""
        joint = "" if locale.particles else locale.glue
        return led(match, f"{spoken}{joint}{said}{stop}") if spoken else match[0]

    def after_article(match: Match[str]) -> str:
        ending = locale.ordinal_articles.get(match[1].lower())
        spoken = locale.numerals.ordinal(int(match[2]), "m", ending) if ending is not None else None
        return f"{match[1]} {spoken}" if spoken else match[0]

    def alone(match: Match[str]) -> str:
        return (
            f"{locale.numerals.ordinal(int(match[1].replace(' ', '')), 'm', locale.figures.alone or '') or match[1]}."
        )

    def compound(match: Match[str]) -> str:
        return locale.numerals.cardinal(int(match[1]), case="joined")

    def both(match: Match[str]) -> str:
        a, b = (locale.numerals.ordinal(int(written)) for written in match.groups())
        return locale.span.format(a=a, b=b) if a and b else match[0]

    def dotted(match: Match[str]) -> str:
        return locale.numerals.ordinal(int(match[1])) or match[0]

    if locale.figures.compounds:
        text = re.sub(rf"(?<![\w.,])(\d{{1,3}})-(?=(?:{locale.figures.compounds}))", compound, text)
    text = _ALONE.sub(alone, text) if locale.figures.alone is not None else text
    if patterns.suffixed:
        text = patterns.suffixed.sub(suffixed, text)
    if patterns.with_noun:
        text = patterns.with_noun.sub(with_noun, text)
    if locale.ordinal_articles:
        text = re.sub(r"(?<![\w.,])(\d{1,3})\. ?[-–] ?(\d{1,3})\.(?= [^\W\d_])", both, text)
        text = re.sub(r"(?<!\w)([^\W\d_]{2,8}) (\d{1,4})\.(?= [^\W\d_])", after_article, text)
    if locale.dot_ordinals:
        text = re.sub(r"(?<![\w.,])(\d{1,4})\.(?= ?[^\W\d_A-ZÁÉÍÓÖŐÚÜŰÇĞİŞ])", dotted, text)
    return text


def speak_years(text: str, locale: Locale) -> str:
    """Years where a language reads them unlike other numbers: after words that say so, or in the usual range."""

    def year(match: Match[str]) -> str:
        value, before = int(match[2]), match["before"]
        told = before in locale.year_words and 1000 < value < 2100
        return led(match, locale.numerals.year(value)) if told or value in locale.plain_years else match[0]

    def span(match: Match[str]) -> str:
        a, b = int(match[1]), int(match[2])
        if not 1100 <= a < 2100 or (len(match[2]) == 4 and not a <= b < 2100):
            return match[0]
        if len(match[2]) == 2:
            if b <= a % 100:
                return match[0]
            return locale.span.format(a=locale.numerals.year(a), b=locale.numerals.cardinal(b))
        return locale.span.format(a=locale.numerals.year(a), b=locale.numerals.year(b))

    if not locale.plain_years:
        return text
    text = re.sub(r"(?<![\w.,/$€£-])(\d{4}) ?[-–—] ?(\d{4}|(?<![ ])\d{2})(?![\w/%°$€£-]|[.,]\d)", span, text)
    return patterns_for(locale).years.sub(year, text)
