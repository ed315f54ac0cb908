"""Dates, years and times of the day."""

import re
from functools import cache
from re import Match

from voice_stack.text.languages.locale import Locale
from voice_stack.text.normalisation.numbers import led

_ISO_DATE = (
    r"(?:(?<!\w)(?P<before>[^\W\d_]{1,7}) )?(?<![\w./-])(\d{4})-(\d{2})-(\d{2})(?:[T ](?=\d{2}:\d{2})|(?![\w/-]|\.\d))"
)
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_AMPM = re.compile(
    r"(?<![\w:.,/])(\d{1,2})(?:[:.](\d{2}))?\s?([aApP])(?:\.\s?[mM]\.|[mM](?!\w))(?=(\s+[A-Z]|\s*$|\n)?)"
)
_ONE_TIME = r"\d{1,2}(?::\d{2}|(?=[ ]?[ap]\.?m))(?:[ ]?[ap](?:m(?!\w)|\.m\.))?"
_TIME_RANGE = rf"(?<![\w:.,/-])({_ONE_TIME}) ?[-–] ?({_ONE_TIME})(?![\d:]|[.,]\d)"
_SHORT_DATE = re.compile(
    r"(?:(?<!\w)(?P<before>[^\W\d_]{1,7}) )?(?<![\w.,/-])(\d{1,2})\. ?(\d{1,2})\.(?=(\s*$)|[\s,;:)!?])"
)
_DECADE = re.compile(r"(?<![\w.,])'?(\d{2}|\d{4})'?s(?!\w)")


def is_day(day: int, month: int) -> bool:
    """True for a day that its month, 1 to 12, can have; February has 29."""
    return 1 <= month <= 12 and 1 <= day <= _DAYS[month - 1]


def say_date(
    locale: Locale, day: int, month: str, year: int | None, before: str = "", *, day_first: bool = False
) -> str:
    """The words of a date; `before` is the word in front, which some languages' days agree with."""
    numerals, dates = locale.numerals, locale.dates
    template = dates.spoken
    if day_first and dates.day_first:
        template = dates.day_first if before.lower() == dates.article else f"{dates.article} {dates.day_first}"
    date = template.format(day=numerals.day(day, before), month=month)
    return date if year is None else dates.spoken_year.format(date=date, year=numerals.year(year))


def _before(locale: Locale) -> str:
    return r"(?:(?<!\w)(?P<before>[^\W\d_]{1,7}) )?" if locale.dates.before else "(?P<before>)"


@cache
def _numeric(locale: Locale) -> re.Pattern[str]:
    sep = f"[{re.escape(locale.dates.separators)}]"
    before = _before(locale)
    if locale.dates.order == "ymd":
        return re.compile(
            rf"{before}(?<![\w./-])(\d{{4}})(?P<sep>{sep}) ?(\d{{1,2}})(?P=sep) ?(\d{{1,2}})(?![\w/-]|\.\d)",
            locale.flags,
        )
    return re.compile(
        rf"{before}(?<![\w./-])(\d{{1,2}})(?P<sep>{sep}) ?(\d{{1,2}})(?P=sep) ?(\d{{4}})(?![\w/-]|\.\d)", locale.flags
    )


@cache
def _named(locale: Locale) -> tuple[re.Pattern[str], re.Pattern[str] | None]:
    dates = locale.dates
    names = sorted(
        {*dates.months, *(m.capitalize() for m in dates.months), *dates.abbreviations}, key=len, reverse=True
    )
    month = rf"(?P<month>{'|'.join(map(re.escape, names))})(?!\w)"
    year = rf"(?:\.?{dates.year_link}(?P<year>\d{{4}})(?![\w]|[.,]\d){dates.year_suffix})?"
    before = _before(locale)
    day_first = re.compile(rf"{before}(?<![\w.,:/-])(?P<day>\d{{1,2}}){dates.day_suffix}{month}{year}")
    if not dates.month_first:
        return day_first, None
    ending = rf"{dates.day_ending}(?![\w:%]|[.,]\d)"
    if dates.order == "ymd":
        lead = r"(?:(?<![\w.,/-])(?P<year>\d{4})\.? )?(?<!\w)(?P<before>)"
        return day_first, re.compile(
            rf"{lead}{month}{dates.month_first}(?P<day>\d{{1,2}})(?![\w:%]|[.,]\d)(?:\.(?= [^\W\dA-Z_]))?"
        )
    return day_first, re.compile(rf"(?<!\w)(?P<before>){month}{dates.month_first}(?P<day>\d{{1,2}}){ending}{year}")


