"""Turns of speakers: what a diarization answers, as plain data."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from string import ascii_uppercase
from typing import Final

from voice_stack.speaker.vectors import Embedding

MOST_SPEAKERS: Final = 32
"""Speakers that are told apart in one recording, at most."""


@dataclass(frozen=True, slots=True)
class SpeakerBounds:
    """Bounds of the number of speakers, as far as the client knows it.

    Attributes:
        least, most: 1 to MOST_SPEAKERS; the same where the number is known.

    Raises:
        ValueError: `least` is above `most`, or one of them out of range.
    """

    least: int = 1
    most: int = MOST_SPEAKERS

    def __post_init__(self) -> None:
        if not 1 <= self.least <= self.most <= MOST_SPEAKERS:
            raise ValueError(f"from {self.least} to {self.most} speakers: must be 1 to {MOST_SPEAKERS}, in order")


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch in which one speaker speaks. Turns of different speakers may overlap.

    Attributes:
        start, end: seconds from the start of the recording.
        speaker: name or letter.
        confidence: 0 to 1, that it is this speaker and not another of the recording; None where the engine has none.
    """

    start: float
    end: float
    speaker: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Diarization:
    """Turns of the speakers of a recording.

    Attributes:
        turns: in order of their starts; those of one speaker never overlap.
        voices: of each speaker's voice, by the speaker's name; empty where the engine has none that can be compared.
        duration: seconds of the recording.
    """

    turns: tuple[Turn, ...]
    voices: dict[str, Embedding]
    duration: float

    @property
    def speakers(self) -> tuple[str, ...]:
        """The speakers, in the order in which they are first heard."""
        return tuple(dict.fromkeys(turn.speaker for turn in self.turns))

    def named(self, names: dict[str, str]) -> "Diarization":
        """The same with other names, where there are some."""
        turns = tuple(replace(turn, speaker=names.get(turn.speaker, turn.speaker)) for turn in self.turns)
        return replace(self, turns=turns, voices={names.get(who, who): voice for who, voice in self.voices.items()})


def lettered(turns: Sequence[Turn]) -> dict[str, str]:
    """Letters for the speakers of turns, in the order in which they are first heard: A ... Z, AA, AB ..."""
    found = dict.fromkeys(turn.speaker for turn in sorted(turns, key=lambda turn: (turn.start, turn.end)))
    return {speaker: letters(number) for number, speaker in enumerate(found)}


def letters(number: int) -> str:
    """The name of a speaker by number, from 0: A ... Z, AA, AB ..."""
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, len(ascii_uppercase))
        text = ascii_uppercase[rest] + text
    return text


def overlap(start: float, end: float, turn: Turn) -> float:
    """Seconds that a stretch has in common with a turn."""
    return max(0.0, min(end, turn.end) - max(start, turn.start))
