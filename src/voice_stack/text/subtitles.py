"""Subtitle files: SubRip and WebVTT."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_LINE: Final = "\n"


@dataclass(frozen=True, slots=True)
class Cue:
    """A line of subtitles.

    Attributes:
        start, end: seconds.
        text: of one line; white space in it becomes blanks. A cue without text is left out of files.
        speaker: who says it: `Name: ` before the text, in WebVTT a voice tag; empty for nobody.
        lines: the text broken to lines; empty: it is one.
    """

    start: float
    end: float
    text: str
    speaker: str = ""
    lines: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[str, ...]:
        """Its lines as a file can hold them."""
        return tuple(one_line(line) for line in self.lines or (self.text,))

    @property
    def named(self) -> tuple[str, ...]:
        """The same with the name of who speaks before the first."""
        first, *others = self.shown
        return (f"{one_line(self.speaker)}: {first}" if self.speaker else first, *others)


def srt(cues: Iterable[Cue]) -> str:
    """SubRip: counter from 1, `HH:MM:SS,mmm --> HH:MM:SS,mmm`, text, blank line."""
    lines = (
        f"{number}\n{timestamp(cue.start, ',')} --> {timestamp(cue.end, ',')}\n{_LINE.join(cue.named)}\n\n"
        for number, cue in enumerate(spoken_cues(cues), start=1)
    )
    return "".join(lines)


def vtt(cues: Iterable[Cue]) -> str:
    """WebVTT: the header, then `HH:MM:SS.mmm --> HH:MM:SS.mmm`, text, blank line."""
    lines = (
        f"{timestamp(cue.start, '.')} --> {timestamp(cue.end, '.')}\n{_voiced(cue)}\n\n" for cue in spoken_cues(cues)
    )
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


def _voiced(cue: Cue) -> str:
    text = _escaped(_LINE.join(cue.shown))
    return f"<v {_escaped(one_line(cue.speaker))}>{text}" if cue.speaker else text


def spoken_cues(cues: Iterable[Cue]) -> Iterable[Cue]:
    """The cues that hold a text."""
    return (cue for cue in cues if cue.text.strip())


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
