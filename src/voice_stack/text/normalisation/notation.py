"""One notation of numbers and amounts: what is written as elsewhere, or with parts left out, is written out."""

import re
from functools import cache

from voice_stack.text.languages.locale import Locale
from voice_stack.text.normalisation.numbers import currency_signs, say_number

_START = r"(?<![\w.,])"
_END = r"(?![\w]|[.,]\d)"
_POINT_FIRST = re.compile(r"(?<![\w.,/:])\.(\d{1,15})(?!\.?\d)")
_COMMA_FIRST = re.compile(r"(?<![^\s$€£¥(-]),(\d{1,15})(?![.,]?\d)")
_DOTS_AND_COMMA = re.compile(rf"{_START}(\d{{1,3}}(?:\.\d{{3}}){{1,4}}),(\d{{1,2}}){_END}")
_COMMAS_AND_DOT = re.compile(rf"{_START}(\d{{1,3}}(?:,\d{{3}}){{1,4}})\.(\d{{1,2}}){_END}")
_COMMA_MARK = re.compile(rf"{_START}(\d{{1,12}}),(\d{{1,2}}|\d{{4,9}}){_END}")
_DOTS = re.compile(rf"{_START}\d{{1,3}}(?:\.\d{{3}}){{2,4}}{_END}")
_COMMAS = re.compile(rf"{_START}\d{{1,3}}(?:,\d{{3}}){{2,4}}{_END}")
_INDIAN = re.compile(rf"{_START}\d{{1,2}}(?:,\d{{2}}){{1,5}},\d{{3}}{_END}")
_BLANKS = re.compile(r"(?<![\d.,])(?<!\d )\d{1,3}(?: \d{3}){2,4}(?![\d]| \d|[.-]\d)")
_THOUSANDS = re.compile(r"(?<![\d.,])(?<!\d )\d{1,3}(?: 000){1,4}(?![\d]| \d)")
_NO_CENTS = re.compile(r"(?<=\d)[.,](?:-{1,2}|–|—)(?![\w-])")
_DIVIDED = re.compile(r"(?<=\d) / (?=\d)")
_SHORT_YEAR = re.compile(r"(?<![\w'])'(?=\d\d(?![\w'\"]))")
_SWISS = re.compile(rf"{_START}(\d{{1,3}}(?:'\d{{3}}){{1,4}})(?:[.,](\d\d?))?(?![\w']|[.,]\d)")
_BETWEEN = re.compile(r"(?<![\d.,])(\d{1,6}) ?([€£$]) ?(\d\d)(?![\w]|[.,]\d)")
_TILDE = re.compile(r"(?<=[\d%°CFKkM$€£¥₩円元]) ?[~〜～∼] ?(?=[$€£¥₩]?\d)")
_EAST_TILDE = re.compile(r"(?<=[^\s\d]) ?[~〜～∼] ?(?=[^\s])")
_DIMENSIONS = re.compile(r"(?<=\d)( ?(?:mm|cm|dm|m|km|in|ft)?) ?[x×] ?(?=\d)")
_WITH = re.compile(r"(?<![\w/])(?<!\d )[wW]/(?:(?=[A-Za-z]{2})| )")
_MAC = re.compile(r"(?<![\w:-])[0-9A-Fa-f]{2}(?:([:-])[0-9A-Fa-f]{2})(?:\1[0-9A-Fa-f]{2}){4}(?![\w:-])")
_FEET = re.compile(r"(?<![\w.,'\"])(\d{1,2})['′] ?(\d{1,2})(?:\"|''|″|(?= (?:tall|high|long|wide)))(?!\w)")
# "in" is a word elsewhere: "5 in 10".
_INCH_WORD = re.compile(
    r"(?:(?<=\d/\d)|(?<=\d)) ?in\.?(?= (?:wide|tall|long|deep|thick|high|across|by|x)\b)"
    r"|(?<=\d/\d) in\b\.?(?=\s*(?:[,;:)x×]|$))|(?<=ft \d) in\b|(?<=ft \d\d) in\b"
)
_INCHES = re.compile(
    r"(?<![\w.,'])(\d{1,3}(?:\.\d)?)(?:\"|''|″)"
    r"(?= (?:TV|screen|monitor|display|laptop|tablet|wide|tall|long|pipe|wheel))"
)
_MARKS = "[$€£¥₹₽₺₩₪₫₱₦₴₸฿]"


@cache
def _named_signs(locale: Locale) -> tuple[re.Pattern[str], dict[str, str]] | None:
    """Signs that are abbreviations and stand before their number: they must not be read as other words."""
    signs = {sign: code for sign, code in locale.figures.signs.items() if sign[0].isupper() or not sign[0].isascii()}
    signs = {sign: code for sign, code in signs.items() if sign.endswith(".") or sign in ("Rs", "रु")}
    if not signs:
        return None
    named = "|".join(re.escape(sign) for sign in sorted(signs, key=len, reverse=True))
    return re.compile(rf"(?<!\w)({named}) ?(?=-?\d)|(?<=\d) ?({named})(?!\w)"), signs