def speak_dates(text: str, locale: Locale) -> str:
    """Dates in words: all in digits, or with the month's name."""
    dates = locale.dates

    def iso(match: Match[str]) -> str:
        year, month, day = int(match[2]), int(match[3]), int(match[4])
        if not is_day(day, month) or year < 1:
            return match[0]
        spoken = led(match, say_date(locale, day, dates.months[month - 1], year, match["before"] or ""))
        return spoken + " " if match[0][-1] in "T " else spoken

    def numeric(match: Match[str]) -> str:
        a, b, c = int(match[2]), int(match[4]), int(match[5])
        year, month, day = (a, b, c) if dates.order == "ymd" else (c, b, a) if dates.order == "dmy" else (c, a, b)
        if dates.order == "mdy" and month > 12:
            month, day = day, month
        if not is_day(day, month) or year < 1:
            return match[0]
        return led(match, say_date(locale, day, dates.months[month - 1], year, match["before"] or ""))

    def short(match: Match[str]) -> str:
        day, month = int(match[2]), int(match[3])
        if not is_day(day, month):
            return match[0]
        stop = "." if match[4] is not None else ""
        return led(match, say_date(locale, day, dates.months[month - 1], None, match["before"] or "")) + stop

    def named(match: Match[str]) -> str:
        day, name = int(match["day"]), match["month"]
        index = dates.abbreviations.get(name)
        month = dates.months[index - 1] if index else name
        year = int(match["year"]) if match["year"] else None
        if not 1 <= day <= 31 or year == 0:
            return match[0]
        first = match.start("day") < match.start("month")
        return led(match, say_date(locale, day, month, year, match["before"] or "", day_first=first))

    text = re.sub(_ISO_DATE, iso, text, flags=locale.flags)
    if dates.short:
        text = _SHORT_DATE.sub(short, text)
    text = _numeric(locale).sub(numeric, text)
    day_first, month_first = _named(locale)
    text = day_first.sub(named, text)
    return month_first.sub(named, text) if month_first else text


def say_time(locale: Locale, hour: int, minute: int, second: int | None, before: str) -> str:
    """The words of a time on the 24-hour clock; `before` is the word in front, which hours may agree with."""
    clock, numerals = locale.clock, locale.numerals
    h = numerals.hour(hour, before)
    hour_form = clock.hour.form(locale.plural(hour))
    if "{}" in hour_form:
        with_noun = hour_form.replace("{}", h)
    else:
        counted = numerals.cardinal(hour, clock.hour.gender, counting=True)
        with_noun = f"{counted}{locale.glue}{hour_form}"
    m = _minute(locale, minute)
    if not minute and second is None:
        if clock.midnight and not hour:
            return clock.midnight
        if clock.hundred and hour > 12:
            return clock.hundred.format(h=h)
        return clock.full.format(h=h, hour=with_noun)
    spoken = clock.both.format(h=h, hour=with_noun, m=m)
    if second is None:
        return spoken
    unit = locale.units.get("s")
    tail = numerals.cardinal(second, unit.gender if unit else "m", counting=unit is not None)
    return f"{spoken}{locale.glue}{tail}" + (f"{locale.glue}{unit.form(locale.plural(second))}" if unit else "")


def _minute(locale: Locale, minute: int) -> str:
    said = locale.numerals.cardinal(minute)
    return f"{locale.clock.zero}{locale.glue}{said}" if locale.clock.zero and minute < 10 else said


@cache
def _times(locale: Locale) -> tuple[re.Pattern[str], re.Pattern[str] | None]:
    clock = locale.clock
    marks = "|".join(map(re.escape, sorted(clock.marks, key=len, reverse=True)))
    swallowed = rf"(?:\s?(?:{marks}){locale.end})?" if marks else ""
    before = r"(?:(?<!\w)(?P<before>[^\W\d_]{1,3}) )?"
    colon = re.compile(
        rf"{before}(?<![\w:.,/-])(?P<h>\d{{1,2}})[:hH](?P<m>\d{{2}})(?::(?P<s>\d{{2}}))?(?![\d:]|[.,]\d){swallowed}",
        locale.flags,
    )
    hour_marks = "|".join(map(re.escape, sorted(clock.hour_marks, key=len, reverse=True)))
    if not hour_marks:
        return colon, None
    end = locale.end
    return colon, re.compile(
        rf"{before}(?<![\w:.,/-])(?P<h>\d{{1,2}})(?:[.](?P<m>[0-5]\d))?\s?(?:{hour_marks}){end}(?P<s>)",
        locale.flags,
    )


def speak_times(text: str, locale: Locale) -> str:
    """Times of the day in words, and ranges of them."""

    def time(match: Match[str]) -> str:
        hour, minute = int(match["h"]), int(match["m"] or 0)
        second = int(match["s"]) if match["s"] else None
        if hour > 24 or minute > 59 or (second or 0) > 59:
            return match[0]
        return led(match, say_time(locale, hour, minute, second, match["before"] or ""))

    def half_day(match: Match[str]) -> str:
        hour, minute = int(match[1]), int(match[2] or 0)
        if not 1 <= hour <= 12 or minute > 59:
            return match[0]
        words = [locale.numerals.cardinal(hour), *([_minute(locale, minute)] if minute else [])]
        words.append(locale.clock.half_day["ap".index(match[3].lower())])
        stop = "." if match[0].endswith(".") and match[4] is not None else ""
        return locale.glue.join(words) + stop

    text = re.sub(_TIME_RANGE, lambda m: locale.span.format(a=m[1], b=m[2]), text, flags=locale.flags)
    if locale.clock.half_day:
        text = _AMPM.sub(half_day, text)
    colon, hours = _times(locale)
    text = colon.sub(time, text)
    return hours.sub(time, text) if hours else text


def speak_decades(text: str, locale: Locale) -> str:
    """Decades such as 1990s in words, where the language writes them so."""

    def decade(match: Match[str]) -> str:
        return locale.numerals.decade(int(match[1])) or match[0]

    return _DECADE.sub(decade, text)
