"""Subtitle files: SubRip and WebVTT."""

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cue:
    """A line of subtitles.

    Attributes:
        start, end: seconds.
        text: of one line; white space in it becomes blanks. A cue without text is left out of files.
        speaker: who says it: `Name: ` before the text in SubRip, a voice tag in WebVTT; empty for nobody.
    """

    start: float
    end: float
    text: str
    speaker: str = ""


def srt(cues: Iterable[Cue]) -> str:
    """SubRip: counter from 1, `HH:MM:SS,mmm --> HH:MM:SS,mmm`, text, blank line."""
    lines = (
        f"{number}\n{timestamp(cue.start, ',')} --> {timestamp(cue.end, ',')}\n{_named(cue)}\n\n"
        for number, cue in enumerate(_spoken(cues), start=1)
    )
    return "".join(lines)


def vtt(cues: Iterable[Cue]) -> str:
    """WebVTT: the header, then `HH:MM:SS.mmm --> HH:MM:SS.mmm`, text, blank line."""
    lines = (f"{timestamp(cue.start, '.')} --> {timestamp(cue.end, '.')}\n{_voiced(cue)}\n\n" for cue in _spoken(cues))
    return "WEBVTT\n\n" + "".join(lines)


def timestamp(seconds: float, decimal_mark: str) -> str:
    """`HH:MM:SS` with milliseconds behind `decimal_mark`; hours have two digits or more."""
    total = milliseconds(seconds)
    hours, rest = divmod(total, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    whole, rest = divmod(rest, 1000)
    return f"{hours:02d}:{minutes:02d}:{whole:02d}{decimal_mark}{rest:03d}"


def milliseconds(seconds: float) -> int:
    """Whole milliseconds, half ones up; none below zero."""
    return max(0, math.floor(seconds * 1000 + 0.5))


def one_line(text: str) -> str:
    """A text as a cue can hold it: a blank line would end the cue, and an arrow would look like a time line."""
    return " ".join(text.split()).replace("-->", "->")


def _named(cue: Cue) -> str:
    return f"{one_line(cue.speaker)}: {one_line(cue.text)}" if cue.speaker else one_line(cue.text)


def _voiced(cue: Cue) -> str:
    text = _escaped(one_line(cue.text))
    return f"<v {_escaped(one_line(cue.speaker))}>{text}" if cue.speaker else text


def _spoken(cues: Iterable[Cue]) -> Iterable[Cue]:
    return (cue for cue in cues if cue.text.strip())


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