@cache
def _other_mark(locale: Locale) -> re.Pattern[str]:
    """Cents behind the decimal mark of other languages; only a currency beside them tells that it is one."""
    other = r"\." if locale.decimal == "," else ","
    cents = rf"(\d{{1,6}}){other}(\d\d){_END}"
    codes = "|".join(("EUR", "USD", "GBP", "CHF", *(s for s in currency_signs(locale) if not s[0].isalnum())))
    codes = codes.replace("$", "[$]")
    return re.compile(rf"(?:(?<=[$€£])|(?<=[$€£] )|(?<=(?:EUR|USD|GBP|CHF) )){cents}|{_START}{cents}(?= ?(?:{codes}))")


def _spelled(written: str, divider: str, locale: Locale) -> str:
    """Pairs of digits and letters one by one, in capitals."""
    pairs = written.upper().split(divider)
    read = locale.numerals.digit_word
    return locale.comma.join(" ".join(read(c) if c.isdigit() else c for c in pair) for pair in pairs)


def unify_signs(text: str, locale: Locale) -> str:
    """Signs in one form: tildes of ranges, the x of dimensions, `w/` for with, and signs that are abbreviations."""
    figures = locale.figures
    if figures.with_slash:
        text = _WITH.sub(f"{figures.with_slash} ", text)
    text = _MAC.sub(lambda m: _spelled(m[0], m[1], locale), text)
    text = _TILDE.sub("–", text)
    if figures.tilde:
        text = _EAST_TILDE.sub(figures.tilde, text)
    if figures.open_ends:
        ends = "|".join(sorted(figures.open_ends))
        joint = locale.span.partition("{a}")[2].partition("{b}")[0]
        text = re.sub(rf"(?<=[\dmM.]) ?[–—-] ?(?=(?:{ends})(?!\w))", joint, text)
    named = _named_signs(locale)
    if named:
        text = named[0].sub(lambda m: f"{named[1][m[1]]} " if m[1] else f" {named[1][m[2]]}", text)
    if "÷" in locale.symbols:
        text = _DIVIDED.sub(" ÷ ", text)
    text = _SHORT_YEAR.sub("", _NO_CENTS.sub("", text))
    text = re.sub(rf"(?<!\d)(?<!\d )({_MARKS}) ?[-−–](?=\d)", r"-\1", text)
    times = figures.times
    return _DIMENSIONS.sub(rf"\1{locale.glue}{times}{locale.glue}", text) if times else text


def unify_numbers(text: str, locale: Locale) -> str:
    """Numbers in the notation of the language: with its own marks, and a digit before each."""
    text = _SWISS.sub(lambda m: m[1].replace("'", "") + (f"{locale.decimal}{m[2]}" if m[2] else ""), text)
    text = _BETWEEN.sub(rf"\1{locale.decimal}\3 \2", text)
    text = _POINT_FIRST.sub(rf"0{locale.decimal}\1", text)
    if locale.decimal == ",":
        text = _COMMA_FIRST.sub(r"0,\1", text)
        text = _COMMAS_AND_DOT.sub(lambda m: f"{m[1].replace(',', '')},{m[2]}", text)
        text = _COMMAS.sub(lambda m: m[0].replace(",", ""), text)
    else:
        text = _DOTS_AND_COMMA.sub(lambda m: f"{m[1].replace('.', '')}.{m[2]}", text)
        text = _DOTS.sub(lambda m: m[0].replace(".", ""), text)
        text = _COMMA_MARK.sub(rf"\1{locale.decimal}\2", text) if locale.figures.comma_mark else text
    if not locale.indian_groups:
        text = _INDIAN.sub(lambda m: m[0].replace(",", ""), text)
    if " " not in locale.groups:
        text = _BLANKS.sub(lambda m: m[0].replace(" ", ""), text)
        text = _THOUSANDS.sub(lambda m: m[0].replace(" ", ""), text)
    return _other_mark(locale).sub(lambda m: locale.decimal.join(filter(None, m.groups())), text)


def speak_feet(text: str, locale: Locale) -> str:
    """Feet and inches: 5'10" and 5' 10"; and inches alone before what is measured in them."""
    if not locale.figures.feet:
        return text

    def both(match: re.Match[str]) -> str:
        feet, inches = int(match[1]), int(match[2])
        if inches > 11:
            return match[0]
        cardinal, noun = locale.numerals.cardinal, locale.units["ft"]
        foot = noun.form(0) if inches else noun.form(locale.plural(feet))
        return f"{cardinal(feet)} {foot}" + (f" {cardinal(inches)}" if inches else "")

    text = _INCH_WORD.sub(" inch", text)
    text = _FEET.sub(both, text)
    return _INCHES.sub(lambda m: f"{say_number(locale, m[1])}-inch", text)
