"""Years with an era or a `circa` beside them."""

import re
from functools import cache
from re import Match

from voice_stack.text.languages.locale import Locale

_YEAR = r"\d{1,3}(?:[.,]\d{3})|\d{1,5}"


@cache
def _pattern(locale: Locale) -> re.Pattern[str]:
    eras = "|".join(map(re.escape, sorted(locale.figures.eras, key=len, reverse=True)))
    eras = eras.replace(r"\ ", " ?")
    return re.compile(
        rf"(?<![\w.,:/$€£-])(?:(?P<front>A\.?D\.?) )?(?P<a>{_YEAR})(?: ?[-–] ?(?P<b>{_YEAR}))?"
        rf"(?: ?(?P<era>{eras}))?(?![\w]|[.,]\d)"
    )


@cache
def _circa(locale: Locale) -> re.Pattern[str]:
    names = "|".join(map(re.escape, sorted(locale.figures.circa, key=len, reverse=True)))
    return re.compile(rf"(?<![\w.])({names}) ?(?=\d{{3,4}}(?!\d|[.,]\d| ?[%€$]))")


def speak_eras(text: str, locale: Locale) -> str:
    """Years before and after the turn of the eras as years, whatever their number; `c. 1850` as one, too."""
    figures, numerals = locale.figures, locale.numerals
    compact = {key.replace(" ", ""): said for key, said in figures.eras.items()}

    def year(written: str) -> str:
        digits = re.sub(r"\D", "", written)
        value = int(digits)
        return numerals.year(value) if 0 < value < 10_000 else numerals.cardinal(value)

    def era(match: Match[str]) -> str:
        if not match["era"] and not match["front"]:
            return match[0]
        said = year(match["a"])
        if match["b"]:
            said = locale.span.format(a=said, b=year(match["b"]))
        front = "A D " if match["front"] else ""
        if not match["era"]:
            return front + said
        name = compact[match["era"].replace(" ", "")]
        stop = "." if match["era"].endswith(".") and not match.string[match.end() :].strip() else ""
        return (name.format(said) if "{}" in name else f"{said} {name}") + stop

    def circa(match: Match[str]) -> str:
        return f"{figures.circa[match[1]]} "

    if figures.circa:
        text = _circa(locale).sub(circa, text)
        said = "|".join(dict.fromkeys(map(re.escape, figures.circa.values())))
        plain = re.compile(rf"(?<!\w)({said}) (1[1-9]\d\d|20\d\d)(?![\w%]|[.,:]\d| ?[€$£°]|[-–]\d)")
        if locale.plain_years:
            text = plain.sub(lambda m: f"{m[1]} {numerals.year(int(m[2]))}", text)
    return _pattern(locale).sub(era, text) if figures.eras else text
