"""Dates all in figures: 2024-05-03, 05/03/2024, 1.5.24, and 24/12 behind a word that tells."""

import re
from functools import cache
from re import Match

from voice_stack.text.languages.locale import Locale
from voice_stack.text.normalisation.calendar import is_day, say_date
from voice_stack.text.normalisation.cues import cued
from voice_stack.text.normalisation.numbers import led

_BEFORE = r"(?:(?<!\w)(?P<before>[^\W\d_]{1,7}) )?"
_NO_BEFORE = "(?P<before>)"
_OPEN = r"(?<![\w./-])"
_YEAR_FIRST = (
    r"(?P<year>\d{4})(?P<sep>[-/.·]) ?(?P<month>\d{1,2})(?P=sep) ?(?P<day>\d{1,2})"
    r"(?:[T ](?=\d{1,2}:\d{2})|(?![\w/-]|[.]\d))"
)
_DATE = r"\d{1,2}[./]\d{1,2}[./](?:\d{4})?"
_BOTH = re.compile(rf"(?<![\w./-])({_DATE}|\d{{4}}-\d\d-\d\d) ?[-–—] ?(?=(?:{_DATE}|\d{{4}}-\d\d-\d\d)(?!\d))")
_YEAR_LAST = (
    r"(?:(?P<first>\d{1,2})\. ?[-–] ?)?"
    r"(?P<a>\d{1,2})(?P<sep>[-/.]) ?(?P<b>\d{1,2})(?P=sep) ?(?P<year>\d{4})(?P<end>(?![\d/-]|\.\d))"
)
_SHORT_YEAR = r"(?P<a>\d{1,2})(?P<sep>[-/.])(?P<b>\d{1,2})(?P=sep)(?P<year>\d{2})(?![\w/-]|[.,:]\d)"
_MONTH = r"(?P<month>0?[1-9]|1[0-2])(?:/|(?<=\d\d)-)(?P<year>(?:19|20)\d\d)(?![\w/-]|[.,]\d)"
_YEAR_MONTH = r"(?P<year>(?:19|20)\d\d)-(?P<month>0[1-9]|1[0-2])(?![\w/-]|[.,]\d)"
_DAY = r"(?P<a>\d{1,2})(?P<sep>/)(?P<b>\d{1,2})(?![A-Za-z0-9/%-]|[.,]\d)"
_DAY_DOTTED = r"(?P<a>\d{1,2})(?P<sep>\.)(?P<b>\d\d)(?![\w/%-]|[.,]\d| ?[%€$£°])"
_SHORT_FIRST = r"(?P<year>\d\d)/(?P<month>\d{1,2})/(?P<day>\d{1,2})(?![A-Za-z0-9/-]|[.,:]\d)"
_DAY_DASHED = r"(?P<a>\d\d)(?P<sep>-)(?P<b>\d\d)(?![\w/%-]|[.,]\d)"
# Two digits of a year from here on are of the last century, as POSIX has it.
_CENTURY_TURNS = 69
_VERSIONS = frozenset(("version", "v", "versión", "versione", "versão", "wersja", "версия", "verze", "sürüm", "ip"))


@cache
def _patterns(locale: Locale) -> dict[str, re.Pattern[str]]:
    before = _BEFORE if locale.dates.before else _NO_BEFORE
    tail = locale.dates.year_suffix
    texts = {"year_first": _YEAR_FIRST, "year_last": _YEAR_LAST + tail, "short_year": _SHORT_YEAR}
    texts |= {"day": _DAY, "dashed": _DAY_DASHED, "dotted": _DAY_DOTTED, "short_first": _SHORT_FIRST}
    found = {name: re.compile(f"{before}{_OPEN}{text}", locale.flags) for name, text in texts.items()}
    return found | {
        "month": re.compile(_OPEN + _MONTH, locale.flags),
        "year_month": re.compile(_OPEN + _YEAR_MONTH, locale.flags),
    }


def full_year(written: str) -> int:
    """The year of four digits, or of two digits in the last or this century."""
    year = int(written[:5])
    return year if len(written) != 2 else year + (1900 if year >= _CENTURY_TURNS else 2000)


