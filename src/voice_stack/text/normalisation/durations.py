"""Durations: 1h30m, 2d 4h, and 1:02:03 where it is no time of the day."""

import re
from functools import cache
from re import Match

from voice_stack.text.languages.locale import Locale, Noun, units
from voice_stack.text.normalisation.cues import cued
from voice_stack.text.normalisation.numbers import counted

_COLONS = (
    r"(?<![\w:.,/-])(\d{1,3}):(\d{2}):(\d{2})(?:\.\d{1,6})?"
    r"(?![\d:]|[.,]\d|Z| ?(?:[aApP]\.?[mM]\b|Uhr|UTC|GMT|[A-Z]{3,4}\b))"
)
_CLOCK_WORDS = frozenset(
    ["at", "um", "à", "a", "alle", "às", "om", "o", "v", "ob", "saat", "в", "с", "until", "till", "bis", "from", "von"]
)
_DECADES = re.compile(r"(?<![\w.,:/'-])(\d{2})s(?![\w'])")


@cache
def _nouns(locale: Locale) -> dict[str, Noun]:
    return units(locale.figures.durations)


@cache
def _compound(locale: Locale) -> re.Pattern[str] | None:
    """Two units or more against each other, or parted by a blank."""
    names = "|".join(map(re.escape, sorted(_nouns(locale), key=len, reverse=True)))
    if not names:
        return None
    part = rf"\d{{1,5}}(?:[.,]\d{{1,3}})? ?(?:{names})"
    end = locale.end if locale.spaced and not locale.particles else "(?![A-Za-z])"
    return re.compile(rf"(?<![\w.,:/-]){part}(?: ?{part}){{1,4}}{end}", locale.flags)


def say_duration(locale: Locale, parts: list[tuple[int, Noun]]) -> str:
    """The words of a duration, from numbers with their nouns."""
    said = [
        counted(locale, locale.numerals.cardinal(n, noun.gender, counting=True), noun.form(locale.plural(n)))
        for n, noun in parts
    ]
    link = locale.symbols.get("&", "") if locale.figures.duration_and and len(said) > 2 else ""
    if link:
        return " ".join([*said[:-1], link, said[-1]])
    return (locale.figures.duration_joint or locale.glue).join(said)


def _order(nouns: dict[str, Noun], name: str) -> int:
    """Place of a unit among days, hours, minutes and seconds, by the nouns' order in the table."""
    kinds = list(dict.fromkeys(noun.forms for noun in nouns.values()))
    return kinds.index(nouns[name].forms)


def speak_durations(text: str, locale: Locale) -> str:
    """Durations in words: days, hours, minutes and seconds."""
    nouns, pattern = _nouns(locale), _compound(locale)
    if pattern is None:
        return text
    names = "|".join(map(re.escape, sorted(nouns, key=len, reverse=True)))
    piece = re.compile(rf"(\d{{1,5}}) ?({names})(?![A-Za-z])|(\d{{1,5}})({names})")

    def compound(match: Match[str]) -> str:
        found = [(int(m[1] or m[3]), m[2] or m[4]) for m in piece.finditer(match[0])]
        order = [_order(nouns, name) for _, name in found]
        kept = len(re.findall(r"\d+", match[0])) == len(found)
        if not kept or order != sorted(set(order)):
            return match[0]
        clock = locale.clock.marks + locale.clock.hour_marks
        if len(found) == 2 and found[0][1] in clock and found[1][1] in clock and found[0][0] < 25:
            return match[0]
        return say_duration(locale, [(n, nouns[name]) for n, name in found])

    def colons(match: Match[str]) -> str:
        hours, minutes, seconds = (int(group) for group in match.groups())
        plain = len(match[1]) == 1 and bool(locale.clock.link or locale.clock.long) and not (seconds == minutes == 0)
        told = bool(cued(text, match.start(), locale.figures.duration_cues, fillers=False, reach=2))
        at = bool(cued(text, match.start(), _CLOCK_WORDS, reach=0))
        if minutes > 59 or seconds > 59 or not (told or (plain and not at) or len(match[1]) > 2):
            return match[0]
        parts = [part for part in zip((hours, minutes, seconds), ("h", "m", "s"), strict=True) if part[0]]
        return say_duration(locale, [(n, nouns[name]) for n, name in parts]) if parts else match[0]

    if {"h", "m", "s"} <= nouns.keys():
        text = re.sub(_COLONS, colons, text, flags=locale.flags)
    return pattern.sub(compound, text)


def speak_seconds(text: str, locale: Locale) -> str:
    """30s as seconds, where nothing says that it is a decade."""
    cues, seconds = locale.figures.decade_cues, _nouns(locale).get("s")
    if not cues or seconds is None:
        return text

    def read(match: Match[str]) -> str:
        before = re.search(r"([A-Za-z]+)[ -]$", text[max(0, match.start() - 16) : match.start()])
        after = re.match(r" ([a-z]+)", text[match.end() : match.end() + 20])
        told = (before and before[1].lower() in cues) or (after and after[1] in cues)
        decade = match[1][1] == "0" and match[1] != "10" and told
        return match[0] if decade else say_duration(locale, [(int(match[1]), seconds)])

    return _DECADES.sub(read, text)
