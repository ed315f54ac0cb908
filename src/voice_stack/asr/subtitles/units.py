"""Units of subtitles: parts of a transcript between which there may be a break, each with its times and its speaker."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from voice_stack.asr.subtitles.widths import atoms
from voice_stack.asr.types import Segment, Word


@dataclass(frozen=True, slots=True)
class Unit:
    """A word; of scripts without blanks, a character.

    Attributes:
        text: without white space.
        start, end: seconds, never falling from one unit to the next.
        spaced: whether a blank stands before it.
        speaker: who says it; None where nobody has asked.
        inner: whether it goes on with a word that the unit before it began.
        opens: whether a segment of the engine begins with it.
    """

    text: str
    start: float
    end: float
    spaced: bool = True
    speaker: str | None = None
    inner: bool = False
    opens: bool = False


@dataclass(frozen=True, slots=True)
class _Character:
    """A letter or figure of a segment and its times."""

    start: float
    end: float
    speaker: str | None
    begins: bool
    """A word of the engine begins with it."""


def units_of(segments: Iterable[Segment]) -> list[Unit]:
    """The units of a transcript.

    Times are those of the words where a segment has them and they are its text, whatever their punctuation; elsewhere
    the segment's time is shared out among its letters evenly.
    """
    found: list[Unit] = []
    for segment in segments:
        found += _units(segment)
    return _in_order(found)


def _units(segment: Segment) -> list[Unit]:
    letters = _letters(segment.text)
    times = _timed(segment.words, letters, _speaker(segment)) or _shared_out(segment, len(letters))
    begin = _Character(segment.start, segment.start, _speaker(segment), True)
    found: list[Unit] = []
    place = 0
    last = begin
    for token in segment.text.split():
        for number, atom in enumerate(atoms(token)):
            count = len(_letters(atom))
            if count:
                first, last = times[place], times[place + count - 1]
            else:
                first = last = _Character(last.end, last.end, last.speaker, True)
            found.append(
                Unit(
                    atom,
                    first.start,
                    last.end,
                    spaced=number == 0,
                    speaker=first.speaker,
                    inner=number > 0 and not first.begins,
                    opens=not found,
                )
            )
            place += count
    return found


def _timed(words: Sequence[Word], letters: str, speaker: str | None) -> list[_Character]:
    """Times of a segment's letters by its words; nothing where these are not what it says."""
    if not words or "".join(_letters(word.text) for word in words) != letters:
        return []
    found: list[_Character] = []
    for word in words:
        count = len(_letters(word.text))
        step = max(0.0, word.end - word.start) / count if count else 0.0
        who = _speaker(word) or speaker
        found += [_Character(word.start + n * step, word.start + (n + 1) * step, who, n == 0) for n in range(count)]
    return found


def _shared_out(segment: Segment, count: int) -> list[_Character]:
    step = max(0.0, segment.end - segment.start) / count if count else 0.0
    speaker = _speaker(segment)
    return [_Character(segment.start + n * step, segment.start + (n + 1) * step, speaker, True) for n in range(count)]


def _letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def _speaker(said: Word | Segment) -> str | None:
    """The speaker, where a diarization has told."""
    return getattr(said, "speaker", None)


def _in_order(units: Sequence[Unit]) -> list[Unit]:
    """The units with times that never fall: an engine's may, where it is not sure."""
    found: list[Unit] = []
    latest = 0.0
    for unit in units:
        start = max(latest, unit.start)
        end = max(start, unit.end)
        latest = start
        if (start, end) != (unit.start, unit.end):
            unit = Unit(unit.text, start, end, unit.spaced, unit.speaker, unit.inner, unit.opens)
        found.append(unit)
    return found
