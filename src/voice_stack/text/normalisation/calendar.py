"""Dates, years and times of the day."""

import re
from functools import cache
from re import Match

from voice_stack.text.languages.locale import Locale, Noun
from voice_stack.text.normalisation.numbers import counted, led, noun_form

_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# What goes on behind "5 p.m." in capitals: zones and days.
_AFTER_HOURS = (
    r"(?:[A-Z]{2,5}|[A-Z](?: [A-Z]){1,3}\b|Eastern|Pacific|Central|Mountain|Greenwich|Standard|[A-Z][a-z]+ [Tt]ime"
    r"|(?:Mon|Tues|Wednes|Thurs|Fri"
    r"|Satur|Sun)day|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b|January|February|March|April|May|June|July|August|September"
    r"|October|November|December|Today|Tonight|Tomorrow|Yesterday)(?![a-z])"
)
_AMPM = re.compile(
    rf"(?<![\w:.,/])(\d{{1,2}})(?:[:.](\d{{2}}))?\s?([aApP])(?:\.\s?[mM]\.|[mM](?!\w))(?=(\s+(?!{_AFTER_HOURS})[A-Z]|\s*$|\n)?)"
)
_AMPM_SECONDS = re.compile(
    r"(?<![\w:.,/])(\d{1,2}):(\d{2}):(\d{2})\s?([aApP])(?:\.\s?[mM]\.(?= [a-z\d])|[mM](?!\w)|(?=\.\s?[mM]\.)\.\s?[mM])"
)
_ONE_TIME = r"\d{1,2}(?:[:hH]\d{2}|(?=[ ]?[apAP]\.?[mM]))(?:[ ]?[apAP](?:[mM](?!\w)|\.[mM]\.))?"
_TIME_RANGE = rf"(?<![\w:.,/-])({_ONE_TIME}) ?[-–—~] ?({_ONE_TIME})(?![\d:]|[.,]\d)"
_HALF_DAY_RANGE = r"(?<![\w:.,/$€£-])(\d{1,2}(?::\d{2})?) ?[-–—~] ?(?=\d{1,2}(?::\d{2})? ?[apAP]\.?[mM](?:\.|(?!\w)))"
_ZONES = "UTC|GMT|EST|EDT|CST|CDT|MST|MDT|PST|PDT|CET|CEST|BST|IST|JST|KST|AEST|MEZ|MESZ"
_ZONE = re.compile(
    rf"(?<=[\dmMhr.]) ?(Z|{_ZONES}|{_ZONES.lower()})(?![\w])(?: ?([+-])(\d{{1,2}})(?::(\d{{2}}))?)?(?!\d)"
    r"|(?:(?<=\d:\d\d:\d\d)(?=-)|(?<=:\d\d)(?=\+))([+-])(\d{2}):?(\d{2})(?!\d)"
)
_DOTTED_TIME = re.compile(
    rf"(?<![\w:.,/-])(\d{{1,2}})\.([0-5]\d)"
    rf"(?= ?(?:h(?:oras|rs)?|hs|[ap]\.? ?m\.?|de la (?:mañana|tarde|noche)|{_ZONES})(?!\w))",
    re.IGNORECASE,
)
_ZONED = re.compile(rf"\d ?(?:{_ZONES}|Z(?!\w))|\d[+-]\d\d|[mMhr.] (?:{_ZONES})", re.IGNORECASE)
# What follows a full hour that is told more of: it is not called full then.
_MORE = re.compile(r" (?:de la|del|di|da|[A-Z] [A-Z]\b)")
_SHORT_DATE = re.compile(
    r"(?:(?<!\w)(?P<before>[^\W\d_]{1,7}) )?(?<![\w.,/-])(\d{1,2})\. ?(?:[-–] ?(?P<last>\d{1,2})\. ?)?"
    r"(?P<month>\d{1,2})\."
    r"(?=(?P<end>\s*$)|[\s,;:)!?])"
)
_DECADE = r"(?<![\w.,])'?(\d{{2}}|\d{{4}})'?-?{suffix}(n?)(?!\w)"


