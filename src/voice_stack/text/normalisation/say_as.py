"""SSML's `say-as`: text that is marked as a number, a date and so on, in words."""

import re
import unicodedata
from collections.abc import Callable
from itertools import groupby

from voice_stack.text.languages import locale_for
from voice_stack.text.languages.locale import Locale
from voice_stack.text.languages.numerals import MAX_DIGITS
from voice_stack.text.markup.spans import SayAs
from voice_stack.text.normalisation.calendar import is_day, say_date, say_time
from voice_stack.text.normalisation.characters import clean
from voice_stack.text.normalisation.fractions import speak_fractions
from voice_stack.text.normalisation.numbers import counted, currency_signs
from voice_stack.text.normalisation.phones import say_phone
from voice_stack.text.normalisation.pipeline import normalise
from voice_stack.text.normalisation.roman import roman_value

_NUMBER = r"\d[\d.,' ]*(?<=\d)"
_SIGNED = re.compile(rf"([+-]?) ?({_NUMBER})")
_GROUPED = re.compile(r"\d{1,3}([.,' ])\d{3}(?:\1\d{3})*|\d{1,2}(?:,\d{2})*,\d{3}")  # 12,34,567 in India
_ORDINAL = re.compile(rf"#?({_NUMBER})\W?[^\W\d]{{0,5}}")
_MONEY = re.compile(rf"(?P<before>[^\d\s.,'-]{{0,4}}) ?(?P<sign>-?) ?(?P<number>{_NUMBER}) ?(?P<after>[^\d\s]{{0,4}})")
_CLOCK = re.compile(r"(\d{1,2})(?:[:.hH] ?(\d{2})(?:[:.](\d{2}))?)? ?(?:([ap])\.? ?m?\.?)?", re.IGNORECASE)
_COMPACT_CLOCK = re.compile(r"(\d{1,2})(\d{2})")
_MINUTES = re.compile(r"(\d{1,3})['′] ?(\d{1,2})(?:\"|''|″)?")
_POSTCODE = re.compile(r"(?<!\w)\d{5,}(?:-\d+)?(?!\w)")
# Two digits of a year from here on are of the last century, as POSIX has it.
_CENTURY_TURNS = 69


def say_as(text: str, kind: SayAs, detail: str, language: str) -> str:
    """The words to speak for a text of a known kind.

    Args:
        text: what is written.
        kind: how it is to be read.
        detail: SSML's `format`: the order of a date (`dmy`), a telephone number's country (`1`), a currency (`EUR`).
        language: ISO 639-1 code, with or without a region.

    Returns:
        What does not have the form that its kind asks for is read by the usual rules. Empty when there is nothing
        to say.
    """
    written = " ".join(clean(text).split())
    locale = locale_for(language)
    if locale is None:
        apart = kind in (SayAs.CHARACTERS, SayAs.DIGITS)
        return " ".join(_clusters(written)) if apart else normalise(text, language)
    said = _READERS[kind](written, detail.strip().lower(), locale)
    return normalise(text, language) if said is None else said


def _characters(written: str, _: str, locale: Locale) -> str:
    """Letters, digits and the marks that have a name, one by one; words apart from one another."""
    words = (" ".join(filter(None, (_character(c, locale) for c in _clusters(word)))) for word in written.split())
    return locale.comma.join(filter(None, words))


def _clusters(text: str) -> list[str]:
    """The characters of a text without white space; accents and vowel signs stay with what they belong to."""
    clusters: list[str] = []
    for character in text:
        if clusters and unicodedata.category(character).startswith("M"):
            clusters[-1] += character
        elif not character.isspace():
            clusters.append(character)
    return clusters


def _character(cluster: str, locale: Locale) -> str:
    digit = unicodedata.digit(cluster[0], None)
    if digit is not None:
        return locale.numerals.digit_word(str(digit))
    if cluster[0].isalnum():
        capital = cluster.upper()
        return capital if len(capital) == len(cluster) else cluster
    web = locale.web
    marks = {".": web.dot, "/": web.slash, "-": web.dash, "_": web.underscore, "+": web.plus, ":": web.colon}
    marks |= {"@": web.at, "#": web.hashtag}
    return marks.get(cluster) or locale.symbols.get(cluster) or _unit_name(cluster, locale)


