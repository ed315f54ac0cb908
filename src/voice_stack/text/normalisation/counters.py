"""Counters and ranks in Chinese and Korean: 两个 and 第二, 두 개 and 제이."""

import re
from functools import cache
from re import Match

from voice_stack.text.languages.locale import Locale

_START = r"(?<![\d.,:/%-])"


@cache
def _ranked(locale: Locale) -> re.Pattern[str] | None:
    words = sorted(locale.writing.ranked, key=len, reverse=True)
    return re.compile(rf"{_START}2(?=(?:{'|'.join(map(re.escape, words))}))") if words else None


@cache
def _hours(locale: Locale) -> re.Pattern[str] | None:
    marks = locale.writing.hour_counters
    return re.compile(rf"{_START}(\d{{1,2}})([{marks}])(?:(\d{{1,2}})(?=分))?(?![\d{marks}])(?!\d)") if marks else None


def speak_counters(text: str, locale: Locale) -> str:
    """Numbers that rank and those of the clock in words, before the counters behind them are looked at."""
    front = locale.writing.rank_front
    if not front or not any(c.isdigit() for c in text):
        return text
    numerals = locale.numerals

    def hour(match: Match[str]) -> str:
        if int(match[1]) > 24 or int(match[3] or 0) > 59:
            return match[0]
        minute = numerals.cardinal(int(match[3])) if match[3] else ""
        zero = locale.clock.zero if match[3] and len(match[3]) == 2 and match[3][0] == "0" and minute else ""
        return f"{numerals.hour(int(match[1]))}{match[2]}{zero}{minute}"

    text = re.sub(rf"([{front}]) ?(\d{{1,6}})(?![\d.,])", lambda m: f"{m[1]}{numerals.cardinal(int(m[2]))}", text)
    if (hours := _hours(locale)) is not None:
        text = hours.sub(hour, text)
        text = re.sub(r"(?<=[点點时時])2(?=分(?!之))", numerals.cardinal(2), text)
    if (ranked := _ranked(locale)) is not None:
        text = ranked.sub(numerals.cardinal(2), text)
    return text
