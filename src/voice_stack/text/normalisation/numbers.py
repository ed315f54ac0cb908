"""Numbers as each language writes them, and the words for a number or a counted noun."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from re import Match

from voice_stack.text.languages.locale import Locale, Noun, word_set
from voice_stack.text.languages.numerals import MAX_DIGITS

_SYMBOLS = {"€": "EUR", "£": "GBP", "₹": "INR", "₽": "RUB", "₺": "TRY", "₩": "KRW", "zł": "PLN", "Kč": "CZK"}
_SYMBOLS |= {"Ft": "HUF", "R$": "BRL", "US$": "USD", "₿": "BTC", "C$": "CAD", "A$": "AUD", "руб.": "RUB", "TL": "TRY"}
_SYMBOLS |= {"HK$": "HKD", "S$": "SGD", "NZ$": "NZD", "CA$": "CAD", "AU$": "AUD", "MX$": "MXN", "NT$": "TWD"}
_SYMBOLS |= {
    "₪": "ILS",
    "฿": "THB",
    "₫": "VND",
    "₱": "PHP",
    "₦": "NGN",
    "₴": "UAH",
    "₸": "KZT",
    "৳": "BDT",
    "руб": "RUB",
}
_ORDINAL_NUMBER = r"\d{{1,3}}(?:[ {groups}]\d{{3}}){{1,3}}|\d{{1,7}}"
_NEVER_BEFORE = frozenset(("원", "달러", "zł", "Kč", "Ft", "руб.", "TL", "Euro", "元", "円", "ドル"))
# Small letters of other codes are words.
_SMALL_CODES = word_set("EUR USD GBP CHF JPY CNY HKD AUD NIO CRC HNL GTQ TTD PAB PLN CZK HUF BRL MXN KRW AED")


@cache
def currency_signs(locale: Locale) -> dict[str, str]:
    """ISO code of every currency sign; some signs mean another currency in another language."""
    small = {code.lower(): code for code in locale.currencies if code in _SMALL_CODES}
    return {**small, **_SYMBOLS, "$": locale.dollar, "¥": locale.yen, **locale.figures.signs}


@dataclass(frozen=True)
class Patterns:
    """Expressions that find the numbers of one language."""

    money_before: re.Pattern[str]
    money_after: re.Pattern[str]
    units: re.Pattern[str]
    units_before: re.Pattern[str] | None
    magnitude: re.Pattern[str] | None
    minus: re.Pattern[str]
    millions: re.Pattern[str]
    range: re.Pattern[str]
    plain: re.Pattern[str]
    words: dict[str, Noun]
    suffixed: re.Pattern[str] | None
    with_noun: re.Pattern[str] | None
    years: re.Pattern[str]


def _any(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


def _words(options: str, locale: Locale) -> str:
    """Options of which those ending in a letter or digit must end a word, where the script has words."""
    letter = r"\w" if locale.spaced and not locale.particles else "[A-Za-z0-9]"
    return rf"(?:{options})(?:(?<!{letter})|(?!{letter}))"


def _noun_words(locale: Locale) -> dict[str, Noun]:
    """Every noun of the tables by each of its written-out forms."""
    majors = [major for major, _ in locale.currencies.values()]
    minors = [minor for _, minor in locale.currencies.values()]
    known = [*minors, *majors, *locale.magnitudes.values(), *locale.units.values(), *locale.nouns.values()]
    return {form: noun for noun in known for form in noun.forms if form.isalpha()}


def known_noun(locale: Locale, known: dict[str, Noun], word: str) -> Noun | None:
    """The noun that `word` is, or begins with where nothing divides a counter from what follows it."""
    if locale.spaced and not locale.particles:
        return known.get(word)
    return next((known[word[:size]] for size in (3, 2, 1) if word[:size] in known), None)


@cache
def patterns_for(locale: Locale) -> Patterns:
    """The expressions of a language, compiled once."""
    grouped = "|".join(rf"\d{{1,3}}(?:{re.escape(g)}\d{{3}}){{1,4}}(?!\d)" for g in locale.groups)
    if locale.indian_groups:
        grouped = r"\d{1,2}(?:,\d{2}){0,5},\d{3}(?!\d)|" + grouped
    plain = rf"\d{{1,{MAX_DIGITS}}}+"
    number = rf"(?:{grouped}|{plain})(?:{re.escape(locale.decimal)}\d{{1,{MAX_DIGITS}}}+)?" if grouped else plain
    before = rf"(?:(?<!\w)(?P<before>{_any(locale.genitive_after)}) )?" if locale.genitive_after else "(?P<before>)"
    start = r"(?<![\d])(?<!\d[.,])"
    amount = rf"{start}(?P<a>{number})(?: ?[-–—~] ?(?P<b>{number}))?"
    mags = _words(_any(locale.magnitudes), locale)
    # A letter alone is a magnitude only of money: $5K, but a 4K screen.
    long = _words(_any(word for word in locale.magnitudes if len(word) > 1 or not word.isascii()), locale)
    mag = rf"(?: ?(?P<mag>{mags}))?" if locale.magnitudes else "(?P<mag>)"
    scaled = rf"(?: ?(?P<mag>{long})(?= ))?" if locale.magnitudes else "(?P<mag>)"
    symbols = currency_signs(locale)
    known = {s for s, code in symbols.items() if code in locale.currencies}
    link = f"(?:{re.escape(locale.magnitude_link)})?" if locale.magnitude_link.strip() else ""
    codes = _any([*known, *locale.currencies])
    leading = {sign for sign in known - _NEVER_BEFORE if not sign[0].islower() or sign.upper() in _SMALL_CODES}
    first = _any([*leading, *locale.currencies])
    apart = r"(?<![^\W\d_])" if locale.spaced and not locale.particles else "(?<![A-Za-z])"
    follows = r"(?!\d|[.,]\d)"
    capitals = [
        suffix.upper()
        for suffix in locale.ordinal_suffixes
        if suffix.isascii() and suffix.islower() and len(suffix) > 1
    ]
    suffixes = _any([*locale.ordinal_suffixes, *capitals])
    of_nouns = _any(key.split(" ")[-1] for key in locale.ordinal_nouns)
    return Patterns(
        money_before=re.compile(rf"{before}{apart}(?P<sym>{first}) ?{amount}{follows}{mag}"),
        money_after=re.compile(rf"{before}{amount}{mag} ?{link}(?P<sym>{_words(codes, locale)})"),
        units=re.compile(rf"{before}(?<![A-Za-z]){amount}{scaled}[ -]?(?P<sym>{_words(_any(locale.units), locale)})"),
        units_before=re.compile(rf"{before}(?<!\w)(?P<sym>{_any(locale.prefix_units)}) ?{amount}(?P<mag>){follows}")
        if locale.prefix_units
        else None,
        magnitude=re.compile(rf"{before}{amount} ?(?P<sym>{long})") if locale.magnitudes else None,
        minus=re.compile(rf"(?<![\w)\].,])-(?=(?:{first}) ?\d)"),
        millions=re.compile(rf"{start}(?P<a>{number}) (?P<word>[^\W\d_]{{2,30}})"),
        range=re.compile(
            rf"(?<![\w.,-]){start}(?P<a>{number})(?: ?[–—] ?|-)(?P<b>{number})(?![\w-]|[.,]\d)", locale.flags
        ),
        plain=re.compile(rf"{before}{start}(?P<a>{number})(?=(?: ?(?P<word>[^\W\d_]{{1,30}}))?)"),
        words=_noun_words(locale),
        suffixed=re.compile(
            rf"(?<![\w.,/])({_ORDINAL_NUMBER.format(groups=re.escape(locale.groups.strip()))})"
            rf"(?:[-.']{{1,2}}| (?=[ºª]))?({suffixes})(?!\w)"
        )
        if suffixes
        else None,
        with_noun=re.compile(
            rf"(?:(?<!\w)(?P<before>[^\W\d_]{{1,4}}) )?{start}(\d{{1,4}})(\.?) ?({_words(of_nouns, locale)})"
        )
        if of_nouns
        else None,
        years=re.compile(r"(?:(?<!\w)(?P<before>[^\W\d_]{1,12}) )?(?<![\w.,:/-])(\d{4})(?![\w%]|[.,:]\d|-\d)"),
    )


def split_number(locale: Locale, written: str) -> tuple[int, str]:
    """The whole part and the written decimals ("" for none)."""
    whole, _, fraction = written.partition(locale.decimal)
    return int("".join(c for c in whole if c.isdigit())), fraction


def say_number(locale: Locale, written: str, noun: Noun | None = None, case: str = "") -> str:
    """Words of a number as it is written, in the gender of the noun behind it; digit by digit with leading zeros."""
    digits = written
    if len(digits) > 1 and digits[0] == "0" and digits.isdigit():
        return locale.numerals.digits(digits)
    whole, fraction = split_number(locale, written)
    if fraction:
        return locale.numerals.decimal(whole, fraction)
    gender = noun.gender if noun else "m"
    return locale.numerals.cardinal(whole, gender, counting=noun is not None, case=case)


def noun_form(locale: Locale, written: str, noun: Noun, case: str = "") -> str:
    """The form of a noun behind a number as it is written."""
    whole, fraction = split_number(locale, written)
    if fraction:
        index = locale.decimal_form if locale.decimal_form is not None else locale.plural(whole)
    elif case:  # Slavic genitive: singular after ...1, plural otherwise
        index = 1 if locale.plural(whole) == 0 and locale.genitive_singular else 2
    else:
        index = locale.plural(whole)
    return noun.form(index)


def counted(locale: Locale, words: str, form: str) -> str:
    """A number's words and the form of its noun, put together."""
    if form.startswith("="):
        return form[1:]
    return form.replace("{}", words) if "{}" in form else f"{words}{locale.glue}{form}"


def is_millions(locale: Locale, written: str) -> bool:
    """True for a whole number of millions, behind which some languages link the noun: un million DE dollars."""
    whole, fraction = split_number(locale, written)
    return not fraction and whole >= 1_000_000 and not whole % 1_000_000


def linked(locale: Locale, words: str, noun: str) -> str:
    """Words that end in a noun of number, and the noun that is counted, linked as the language does."""
    elided = locale.magnitude_elided and noun[:1] in "aeiouéèêh"
    return f"{words}{locale.magnitude_elided if elided else locale.magnitude_link}{noun}"


def led(match: Match[str], spoken: str) -> str:
    """Words with the word in front of them, which the match took along."""
    return f"{match['before']} {spoken}" if match["before"] else spoken


def padded(locale: Locale, match: Match[str], spoken: str) -> str:
    """Words written against a letter get their space back: MP3, US$5."""
    if not locale.spaced:
        return spoken
    text, start, end = match.string, match.start(), match.end()
    left = " " if start and text[start - 1].isalpha() else ""
    right = " " if end < len(text) and text[end].isalpha() and not locale.particles else ""
    return f"{left}{spoken}{right}"