def _unit_name(sign: str, locale: Locale) -> str:
    noun = locale.units.get(sign)
    return noun.form(locale.plural(1)).replace("{}", "").removeprefix("=").strip() if noun else ""


def _digits(written: str, detail: str, locale: Locale) -> str:
    if any(c.isalpha() for c in written):
        return _characters(written, detail, locale)
    return locale.comma.join(locale.numerals.digits(group) for group in re.findall(r"\d+", written))


def _parse_number(written: str, locale: Locale) -> tuple[str, str] | None:
    """Digits of the whole part and of the decimals; the decimal point of English is understood everywhere."""
    whole, mark, fraction = written.rpartition(locale.decimal)
    if not mark or not fraction.isdecimal() or locale.decimal in whole:
        whole, fraction = written, ""
    if not whole.isdecimal() and not _GROUPED.fullmatch(whole):
        whole, mark, fraction = written.partition(".")
        if not (mark and whole.isdecimal() and fraction.isdecimal()):
            return None
    digits = re.sub(r"\D", "", whole)
    return (digits, fraction) if len(digits) <= MAX_DIGITS and len(fraction) <= MAX_DIGITS else None


def _cardinal(written: str, _: str, locale: Locale) -> str | None:
    match = _SIGNED.fullmatch(written)
    number = _parse_number(match[2], locale) if match else None
    if match is None or number is None:
        return None
    whole, fraction = number
    numerals = locale.numerals
    said = numerals.decimal(int(whole), fraction) if fraction else numerals.cardinal(int(whole))
    return _signed(match[1], said, locale)


def _signed(sign: str, said: str, locale: Locale) -> str:
    words = {"-": locale.minus, "+": locale.symbols.get("+", "")}.get(sign, "")
    return f"{words}{locale.glue}{said}" if words else said


def _ordinal(written: str, _: str, locale: Locale) -> str | None:
    value = roman_value(written.rstrip("."))
    match = _ORDINAL.fullmatch(written)
    if value is None and match is not None:
        number = _parse_number(match[1], locale)
        value = int(number[0]) if number and not number[1] else None
    if value is None:
        return None
    return locale.numerals.ordinal(value) or locale.numerals.cardinal(value)


def _fraction(written: str, _: str, locale: Locale) -> str | None:
    said = speak_fractions(written.replace("+", " "), locale)
    return None if "/" in said else normalise(said, locale.code)


def _unit(written: str, _: str, locale: Locale) -> str | None:
    return _unit_name(written, locale) or None


def _date(written: str, detail: str, locale: Locale) -> str | None:
    order = re.sub(r"(.)\1+", r"\1", re.sub(r"[^dmy]", "", detail))
    numbers = re.findall(r"\d+", written)
    if re.search(r"[^\W\d_]", written) or len(set(order)) != len(order) or not numbers:
        return None
    if not order and len(numbers) == 3:
        order = "ymd" if len(numbers[0]) == 4 else locale.dates.order
    if len(numbers) == 1 and len(order) > 1:
        numbers = _parted_date(numbers[0], order)
    if len(numbers) != len(order):
        return None
    fields = dict(zip(order, numbers, strict=True))
    year = _year(fields["y"]) if "y" in fields else None
    month, day = (int(fields[key]) if key in fields else None for key in "md")
    possible = is_day(day or 1, month or 1) and 0 not in (day, month, year) and (year or 1) < 10_000
    return _spoken_date(day, month, year, locale) if possible else None


def _parted_date(digits: str, order: str) -> list[str]:
    """The parts of a date without separators, such as 20240503."""
    short = len(digits) <= 2 * len(order)
    lengths = [4 if part == "y" and not short else 2 for part in order]
    if sum(lengths) != len(digits):
        return []
    return [digits[sum(lengths[:at]) : sum(lengths[: at + 1])] for at in range(len(order))]


def _year(digits: str) -> int:
    year = int(digits[:5])
    return year if len(digits) != 2 else year + (1900 if year >= _CENTURY_TURNS else 2000)