def _day_and_month(locale: Locale, a: int, b: int) -> tuple[int, int]:
    """Day and month from two numbers in the language's order, or in the other one where that is no date."""
    day, month = (b, a) if locale.dates.order in ("mdy", "ymd") else (a, b)
    return (month, day) if month > 12 >= day else (day, month)


def _is_season(match: Match[str]) -> bool:
    """True for 2003-04 and 2010-12: years that follow one another, or those behind which no month's zero stands."""
    first, last = int(match["year"]) % 100, int(match["month"])
    return last == first + 1 or (last > first and last > 9)


def speak_figure_dates(text: str, locale: Locale) -> str:
    """Dates in figures in words; what is no day of a month is left as it is."""
    dates, patterns = locale.dates, _patterns(locale)

    def said(match: Match[str], day: int, month: int, year: int | None) -> str:
        # With a year in four digits it is a date, even if that month has no such day.
        whole = year is not None and len(match["year"]) == 4 and 1 <= month <= 12 and 1 <= day <= 31
        if not (is_day(day, month) or whole) or (year is not None and year < 1):
            return match[0]
        # A day that an article of the month's first template would follow is said as if the month were first.
        before, last = match["before"] or "", 0
        if "first" in match.re.groupindex and match["first"]:
            day, last = int(match["first"]), day
        return led(match, say_date(locale, day, dates.months[month - 1], year, before, last=last))

    def year_first(match: Match[str]) -> str:
        spoken = said(match, int(match["day"]), int(match["month"]), int(match["year"]))
        return spoken + ", "[not dates.spoken_year.count(",") :] if match[0][-1] in "T " else spoken

    def year_last(match: Match[str]) -> str:
        day, month = _day_and_month(locale, int(match["a"]), int(match["b"]))
        return said(match, day, month, int(match["year"]))

    def short_year(match: Match[str]) -> str:
        a, b, c = int(match["a"]), int(match["b"]), match["year"]
        if (locale.decimal == "." and match["sep"] == ".") or cued(text, match.start("a"), _VERSIONS):
            return match[0]
        if match["sep"] == "-" and len(match["a"]) + len(match["b"]) < 4 and not locale.figures.dashed_dates:
            return match[0]
        day, month = _day_and_month(locale, a, b)
        return said(match, day, month, full_year(c))

    def short(match: Match[str]) -> str:
        dashed = match["sep"] == "-" and locale.figures.dashed_days and "0" in (match["a"][0], match["b"][0])
        day_of_week = text.startswith(tuple(locale.figures.weekdays.values()), match.end()) and not locale.spaced
        if not dashed and not day_of_week and not cued(text, match.start("a"), locale.figures.date_cues, reach=0):
            return match[0]
        if match["sep"] == "." and dates.short and text.startswith(".", match.end()):
            return match[0]
        a, b = int(match["a"]), int(match["b"])
        if re.match(r" (?:de|di|of|des|du) ", text[match.end() : match.end() + 5]) and a < b < 11:
            return match[0]
        day, month = _day_and_month(locale, a, b)
        return said(match, day, month, None)

    def month_of_year(match: Match[str]) -> str:
        year = locale.numerals.year(int(match["year"]))
        name = dates.months[int(match["month"]) - 1]
        return dates.spoken_year.replace(",", "").format(date=name, year=year)

    joint = locale.span.partition("{a}")[2].partition("{b}")[0]
    text = _BOTH.sub(rf"\1{joint}", text)
    text = patterns["year_first"].sub(year_first, text)
    text = patterns["year_last"].sub(year_last, text)
    if dates.order == "ymd":
        text = patterns["short_first"].sub(
            lambda m: said(m, int(m["day"]), int(m["month"]), full_year(m["year"])), text
        )
    else:
        text = patterns["short_year"].sub(short_year, text)
        text = patterns["month"].sub(month_of_year, text)
    text = patterns["year_month"].sub(lambda m: m[0] if _is_season(m) else month_of_year(m), text)
    text = patterns["day"].sub(short, text)
    if locale.decimal == ",":
        text = patterns["dotted"].sub(short, text)
    return patterns["dashed"].sub(short, text) if locale.figures.dashed_days else text
