"""A transcript as subtitles: cleaned, cut, broken to lines, timed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from voice_stack.asr.subtitles.cleaning import Dropped, without_non_speech, without_repetitions
from voice_stack.asr.subtitles.layout import Layout
from voice_stack.asr.subtitles.profiles import Limits, Shape, limits_for
from voice_stack.asr.subtitles.splitting import Stretch, reading_s, stretches
from voice_stack.asr.subtitles.timing import Spoken, times_of
from voice_stack.asr.subtitles.units import Unit, units_of
from voice_stack.asr.subtitles.widths import is_mostly_full_width
from voice_stack.asr.types import Task, Transcript
from voice_stack.text.subtitles import Cue


@dataclass(frozen=True, slots=True)
class Subtitles:
    """Subtitles and what was left out of them."""

    cues: tuple[Cue, ...]
    dropped: tuple[Dropped, ...] = ()


def shaped(transcript: Transcript, shape: Shape) -> Subtitles:
    """The subtitles of a transcript.

    Cues that are over before the beginning, since they were put earlier, are left out.
    """
    if shape.needs_words:
        language = subtitle_language(transcript)
        made = subtitles(units_of(transcript.segments), limits_for(shape, language), language, names=True)
    else:
        made = Subtitles(tuple(Cue(one.start, one.end, one.text, one.speaker or "") for one in transcript.segments))
    if not shape.start_offset:
        return made
    moved = (
        replace(cue, start=max(0.0, cue.start + shape.start_offset), end=cue.end + shape.start_offset)
        for cue in made.cues
    )
    return replace(made, cues=tuple(cue for cue in moved if cue.end > 0))


def subtitles(units: Sequence[Unit], limits: Limits, language: str, *, names: bool = False) -> Subtitles:
    """The subtitles of units that may have speakers.

    Args:
        language: ISO 639-1 code; empty for one that nobody knows.
        names: whether a speaker's name stands where they begin to speak.
    """
    dropped: list[Dropped] = []
    kept = list(units)
    if limits.drop_non_speech:
        kept, gone = without_non_speech(kept)
        dropped += gone
    if limits.drop_repetitions:
        kept, gone = without_repetitions(kept)
        dropped += gone
    if names:
        kept = list(_named(kept))
    layout = Layout(kept, limits, language)
    found = stretches(layout)
    spoken = [
        Spoken(
            kept[one.begin].start,
            max(unit.end for unit in kept[one.begin : one.until]),
            reading_s(layout, one.begin, one.until),
        )
        for one in found
    ]
    cues = tuple(
        Cue(start / 1000, end / 1000, layout.text(one.begin, one.until), lines=_lines(layout, one))
        for one, (start, end) in zip(found, times_of(spoken, limits), strict=True)
    )
    return Subtitles(cues, tuple(dropped))


def subtitle_language(transcript: Transcript) -> str:
    """The language that a transcript is written in; Chinese stands for any that is written in full-width characters
    where nobody knows, and nothing for any other."""
    if transcript.task is Task.TRANSLATE:
        return "en"
    if transcript.language is not None:
        return transcript.language.code
    return "zh" if is_mostly_full_width(segment.text for segment in transcript.segments) else ""


def _named(units: Sequence[Unit]) -> Iterator[Unit]:
    """The units with the name of who speaks before each turn, which is not parted from its first word."""
    speaker = None
    for unit in units:
        if unit.speaker and unit.speaker != speaker:
            name = " ".join(f"{unit.speaker}:".split())
            yield Unit(name, unit.start, unit.start, speaker=unit.speaker, opens=unit.opens)
            unit = replace(unit, inner=True, opens=False, spaced=True)
        speaker = unit.speaker
        yield unit


def _lines(layout: Layout, one: Stretch) -> tuple[str, ...]:
    if not one.change:
        return tuple(layout.lines(one.begin, one.until))
    return layout.dash + layout.text(one.begin, one.change), layout.dash + layout.text(one.change, one.until)