def is_day(day: int, month: int) -> bool:
    """True for a day that its month, 1 to 12, can have; February has 29."""
    return 1 <= month <= 12 and 1 <= day <= _DAYS[month - 1]


def say_date(
    locale: Locale, day: int, month: str, year: int | None, before: str = "", *, day_first: bool = False, last: int = 0
) -> str:
    """The words of a date; `before` is the word in front, which some languages' days agree with, and `last` the day at
    the end of a range, 0 for none."""
    numerals, dates = locale.numerals, locale.dates
    template = dates.spoken
    if day_first and dates.day_first:
        template = dates.day_first if before.lower() == dates.article else f"{dates.article} {dates.day_first}"
    days = numerals.day(day, before)
    if last:
        days = locale.span.format(a=days, b=numerals.day(last, before))
    date = template.format(day=days, month=month)
    return date if year is None else dates.spoken_year.format(date=date, year=numerals.year(year))


def _before(locale: Locale) -> str:
    return r"(?:(?<!\w)(?P<before>[^\W\d_]{1,7}) )?" if locale.dates.before else "(?P<before>)"


def _spelled(name: str) -> set[str]:
    """A month's name as it may be written: in small letters and capitals, and without the point that shortens it."""
    forms = {name, name.capitalize(), name.lower(), name.upper()}
    return forms if (name.isascii() and len(name) > 3) or len(name) > 4 else {name, name.capitalize(), name.upper()}


@cache
def _months(locale: Locale) -> dict[str, int]:
    """Numbers of the months by everything that names them."""
    dates = locale.dates
    known = {form: at for at, name in enumerate(dates.months, 1) for form in _spelled(name) - dates.ordinary}
    for short, at in dates.abbreviations.items():
        for form in (short, short.capitalize(), short.lower(), short.upper()):
            known.setdefault(form, at)
    return known


@cache
def _named(locale: Locale) -> tuple[re.Pattern[str], re.Pattern[str] | None, re.Pattern[str]]:
    dates = locale.dates
    names = "|".join(map(re.escape, sorted(_months(locale), key=len, reverse=True)))
    month = rf"(?P<month>{names})(?!\w)"
    year = rf"(?:\.?{dates.year_link}(?P<year>\d{{4}})(?![\w]|[.,]\d){dates.year_suffix})?"
    before = _before(locale)
    ending = dates.day_ending
    first = rf"(?P<day>\d{{1,2}})(?:{ending}\.? ?[-–—] ?(?P<last>\d{{1,2}}))?"
    day_first = re.compile(rf"{before}(?<![\w.,:/-]){first}{dates.day_suffix}{month}{year}")
    span = re.compile(
        rf"(?<!\w)((?:{names})\.?(?: \d{{1,2}}{ending}(?:, \d{{4}})?)?) ?[-–—] ?"
        rf"(?=(?:\d{{1,2}}{dates.day_suffix})?(?:{names})(?!\w))"
    )
    if not dates.month_first:
        return day_first, None, span
    closing = rf"{ending}(?![\w:%]|[.,]\d)"
    if dates.order == "ymd":
        lead = r"(?:(?<![\w.,/-])(?P<year>\d{4})\.? )?(?<!\w)(?P<before>)"
        return (
            day_first,
            re.compile(
                rf"{lead}{month}{dates.month_first}(?P<day>\d{{1,2}})"
                rf"(?:\.? ?[-–] ?(?P<last>\d{{1,2}}))?(?![\w:%]|[.,]\d)(?:\.(?= [^\W\dA-Z_]))?"
            ),
            span,
        )
    last = rf"(?:{ending} ?[-–—] ?(?P<last>\d{{1,2}}))?"
    return (
        day_first,
        re.compile(rf"(?<!\w)(?P<before>){month}{dates.month_first}(?P<day>\d{{1,2}}){last}{closing}{year}"),
        span,
    )


