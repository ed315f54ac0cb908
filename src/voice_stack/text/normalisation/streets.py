"""Streets: short forms in addresses, which elsewhere are saints and doctors."""

import re
from collections.abc import Mapping
from functools import cache
from re import Match

from voice_stack.text.languages.locale import Locale, word_set

_STARTERS = word_set(
    "The It He She We They I This That There A An In On At My Your Our Turn Then And But Go You If When Where What How"
    " Who Why Is Are Was Do Does Please Take Keep Walk Drive Stop Continue After Before From To For With Its His Her"
    " Their Some All No Yes So Now Here These Those Meet Call Ask Look Make Let Left Right Dr Mr Mrs Ms Prof"
)
_NO_NAMES = _STARTERS | word_set(
    "Dear Hello Hi Hey Thanks Thank See Visit Contact Saint Mr Mrs Ms And Or By Of Near Good Ask Tell Although Because"
    " Both Said Says Our New Poor Old Young"
)
_AMBIGUOUS = ("St", "Dr")
_UNMISTAKABLE = ("Ave", "Blvd", "Rd", "Pkwy", "Hwy")
_HOUSE = re.compile(
    r"(?<![\w.,])\d{1,5}[A-Za-z]? (?:[NSEW]\.? |(?:North|South|East|West) )?"
    r"(?:[A-Z][\w’'-]*\.? |\d{1,3}(?:st|nd|rd|th) ){0,3}\Z"
)
_DIRECTION = re.compile(r"(?<=\d )([NSEW])\.? (?=(?:[A-Z]|\d{1,3}(?:st|nd|rd|th)))")
_DIRECTIONS = {"N": "North", "S": "South", "E": "East", "W": "West"}
_HEIRS = {"Jr.": "Junior", "Sr.": "Senior"}
_PARTS = {"Apt": "Apartment", "Ste": "Suite", "Fl": "Floor", "Rm": "Room", "Bldg": "Building"}
_PART = re.compile(rf"(?<!\w)({'|'.join(_PARTS)})\.? ?(?=#?\d|[A-Z](?!\w))")


@cache
def _english(types: frozenset[str]) -> re.Pattern[str]:
    options = "|".join(sorted(types, key=len, reverse=True))
    return re.compile(
        rf"(?<![\w.])(?P<lead>[JS]r\.|[A-Z][\w’'-]*|\d{{1,3}}(?:st|nd|rd|th)) (?P<type>{options})(?P<dot>\.?)(?![\w’'])"
    )


@cache
def _leading(locale: Locale) -> re.Pattern[str] | None:
    keys = sorted(locale.writing.streets, key=len, reverse=True)
    if not keys:
        return None
    return re.compile(
        rf"(?<![\w.])({'|'.join(map(re.escape, keys))})(?=(?P<gap> ?)(?:[^\W\d_a-zà-ÿа-яё]|\d|d[aeiou'’]))"
    )


@cache
def _ends(locale: Locale) -> re.Pattern[str] | None:
    keys = sorted(locale.writing.street_ends, key=len, reverse=True)
    options = "|".join(map(re.escape, keys))
    return re.compile(rf"(?<=[^\W\d_])({options})(?=\W|\Z)") if keys else None


def expand_streets(text: str, locale: Locale) -> str:
    """Short forms of streets written out, in addresses and behind or before names."""
    writing = locale.writing
    if (leading := _leading(locale)) is not None:
        text = leading.sub(lambda m: writing.streets[m[1]] + ("" if m["gap"] or m[1].endswith("-") else " "), text)
    if (ends := _ends(locale)) is not None:
        text = ends.sub(lambda m: _end(m, writing.street_ends[m[1]]), text)
    if not writing.street_types:
        return text
    types = writing.street_types
    pattern = _english(frozenset(types))
    if pattern.search(text):
        text = _DIRECTION.sub(
            lambda m: f"{_DIRECTIONS[m[1]]} " if pattern.search(text[m.end() : m.end() + 60]) else m[0], text
        )
        text = _PART.sub(lambda m: f"{_PARTS[m[1]]} ", text)
    return pattern.sub(lambda m: _street(m, types), text)


def _end(match: Match[str], said: str) -> str:
    after = match.string[match.end() :]
    closes = match[1].endswith(".") and (not after.strip() or after.startswith("\n"))
    return said + ("." if closes else "")


def _street(match: Match[str], types: Mapping[str, str]) -> str:
    text, kind, dot = match.string, match["type"], match["dot"]
    lead = match["lead"]
    start = match.start("type")
    house = lead[0].isdigit() or _HOUSE.search(text[max(0, start - 60) : start]) is not None
    after = text[match.end() :]
    word = re.match(r"[ ]+([^\W\d_][\w’']*)", after)
    starts = word is not None and word[1] in _STARTERS
    ends = not after.strip() or after.startswith("\n")
    apart = ends or after[:1] in ",;:!?)\"'" or starts or (word is not None and word[1][0].islower())
    named = lead[0].isdigit() or lead not in _NO_NAMES
    if kind in _AMBIGUOUS:
        street = house or (bool(dot) and named and apart)
    else:
        street = house or (named and (bool(dot) or kind in _UNMISTAKABLE))
    if not street:
        return match[0]
    stop = dot if ends or starts else ""
    return f"{_HEIRS.get(lead, lead)} {types[kind]}{stop}"
