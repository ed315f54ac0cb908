"""Pauses: marks such as `[pause:1.5s]` or `[pause 500ms]` (no unit: seconds), and those that punctuation asks for."""

import re

from voice_stack.core.errors import InvalidRequestError

# The longest pause that a request may ask for in one place, in seconds.
MAX_PAUSE_S = 10.0

PAUSE_MARK = re.compile(r"\[pause(?::[ ]?|[ ])([0-9]{1,6}(?:[.,][0-9]{1,6})?)[ ]?(ms|s)?\]", re.IGNORECASE)

# A break of SSML in a text that is none.
_BREAK = re.compile(r"<break\b([^<>]{0,100})>", re.IGNORECASE)
_BREAK_TIME = re.compile(r"time\s*=\s*[\"']?\s*\+?([0-9]{1,6}(?:\.[0-9]{1,6})?)\s*(ms|s)\b", re.IGNORECASE)

# Seconds of silence behind a piece of speech, by the character it ends with; on top of what the engine leaves itself.
_NATURAL_S: dict[str, float] = (
    dict.fromkeys(".。｡।॥۔", 0.25)
    | dict.fromkeys("!?！？؟", 0.3)
    | dict.fromkeys("…", 0.4)
    | dict.fromkeys(";:；：؛", 0.2)
    | dict.fromkeys("—–", 0.15)
    | dict.fromkeys(",、，،", 0.1)
)
SENTENCE_PAUSE_S = _NATURAL_S["."]
PARAGRAPH_PAUSE_S = 0.6


def mark_breaks(text: str) -> str:
    """The text with pause marks in the place of SSML's `<break time="1s"/>`; a break without a time is a comma."""

    def mark(match: re.Match[str]) -> str:
        found = _BREAK_TIME.search(match[1])
        return f"[pause:{found[1]}{found[2].lower()}]" if found else ", "

    return _BREAK.sub(mark, text) if "<" in text else text


def natural_pause(mark: str) -> float:
    """Seconds of pause that a punctuation mark asks for; 0 for anything else."""
    return _NATURAL_S.get(mark, 0.0)


def check_pause(seconds: float) -> float:
    """The same number of seconds, when a request may ask for it.

    Raises:
        InvalidRequestError: the pause is longer than MAX_PAUSE_S.
    """
    if seconds > MAX_PAUSE_S:
        raise InvalidRequestError(
            f"A pause of {seconds:g} s is too long: {MAX_PAUSE_S:g} s is the most that one place may have.",
            param="input",
        )
    return seconds


def split_pauses(text: str) -> list[str | float]:
    """Part a text at its pause marks.

    Returns:
        Text and pauses in seconds, in order. Pauses without text between them are added up; white space
        alone does not count as text.

    Raises:
        InvalidRequestError: pauses in one place add up to more than MAX_PAUSE_S.
    """
    return [text[part] if isinstance(part, slice) else part for part in locate_pauses(text)]


def locate_pauses(text: str) -> list[slice | float]:
    """The places of the text between pause marks, and the pauses in seconds; as `split_pauses` otherwise.

    Raises:
        InvalidRequestError: pauses in one place add up to more than MAX_PAUSE_S.
    """
    parts: list[slice | float] = []
    position = 0
    for match in PAUSE_MARK.finditer(text):
        _append_text(parts, text, slice(position, match.start()))
        value = float(match.group(1).replace(",", "."))
        seconds = value / 1000 if (match.group(2) or "s").lower() == "ms" else value
        before = parts[-1] if parts else None
        if isinstance(before, float):
            seconds += before
            parts.pop()
        parts.append(check_pause(seconds))
        position = match.end()
    _append_text(parts, text, slice(position, len(text)))
    return parts


def _append_text(parts: list[slice | float], text: str, place: slice) -> None:
    if text[place].strip():
        parts.append(place)
