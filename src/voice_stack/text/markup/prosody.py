"""Values of SSML's attributes: durations, rates, volumes and the kinds of `say-as`."""

import math
import re

from voice_stack.text.markup.pauses import PARAGRAPH_PAUSE_S, SENTENCE_PAUSE_S
from voice_stack.text.markup.spans import SayAs

MIN_RATE, MAX_RATE = 0.25, 4.0
MAX_GAIN_DB = 12.0

BREAKS_S = {
    "none": 0.0,
    "x-weak": 0.1,
    "weak": SENTENCE_PAUSE_S,
    "medium": 0.4,
    "strong": PARAGRAPH_PAUSE_S,
    "x-strong": 1.2,
}
RATES = {"x-slow": 0.5, "slow": 0.75, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.5}
VOLUMES_DB = {
    "silent": -math.inf,
    "x-soft": -12.0,
    "soft": -6.0,
    "medium": 0.0,
    "default": 0.0,
    "loud": 6.0,
    "x-loud": 12.0,
}
# Emphasis as factor of rate and gain in dB: what is stressed is slower and louder.
EMPHASIS = {"strong": (0.85, 4.0), "moderate": (0.92, 2.0), "none": (1.0, 0.0), "reduced": (1.08, -3.0)}
SAY_AS = {kind.value: kind for kind in SayAs} | {
    "spell-out": SayAs.CHARACTERS,
    "spell": SayAs.CHARACTERS,
    "verbatim": SayAs.CHARACTERS,
    "number": SayAs.CARDINAL,
}

_NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,9})?|\.[0-9]{1,9}"
_DURATION = re.compile(rf"\+?({_NUMBER})(ms|s)")
_PLAIN = re.compile(_NUMBER)
_PERCENT = re.compile(rf"([+-]?)({_NUMBER})%")
_DECIBEL = re.compile(rf"([+-]?(?:{_NUMBER}))db", re.IGNORECASE)


def parse_duration(value: str) -> float | None:
    """Seconds of `500ms`, `1.5s` or `+2s`; None when it is no duration."""
    match = _DURATION.fullmatch(value.strip())
    if match is None:
        return None
    number = float(match.group(1))
    return number / 1000 if match.group(2) == "ms" else number


def parse_rate(value: str) -> float | None:
    """The factor that a rate stands for (`slow`, `80%`, `+20%`, `1.2`); None when it is none."""
    value = value.strip().lower()
    if value in RATES:
        return RATES[value]
    if _PLAIN.fullmatch(value):
        return float(value)
    return _percent(value)


def parse_volume(value: str) -> float | None:
    """The gain in dB that a volume stands for (`loud`, `+6dB`, `-20%`, and 0 to 100 as in SSML 1.0); None when none."""
    value = value.strip().lower()
    if value in VOLUMES_DB:
        return VOLUMES_DB[value]
    if match := _DECIBEL.fullmatch(value):
        return float(match.group(1))
    factor = float(value) / 100 if _PLAIN.fullmatch(value) else _percent(value)
    if factor is None or factor < 0 or (not value.endswith("%") and factor > 1):
        return None
    return 20 * math.log10(factor) if factor > 0 else -math.inf


def _percent(value: str) -> float | None:
    match = _PERCENT.fullmatch(value)
    if match is None:
        return None
    sign, number = match.group(1), float(match.group(2)) / 100
    return {"": number, "+": 1 + number, "-": 1 - number}[sign]
