"""Counts with a letter behind them: 5k users, 2.5M views, 1.2B; and letters that are none: 221B, a 4K screen."""

import re
from re import Match

from voice_stack.text.languages.locale import Locale
from voice_stack.text.normalisation.numbers import counted, noun_form, padded, say_number, split_number

_COUNT = r"(?<![\w.,/$€£¥-])(?P<a>\d{1,4}(?:[.,]\d{1,3})?)(?P<gap> ?)(?P<letter>[kKMB])(?![\w²³/+'-]|\.\d)"
_SCREENS = frozenset(
    [
        "tv",
        "tvs",
        "screen",
        "screens",
        "video",
        "videos",
        "monitor",
        "monitors",
        "display",
        "displays",
        "resolution",
        "uhd",
        "footage",
        "camera",
        "cameras",
        "movie",
        "movies",
        "film",
        "films",
        "content",
        "streaming",
        "projector",
        "texture",
        "textures",
        "bildschirm",
        "fernseher",
        "auflösung",
        "écran",
        "televisor",
        "schermo",
        "tela",
        "scherm",
        "ekran",
        "экран",
    ]
)
_RUNS = frozenset(["run", "race", "walk", "jog", "lauf", "course", "carrera", "corsa", "corrida"])
_RESOLUTIONS = frozenset(("2", "4", "5", "6", "8", "12", "16"))


def speak_counts(text: str, locale: Locale) -> str:
    """Letters behind a count as the numbers they stand for. A letter B against whole digits names something, and is
    no byte."""

    def count(match: Match[str]) -> str:
        written, letter, gap = match["a"], match["letter"], match["gap"]
        follow = re.match(r"[ -]([^\W\d_]+)", text[match.end() : match.end() + 24])
        word = follow[1].lower() if follow else ""
        fraction = not written.isdigit()
        if letter == "B" and not fraction:
            return padded(locale, match, f"{say_number(locale, written)} B") if not gap else match[0]
        if gap and fraction and not word and letter == "B":
            return padded(locale, match, f"{say_number(locale, written)} B")
        if gap and (not fraction or not word):
            return match[0]
        if letter in "kK" and (word in _RUNS or (written in _RESOLUTIONS and (letter == "K" or word in _SCREENS))):
            plural = word.endswith("s") and word not in _SCREENS
            if not plural or word in _RUNS:
                return f"{written} {letter}"
        if letter == "M" and not fraction and locale.figures.with_slash and word and not _counted_word(word):
            return match[0]
        return padded(locale, match, _said(locale, re.sub(r"[.,]", locale.decimal, written), letter))

    return re.sub(_COUNT, count, text, flags=locale.flags)


def _counted_word(word: str) -> bool:
    return word.endswith("s") or word in ("people", "in", "of", "and", "or", "per", "a", "by", "for", "more", "last")


def _said(locale: Locale, written: str, letter: str) -> str:
    noun = locale.magnitudes.get(letter)
    if noun is not None:
        return counted(locale, say_number(locale, written, noun), noun_form(locale, written, noun))
    whole, fraction = split_number(locale, written)
    power = {"k": 3, "K": 3, "M": 6, "B": 9}[letter]
    return say_number(locale, str(whole) + fraction.ljust(power, "0"))
