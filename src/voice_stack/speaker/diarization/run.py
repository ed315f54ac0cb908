"""One diarization: the sound is heard unit by unit, and the turns told at the end."""

import contextlib
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Final

from voice_stack.audio.source import AudioSource
from voice_stack.serving.answering import Answering
from voice_stack.serving.host import answering
from voice_stack.serving.pool import Leased
from voice_stack.serving.run import EngineRun, Report
from voice_stack.serving.spec import ModelEntry
from voice_stack.serving.work import Work
from voice_stack.speaker.diarization.base import DiarizationEngine
from voice_stack.speaker.diarization.turns import Diarization, SpeakerBounds, Turn
from voice_stack.speaker.encoder import SpeakerEncoder

LeasedDiarizer = Leased[ModelEntry, DiarizationEngine]

UNIT_S: Final = 10.0
"""Seconds of audio that are heard in a turn on the engine."""


@dataclass(frozen=True, slots=True)
class DiarizationReport(Report):
    """Costs of a finished diarization.

    Attributes:
        speakers: that were found.
    """

    speakers: int


class DiarizationRun(EngineRun[Turn, Answering, DiarizationReport]):
    """A diarization under way: iterate it for the turns, which come when all has been heard; then read `diarization`.

    Args:
        stream: the audio, open, at 16,000 Hz.
        leased: the engine, held.
        name: gives the speakers their names.
        work: the seat at the engine; each unit takes a turn.
        on_finished: called once when it has run to its end.
    """

    def __init__(
        self,
        stream: AudioSource,
        leased: LeasedDiarizer,
        encoder: SpeakerEncoder,
        bounds: SpeakerBounds,
        name: Callable[[Diarization], Diarization],
        work: Work,
        on_finished: Callable[[DiarizationReport], None] = lambda report: None,
    ) -> None:
        super().__init__(answering(leased), work, on_finished)
        self.diarization = Diarization((), {}, 0.0)
        self._stream = stream
        self._engine = leased.engine
        self._encoder = encoder
        self._bounds = bounds
        self._name = name

    def keep(self, resource: contextlib.AbstractContextManager[Any]) -> None:
        """Take in what is to be freed with the run."""
        self._seat.keep(resource)

    @property
    def report(self) -> DiarizationReport:
        """Cost so far; of the whole when the run has come to its end."""
        return DiarizationReport(
            engine=self.start.engine,
            model=self.start.model,
            audio_s=self._stream.seconds,
            engine_s=self._seat.busy_s,
            waited_s=self._seat.waited_s,
            speakers=len(self.diarization.speakers),
        )

    def _run(self) -> Generator[Turn]:
        hearing = self._engine.begin(self._encoder, self._bounds)
        done_s = 0.0
        while True:
            clip = self._stream.read(UNIT_S)
            self._check_stop()
            with self._seat.turn(max(0.1, clip.duration), self._ask.observer.begun):
                if not clip.duration:
                    self.diarization = self._name(hearing.finish())
                    break
                hearing.hear(clip)
            done_s += clip.duration
            self._ask.progress(done_s, self._stream.expected_seconds)
        yield from self.diarization.turns
        self._on_finished(self.report)
