"""Profiles of subtitles: the numbers of a house that publishes its rules, each of which may be set otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf
from typing import Any, Final


class Profile(StrEnum):
    """Rules of subtitles, by the house that they are from."""

    NONE = "none"
    """A subtitle is a segment, as the engine heard it."""
    NETFLIX = "netflix"
    NETFLIX_KIDS = "netflix-kids"
    BBC = "bbc"


@dataclass(frozen=True, slots=True)
class Limits:
    """Numbers that subtitles keep to, as far as the words allow it. Lengths of time in seconds.

    Attributes:
        max_line_width: characters of a line. Of Chinese, Japanese and Korean a full-width character is one and any
            other a half; elsewhere a full-width one is two. A longer word has a line of its own.
        max_line_count: lines of a subtitle.
        max_cps: characters a second, counted as widths are; blanks count.
        max_wpm: words a minute; two full-width characters are a word.
        min_duration: shortest time that a subtitle is shown, where the next one leaves that much.
        max_duration: longest.
        min_gap: time between two subtitles.
        close_gap: a shorter gap is closed to `min_gap`.
        max_gap: a pause that always ends a subtitle.
        drop_non_speech: leave out what is no speech: `[Music]`, `(applause)`, notes without words, credits that
            recognisers make up.
        drop_repetitions: leave out all but the first of what is repeated as nobody speaks.
        dialogue_dashes: show a short exchange of two speakers together, a line and a dash each.
        keep_segments: whether a subtitle ends where the engine's segment ends.
    """

    max_line_width: float = inf
    max_line_count: int = 1_000
    max_cps: float = inf
    max_wpm: float = inf
    min_duration: float = 0.0
    max_duration: float = inf
    min_gap: float = 0.0
    close_gap: float = 0.0
    max_gap: float = inf
    drop_non_speech: bool = False
    drop_repetitions: bool = False
    dialogue_dashes: bool = False
    keep_segments: bool = True


_FRAME_S: Final = 1 / 24
_READABLE: Final = Limits(
    max_line_count=2,
    max_duration=7.0,
    min_gap=2 * _FRAME_S,
    close_gap=0.5,
    max_gap=2.0,
    drop_non_speech=True,
    drop_repetitions=True,
    dialogue_dashes=True,
    keep_segments=False,
)
_NETFLIX: Final = replace(_READABLE, max_line_width=42, max_cps=20, min_duration=20 * _FRAME_S)

# Netflix's guides for English (SDH: what is spoken, in its own language); the BBC's guidelines: 37 characters of its
# fixed-width line, 160 to 180 words a minute, 0.3 s a word and no subtitle below about a second.
LIMITS: Final[Mapping[Profile, Limits]] = {
    Profile.NONE: Limits(),
    Profile.NETFLIX: _NETFLIX,
    Profile.NETFLIX_KIDS: replace(_NETFLIX, max_cps=17),
    Profile.BBC: replace(_READABLE, max_line_width=37, max_wpm=180, min_duration=1.0, max_gap=1.5),
}

# Netflix's guides for these languages: characters of a line, and a second for adults and children. For Japanese it has
# 13 and 4 where a text is translated and shortened, which is not done here; 16 and 7 are those of SDH.
_NETFLIX_WIDE: Final[Mapping[str, tuple[float, float, float]]] = {
    "zh": (16, 9, 7),
    "yue": (16, 9, 7),
    "ja": (16, 7, 7),
    "ko": (16, 12, 9),
}
# The BBC has no rule for them: its line is as wide.
_BBC_WIDE_LINE: Final = 18

FULL_WIDTH: Final = frozenset(_NETFLIX_WIDE)
"""Languages whose characters are counted by full-width ones."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The subtitles that a request asks for.

    Attributes:
        numbers: fields of `Limits` that are set otherwise than the profile has them.
        start_offset: seconds that all times are put off by; below zero: earlier.
    """

    profile: Profile = Profile.NONE
    numbers: tuple[tuple[str, Any], ...] = ()
    start_offset: float = 0.0

    @property
    def is_plain(self) -> bool:
        """True for segments as they are."""
        return self.profile is Profile.NONE and not self.numbers and not self.start_offset

    @property
    def needs_words(self) -> bool:
        """True where word times make better subtitles: where something may be split."""
        return self.profile is not Profile.NONE or bool(self.numbers)


PLAIN: Final = Shape()
"""Segments as they are."""


def limits_for(shape: Shape, language: str) -> Limits:
    """The limits of a request's subtitles in a language.

    Args:
        language: ISO 639-1 or Whisper code; empty for one that nobody knows.
    """
    limits = LIMITS[shape.profile]
    if language in FULL_WIDTH:
        width, cps, kids_cps = _NETFLIX_WIDE[language]
        if shape.profile is Profile.NETFLIX:
            limits = replace(limits, max_line_width=width, max_cps=cps)
        elif shape.profile is Profile.NETFLIX_KIDS:
            limits = replace(limits, max_line_width=width, max_cps=kids_cps)
        elif shape.profile is Profile.BBC:
            limits = replace(limits, max_line_width=_BBC_WIDE_LINE)
    return replace(limits, **dict(shape.numbers))
