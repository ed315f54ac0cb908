"""A seat at an engine for a turn of somebody who talks: units of its audio in, segments out."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Self

from voice_stack.asr.engines.base import LiveStream
from voice_stack.asr.recognition.live import LiveUnit, Wanted
from voice_stack.asr.recognition.run import LeasedRecogniser, RunReport
from voice_stack.asr.types import LanguageGuess, RecognitionRequest, Segment
from voice_stack.serving.answering import Answering
from voice_stack.serving.engine import check_stop
from voice_stack.serving.host import answering
from voice_stack.serving.seat import Seat

# Drafts wait for the ends of turns, other work waits for both.
_DRAFT, _FINAL = 1, 2
# Cost of a stretch's end, in seconds of audio: there may be no sound in it.
_END_S = 0.5


class LiveSeat:
    """Hears one turn, unit by unit, on whatever thread calls. Close it in any case.

    Args:
        leased: the engine, held.
        seat: at the engine; its units go first there.
        request: what every unit is heard with.
        stop: set when nobody waits any more.
        on_finished: called once with the report when it is closed and has heard something.

    Attributes:
        answering: the engine.
        language: that was heard last; None before, and where nothing was said.
        audio_s: seconds of the turn, for the report: set when they are known.
    """

    def __init__(
        self,
        leased: LeasedRecogniser,
        seat: Seat,
        request: RecognitionRequest,
        stop: threading.Event,
        on_finished: Callable[[RunReport], None] = lambda report: None,
    ) -> None:
        self.answering: Answering = answering(leased)
        self.capabilities = leased.engine.capabilities
        self.language: LanguageGuess | None = None
        self._engine = leased.engine
        self._seat = seat
        self._request = request
        self._stop = stop
        self._on_finished = on_finished
        self._stream: LiveStream | None = None
        self.audio_s = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def hear(self, unit: LiveUnit) -> Sequence[Segment]:
        """The segments of a unit, when the engine has its turn for it; of a stream's, those of its whole stretch.

        Raises:
            CancelledWorkError: `stop` was set.
            StartTimeoutError: the first turn was too long in coming.
            EngineError, EngineUnavailableError, UnsupportedError: as the engine.
        """
        if unit.wanted in (Wanted.CHUNK, Wanted.STRETCH):
            return self._hear_stream(unit)
        prompt = " ".join(filter(None, [self._request.prompt, unit.context.strip()]))
        request = replace(self._request, prompt=prompt or None, draft=unit.wanted is Wanted.DRAFT)
        cost_s = self.capabilities.cost_s(unit.clip.duration)
        urgency = _DRAFT if request.draft else _FINAL
        with self._seat.turn(cost_s, lambda: None, urgency=urgency) as turn:
            recognition = self._engine.transcribe(unit.clip, request, self._stop, turn.next_unit)
            segments = list(recognition.segments)
        if segments and recognition.language.probability:
            self.language = recognition.language
        return segments

    def _hear_stream(self, unit: LiveUnit) -> Sequence[Segment]:
        is_last = unit.wanted is Wanted.STRETCH
        cost_s = self.capabilities.cost_s(unit.clip.duration) + (_END_S if is_last else 0.0)
        with self._seat.turn(cost_s, lambda: None, urgency=_FINAL if is_last else _DRAFT) as turn:
            turn.next_unit(cost_s)
            check_stop(self._stop)
            try:
                stream = self._stream = self._stream or self._engine.open_stream(self._request)
                segments = stream.accept(unit.clip.samples)
                if is_last:
                    segments = stream.finish()
            except BaseException:
                self._close_stream()
                raise
            if is_last:
                self._close_stream()
        if segments and stream.language.probability:
            self.language = stream.language
        return segments

    def _close_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def close(self) -> None:
        """Give the seat back. Idempotent."""
        # The engine is still held: a stream is the engine's.
        self._close_stream()
        self._seat.close()
        if self.audio_s:
            report = RunReport(
                engine=self.answering.engine,
                model=self.answering.model,
                audio_s=self.audio_s,
                engine_s=self._seat.busy_s,
                waited_s=self._seat.waited_s,
                speech_s=self.audio_s,
            )
            self.audio_s = 0.0
            self._on_finished(report)
