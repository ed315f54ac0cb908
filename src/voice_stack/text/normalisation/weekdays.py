"""Short names of weekdays, where their neighbours tell that they are some: ranges, lists, and before times."""

import re
from collections.abc import Mapping
from functools import cache
from re import Match

from voice_stack.text.languages.locale import Locale

_EAST = re.compile(r"(?<=[日일号0-9])[(（]([^\W\d_](?:[・,、〜～~–-][^\W\d_])?)[)）]")


@cache
def _pattern(locale: Locale) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """A range, one that a number follows, several in a list, and one of those."""
    names = "|".join(map(re.escape, sorted(locale.figures.weekdays, key=len, reverse=True)))
    one = rf"(?:{names})"
    span = re.compile(rf"(?<![\w.])({one})\.? ?[-–—] ?({one})(?:\.(?=[ ,:;]|$)|(?![\w.]))")
    single = re.compile(
        rf"(?<![\w.])({one})(\.?)(?=,? \d{{1,2}}(?::\d|\. ?[^\W\d]| ?[-–] ?\d|h| ?[ap]m| [^\W\d_]{{3}}))"
    )
    several = re.compile(rf"(?<![\w.]){one}(?:\.?(?:, ?| ?[/&+] ?| (?:and|und|et|y|e|en|i|и|a|és) ){one}){{1,6}}(?!\w)")
    return span, single, several, re.compile(one)


def speak_weekdays(text: str, locale: Locale) -> str:
    """Short weekdays in full."""
    names = locale.figures.weekdays
    if not names:
        return text
    if not locale.spaced or locale.particles:
        return _EAST.sub(lambda m: _east(m, names, locale), text)
    span, single, several, one = _pattern(locale)

    def both(match: Match[str]) -> str:
        if match[1].islower() != match[2].islower():
            return match[0]
        first, last = names[match[1]], names[match[2]]
        froms, tos = locale.figures.weekday_from, locale.figures.weekday_to
        return f"{froms[first]} {tos[last]}" if froms else f"{first}{_joint(locale)}{last}"

    text = several.sub(lambda m: one.sub(lambda day: names[day[0]], m[0]), span.sub(both, text))
    return single.sub(lambda m: names[m[1]], text)


def _joint(locale: Locale) -> str:
    """Words between the ends of a range, without the word in front of it: nominatives go with nothing else."""
    return " - " if locale.figures.plain_spans else locale.span.partition("{a}")[2].partition("{b}")[0]


def _east(match: Match[str], names: Mapping[str, str], locale: Locale) -> str:
    days = re.split(r"[・,、〜～~–-]", match[1])
    if not all(day in names for day in days):
        return match[0]
    gap = " " if locale.particles else ""
    return gap + (locale.figures.tilde if len(days) > 1 else "").join(names[day] for day in days)
