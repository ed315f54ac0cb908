"""Words of a transcript given to the speakers of a diarization."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from voice_stack.asr.recognition.checkpoints import TranscriptMemory
from voice_stack.asr.recognition.run import (
    LeasedRecogniser,
    PieceLimits,
    RunReport,
    TranscriptionOptions,
    TranscriptionRun,
)
from voice_stack.asr.types import Segment, Transcript, Word
from voice_stack.audio.source import AudioSource
from voice_stack.serving.work import Work
from voice_stack.speaker.diarization.turns import Diarization, Turn, overlap
from voice_stack.speaker.vectors import Embedding

NOBODY: Final = "unknown"
"""The speaker of words in a recording in which nobody was heard to speak."""


class DiarizedRun(TranscriptionRun):
    """A transcription whose segments say who speaks; a segment in which the speaker changes is parted there.

    The diarization comes first: a name that was given is never taken back.

    Args:
        diarize: hears the whole recording; called when the run is iterated.

    Attributes:
        diarization: who speaks when; empty until the first segment.
    """

    def __init__(
        self,
        options: TranscriptionOptions,
        stream: AudioSource,
        leased: LeasedRecogniser,
        work: Work,
        limits: PieceLimits,
        memory: TranscriptMemory | None,
        on_finished: Callable[[RunReport], None],
        diarize: Callable[[], Diarization],
    ) -> None:
        super().__init__(options, stream, leased, work, limits, memory, on_finished)
        self.diarization = Diarization((), {}, 0.0)
        self._diarize = diarize
        self._spoken: list[Segment] = []

    @property
    def transcript(self) -> Transcript:
        """All that has been recognised so far, by speakers."""
        return replace(super().transcript, segments=tuple(self._spoken))

    @property
    def voices(self) -> Mapping[str, Embedding]:
        return self.diarization.voices

    def _run(self) -> Generator[Segment]:
        self.diarization = self._diarize()
        for segment in super()._run():
            parts = parted(segment, self.diarization.turns)
            self._spoken += parts
            yield from parts


def parted(segment: Segment, turns: Sequence[Turn]) -> list[Segment]:
    """A segment in parts of one speaker each, in order; its texts concatenate to the segment's.

    A word is of the speaker in whose turns most of it lies; of the one before where that is as much, as in overlaps;
    and of the nearest turn where it lies in none. A segment without word times is of one speaker as a whole.

    Args:
        turns: in order of their starts.
    """
    near = _near(segment.start, segment.end, turns)
    if not near:
        return [replace(segment, speaker=NOBODY)]
    if not segment.words:
        return [replace(segment, speaker=_speaker(segment.start, segment.end, near, None))]
    before: str | None = None
    told: list[tuple[str, Word]] = []
    for word in segment.words:
        before = _speaker(word.start, word.end, near, before)
        told.append((before, word))
    groups = [(who, [word for _, word in words]) for who, words in groupby(told, key=lambda one: one[0])]
    if len(groups) == 1:
        return [replace(segment, speaker=groups[0][0])]
    return [
        replace(
            segment,
            start=words[0].start,
            end=max(word.end for word in words),
            text="".join(word.text for word in words),
            words=tuple(words),
            # Tokens are of the whole, and cannot be told by words.
            tokens=segment.tokens if number == 0 else (),
            speaker=who,
        )
        for number, (who, words) in enumerate(groups)
    ]


def _near(start: float, end: float, turns: Sequence[Turn]) -> list[Turn]:
    """The turns that a stretch may belong to: those that it touches, and the nearest before and behind it."""
    touched = [turn for turn in turns if turn.end > start and turn.start < end]
    before = [turn for turn in turns if turn.end <= start]
    behind = [turn for turn in turns if turn.start >= end]
    nearest = [*([max(before, key=lambda turn: turn.end)] if before else []), *behind[:1]]
    return [*touched, *nearest]


def _speaker(start: float, end: float, turns: Sequence[Turn], before: str | None) -> str:
    shares: dict[str, float] = {}
    for turn in turns:
        shares[turn.speaker] = shares.get(turn.speaker, 0.0) + overlap(start, end, turn)
    most = max(shares.values())
    if most <= 0:
        middle = (start + end) / 2
        return min(turns, key=lambda turn: max(turn.start - middle, middle - turn.end)).speaker
    if before is not None and shares.get(before, 0.0) >= most - 1e-6:
        return before
    return max(shares, key=lambda who: shares[who])