def _spoken_date(day: int | None, month: int | None, year: int | None, locale: Locale) -> str | None:
    dates, numerals = locale.dates, locale.numerals
    name = dates.months[month - 1] if month else ""
    if day and month:
        return say_date(locale, day, name, year)
    if day:
        return None if year else numerals.day(day) + dates.spoken.partition("{day}")[2].partition("{")[0].strip()
    if not year:
        return name
    if month:
        return dates.spoken_year.format(date=name, year=numerals.year(year))
    # Where the year comes first its counter follows it: 年.
    first, _, rest = dates.spoken_year.partition("{year}")
    return numerals.year(year) + ("" if first else rest.partition("{")[0].strip())


def _time(written: str, _: str, locale: Locale) -> str | None:
    if match := _MINUTES.fullmatch(written):
        minutes, seconds = (_count(int(n), unit, locale) for n, unit in zip(match.groups(), ("min", "s"), strict=True))
        return f"{minutes}{locale.glue}{seconds}" if minutes and seconds else None
    match = _COMPACT_CLOCK.fullmatch(written) or _CLOCK.fullmatch(written)
    if match is None:
        return None
    hour, minute, second, half = (*match.groups(""), "", "")[:4]
    if half and locale.clock.half_day:
        return normalise(f"{hour}:{minute or '00'} {half}m", locale.code) if not second else None
    h, m, s = int(hour), int(minute or 0), int(second) if second else None
    if h > (12 if half else 24) or m > 59 or (s or 0) > 59:
        return None
    if half:
        h = h % 12 + (12 if half in "pP" else 0)
    return say_time(locale, h, m, s, "")


def _count(number: int, unit: str, locale: Locale) -> str:
    noun = locale.units.get(unit)
    if noun is None:
        return ""
    return counted(
        locale, locale.numerals.cardinal(number, noun.gender, counting=True), noun.form(locale.plural(number))
    )


def _telephone(written: str, detail: str, locale: Locale) -> str:
    """Digits in their groups, each of them by itself; letters as the words that they are."""
    plus = written.startswith("+") or (detail.isdecimal() and not written.startswith("00"))
    number = f"{detail} {written}" if plus and not written.startswith("+") else written
    said: list[str] = []
    for is_digits, group in groupby(re.findall(r"\d+|[^\W\d_]+", number), key=str.isdecimal):
        groups = list(group)
        if is_digits:
            said.append(say_phone(locale, _paired(groups, plus, locale), plus=plus and not said))
        else:
            said += groups
    return locale.comma.join(said)


def _paired(groups: list[str], plus: bool, locale: Locale) -> list[str]:
    if not locale.phone_pairs or len(groups) > 1 or plus or len(groups[0]) % 2:
        return groups
    return re.findall(r"\d\d", groups[0])


def _currency(written: str, detail: str, locale: Locale) -> str | None:
    match = _MONEY.fullmatch(written)
    number = _parse_number(match["number"], locale) if match else None
    if match is None or number is None:
        return None
    sign = match["before"] or match["after"] or detail
    code = currency_signs(locale).get(sign, sign.upper())
    if code not in locale.currencies:
        return None
    whole, fraction = number
    decimals = locale.decimal + fraction.ljust(2, "0") if fraction else ""
    return _signed(match["sign"], normalise(f"{whole}{decimals} {code}", locale.code), locale)


def _address(written: str, _: str, locale: Locale) -> str:
    """The usual rules, with postcodes digit by digit."""
    spelled = _POSTCODE.sub(lambda match: f" {_digits(match.group(), '', locale)} ", written)
    return normalise(spelled, locale.code)


_READERS: dict[SayAs, Callable[[str, str, Locale], str | None]] = {
    SayAs.CHARACTERS: _characters,
    SayAs.CARDINAL: _cardinal,
    SayAs.ORDINAL: _ordinal,
    SayAs.DIGITS: _digits,
    SayAs.FRACTION: _fraction,
    SayAs.UNIT: _unit,
    SayAs.DATE: _date,
    SayAs.TIME: _time,
    SayAs.TELEPHONE: _telephone,
    SayAs.CURRENCY: _currency,
    SayAs.ADDRESS: _address,
}