def speak_dates(text: str, locale: Locale) -> str:
    """Dates with the month's name in words, and days with a month's number behind them where those are dates."""
    dates = locale.dates

    def short(match: Match[str]) -> str:
        day, month, last = int(match[2]), int(match["month"]), int(match["last"] or 0)
        chapter = match["before"] in locale.roman.after
        if chapter or not is_day(day, month) or not is_day(last or 1, month):
            return match[0]
        stop = "." if match["end"] is not None else ""
        return led(match, say_date(locale, day, dates.months[month - 1], None, match["before"] or "", last=last)) + stop

    def named(match: Match[str]) -> str:
        day, name = int(match["day"]), match["month"]
        index = _months(locale)[name]
        # A month keeps the form that it is written in: names of months have cases.
        month = name if name in dates.months else dates.months[index - 1]
        year = int(match["year"]) if match["year"] else None
        last = int(match["last"]) if match["last"] else 0
        if not 1 <= day <= 31 or year == 0 or last > 31:
            return match[0]
        first = match.start("day") < match.start("month")
        words = say_date(locale, day, month, year, match["before"] or "", day_first=first, last=last)
        return led(match, words)

    if dates.short:
        text = _SHORT_DATE.sub(short, text)
    day_first, month_first, span = _named(locale)
    joint = locale.span.partition("{a}")[2].partition("{b}")[0]
    text = span.sub(rf"\1{joint}", text)
    text = day_first.sub(named, text)
    return month_first.sub(named, text) if month_first else text


def say_time(locale: Locale, hour: int, minute: int, second: int | None, before: str) -> str:
    """The words of a time on the 24-hour clock; `before` is the word in front, which hours may agree with."""
    clock, numerals = locale.clock, locale.numerals
    case = "g" if before in clock.genitive else ""
    h = numerals.cardinal(hour, case=case) if case else numerals.hour(hour, before)
    hour_form = clock.hour.form(locale.plural(hour))
    if "{}" in hour_form:
        with_noun = hour_form.replace("{}", h)
    else:
        hour_form = noun_form(locale, str(hour), clock.hour, case)
        with_noun = f"{numerals.cardinal(hour, clock.hour.gender, counting=True, case=case)}{locale.glue}{hour_form}"
    m = _minute(locale, minute)
    if not minute and second is None:
        if clock.midnight and not hour:
            return clock.midnight
        if clock.hundred and hour > 12:
            return clock.hundred.format(h=h)
        return clock.full.format(h=h, hour=with_noun)
    both = clock.twelve if clock.twelve and 1 <= hour <= 12 else clock.both
    if both == clock.twelve and both:
        m = dict(zip((15, 30), clock.quarters, strict=False)).get(minute, numerals.cardinal(minute))
    spoken = both.format(h=h, hour=with_noun, m=m)
    if not minute and clock.link:
        spoken = clock.full.format(h=h, hour=with_noun)
    if second is None:
        return spoken
    if clock.long:
        parts = [(minute, locale.units["min"]), (second, locale.units["s"])]
        said = [_counted(locale, n, noun) for n, noun in parts if n]
        return f"{clock.long.format(h=h, hour=with_noun)} {f' {clock.link} '.join(said)}"
    unit = locale.units.get("s")
    tail = numerals.cardinal(second, unit.gender if unit else "m", counting=unit is not None)
    link = f"{locale.glue}{clock.link}{locale.glue}" if clock.link else locale.glue
    return f"{spoken}{link}{tail}" + (f"{locale.glue}{unit.form(locale.plural(second))}" if unit else "")


def _counted(locale: Locale, number: int, noun: Noun) -> str:
    return counted(
        locale, locale.numerals.cardinal(number, noun.gender, counting=True), noun.form(locale.plural(number))
    )


