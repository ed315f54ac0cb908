"""Ratios such as 16:9, marks such as 4.5/5, and places such as page 1/10."""

import re
from re import Match

from voice_stack.text.languages.locale import Locale
from voice_stack.text.normalisation.cues import cued
from voice_stack.text.normalisation.numbers import say_number

_RATIO = r"(?<![\w:.,/-])(\d{1,4}(?:[.,]\d{1,2})?)((?: ?: ?\d{1,6}(?:[.,]\d{1,2})?){1,3})(?![\w:/-]|[.,]\d)"
_MARK = r"(?<![\w/.,$€£¥-])(\d{1,4}(?:[.,]\d{1,2})?)/(\d{1,4})(?![\w/%]|[.,]\d)"
_TIME = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?")


def speak_ratios(text: str, locale: Locale) -> str:
    """Ratios in words, which times of the day are not: two digits behind the colon are minutes unless a word in front
    says otherwise."""
    figures = locale.figures

    def ratio(match: Match[str]) -> str:
        parts = re.split(r" ?: ?", match[0])
        spaced = " " in match[0]
        clock = _TIME.fullmatch(match[0]) and int(parts[0]) <= 24 and all(int(part) < 60 for part in parts[1:])
        if clock and not cued(text, match.start(), figures.ratio_cues):
            return match[0]
        if spaced and not cued(text, match.start(), figures.ratio_cues) and len(parts) < 3 and int(parts[0]) > 20:
            return match[0]
        first, *rest = parts
        said = _number(locale, first, figures.ratio_cases[0])
        for part in rest:
            said = figures.ratio.format(a=said, b=_number(locale, part, figures.ratio_cases[1]))
        return said

    return re.sub(_RATIO, ratio, text, flags=locale.flags) if figures.ratio else text


def _number(locale: Locale, written: str, case: str) -> str:
    written = re.sub(r"[.,]", locale.decimal, written)
    plain = written.isdigit() and (written == "0" or written[0] != "0")
    return locale.numerals.cardinal(int(written), case=case) if plain else say_number(locale, written)


def speak_marks(text: str, locale: Locale) -> str:
    """4.5/5 as so much out of so much, and page 1/10 as one of ten."""
    figures = locale.figures
    if not figures.out_of:
        return text

    def mark(match: Match[str]) -> str:
        first = re.sub(r"[.,]", locale.decimal, match[1])
        a = say_number(locale, first)
        case = figures.of_case if figures.out_of == figures.of else ""
        if first.isdigit():
            if figures.of and cued(text, match.start(), figures.of_cues, reach=0):
                return figures.of.format(a=a, b=_number(locale, match[2], figures.of_case))
            after = re.match(r" ([^\W\d_]+)", text[match.end() : match.end() + 24])
            told = cued(text, match.start(), figures.score_cues) or (after and after[1].lower() in figures.scores)
            if not told:
                return match[0]
        return figures.out_of.format(a=a, b=_number(locale, match[2], case))

    return re.sub(_MARK, mark, text, flags=locale.flags)