def _zone(locale: Locale, match: Match[str]) -> str:
    """A zone of time in letters, and its distance from Greenwich."""
    name = "UTC" if match[1] == "Z" or not match[1] else match[1].upper()
    sign, hours, minutes = match[2] or match[5], match[3] or match[6], match[4] or match[7]
    said = f" {' '.join(name)}"
    if sign:
        sign_said = locale.symbols.get("+", "plus") if sign == "+" else locale.minus
        said += f" {sign_said} {locale.numerals.cardinal(int(hours))}"
        said += f" {locale.numerals.cardinal(int(minutes))}" if minutes and int(minutes) else ""
    return said


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
        rf"{before}(?<![\w:.,/-])(?P<h>\d{{1,2}})[:hH](?P<m>\d{{2}})(?::(?P<s>\d{{2}})(?:[.,]\d{{1,9}})?)?(?![\d:]|[.,]\d){swallowed}",
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


def _lead(locale: Locale) -> str:
    """Words in front of a range."""
    return locale.span.partition("{a}")[0]


def speak_times(text: str, locale: Locale) -> str:
    """Times of the day in words, and ranges of them."""

    def time(match: Match[str]) -> str:
        hour, minute = int(match["h"]), int(match["m"] or 0)
        second = int(match["s"]) if match["s"] and int(match["s"]) else None
        if hour > 24 or minute > 59 or (second or 0) > 59:
            return match[0]
        said = say_time(locale, hour, minute, second, match["before"] or "")
        if _MORE.match(match.string, match.end()):
            said = said.removesuffix(locale.clock.sharp)
        return led(match, said)

    def seconds(match: Match[str]) -> str:
        hour, minute, second = (int(match[at]) for at in (1, 2, 3))
        if not 1 <= hour <= 12 or minute > 59 or second > 59:
            return match[0]
        if not second:
            return f"{match[1]}:{match[2]} {match[4]}m"
        half = locale.clock.half_day["ap".index(match[4].lower())]
        return f"{say_time(locale, hour, minute, second, '')} {half}"

    def half_day(match: Match[str]) -> str:
        hour, minute = int(match[1]), int(match[2] or 0)
        if not 1 <= hour <= 12 or minute > 59:
            return match[0]
        words = [locale.numerals.cardinal(hour), *([_minute(locale, minute)] if minute else [])]
        words.append(locale.clock.half_day["ap".index(match[3].lower())])
        stop = "." if match[0].endswith(".") and match[4] is not None else ""
        return locale.glue.join(words) + stop

    joint = " – " if locale.figures.plain_spans else locale.span.partition("{a}")[2].partition("{b}")[0]
    text = _ZONE.sub(lambda m: _zone(locale, m), text) if _ZONED.search(text) else text
    if locale.clock.half_day:
        text = re.sub(_HALF_DAY_RANGE, rf"\1{joint}", text)
    text = re.sub(_TIME_RANGE, lambda m: f"{_lead(locale)}{m[1]}{joint}{m[2]}", text, flags=locale.flags)
    if locale.clock.half_day:
        text = _AMPM_SECONDS.sub(seconds, text)
        text = _AMPM.sub(half_day, text)
    text = _DOTTED_TIME.sub(r"\1:\2", text)
    colon, hours = _times(locale)
    if hours:
        marks = "|".join(map(re.escape, locale.clock.hour_marks))
        text = re.sub(
            rf"(?<![\w:.,/-])(\d{{1,2}}(?::\d\d)?)(?: ?(?:{marks}))? ?[-–—] ?"
            rf"(?=\d{{1,2}}(?:[:.]\d\d)? ?(?:{marks}){locale.end})",
            rf"\1{joint}",
            text,
        )
    text = colon.sub(time, text)
    return hours.sub(time, text) if hours else text


def speak_decades(text: str, locale: Locale) -> str:
    """Decades such as 1990s in words, where the language writes them so."""

    def decade(match: Match[str]) -> str:
        value = int(match[1])
        said = locale.numerals.decade(value) if value < 2100 else None
        return said + match[2] if said else match[0]

    suffix = locale.dates.decade_suffix
    if suffix:
        joint = locale.span.partition("{a}")[2].partition("{b}")[0]
        text = re.sub(rf"(?<=\d)({suffix}) ?[-–—] ?(?='?(?:\d{{2}}|\d{{4}}){suffix}(?!\w))", rf"\1{joint}", text)
    return re.sub(_DECADE.format(suffix=suffix), decade, text) if suffix else text
