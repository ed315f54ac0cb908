"""Attempts at the units of one speech, until each passes its check."""

import contextlib
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import numpy as np

from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.serving.run import as_generator
from voice_stack.tts.engines.base import TTSEngine
from voice_stack.tts.speaking.checking.checker import NEAR, WIDE, Judged, SpeechChecker, Subject
from voice_stack.tts.speaking.checking.faults import Fault, Verdict
from voice_stack.tts.speaking.checking.report import CheckReport, Outcome, Tally
from voice_stack.tts.types import Utterance

logger = logging.getLogger("voice_stack.tts")

T = TypeVar("T")

# What nobody hears, as a peak.
_SILENT: Final = 10 ** (-46 / 20)
# Of a sound that is cut off where it is loud.
_FADE_S: Final = 0.02


@dataclass(frozen=True, slots=True)
class _Attempt:
    """The sound of an attempt and what is wrong with it."""

    clips: list[AudioClip]
    verdict: Verdict


class CheckedSpeech:
    """The units of one speech, checked. Used by the run's thread.

    A unit is spoken whole and judged; one that fails is cut at its end, or spoken again as often as the settings allow
    where the engine says it differently each time. Each attempt takes a turn on the engine like a unit of its own.

    The first unit of speech that somebody waits for is not kept back: where the engine streams, it leaves as it comes,
    but for the last half second or so behind its first piece, which is enough to cut off a tail; sound beyond any
    length that the text could take is not even waited for. Where the engine gives whole sentences, there is time for
    as many further attempts as the settings' milliseconds hold.

    Args:
        take: gives an utterance's clips as the engine speaks them, in a turn.
        waited_for: whether somebody hears the first unit before the next is there.
    """

    def __init__(
        self,
        checker: SpeechChecker,
        engine: TTSEngine,
        take: Callable[[Utterance], Iterator[AudioClip]],
        *,
        waited_for: bool,
    ) -> None:
        self._checker = checker
        self._engine = engine
        self._take = take
        self._rate = engine.capabilities.sample_rate
        self._budget_s = checker.options.first_ms / 1000
        self._is_first = waited_for
        self._tally = Tally()

    @property
    def report(self) -> CheckReport:
        """Checks so far, and their ends."""
        return self._tally.report

    def speak(self, utterance: Utterance) -> Iterator[AudioClip]:
        """The clips of an utterance that may leave."""
        if not self._checker.applies(self._engine):
            yield from self._take(utterance)
            return
        subject = self._timed(lambda: self._checker.subject(self._engine, utterance))
        is_first, self._is_first = self._is_first, False
        if is_first and self._engine.capabilities.streaming and not self._engine.whole_sentences:
            yield from self._streamed(subject)
        else:
            yield from self._whole(subject, self._budget_s if is_first else None)

    def _whole(self, subject: Subject, budget_s: float | None, failed: _Attempt | None = None) -> list[AudioClip]:
        """The best of several attempts.

        Args:
            budget_s: seconds that attempts behind the first may take, and the wait for a recogniser; None: any.
            failed: the first attempt, where that was made already.
        """
        attempts: list[_Attempt] = [failed] if failed else []
        retries = self._checker.options.retries if self._engine.capabilities.seeded else 0
        deadline: float | None = None
        patience_s = budget_s
        while len(attempts) <= retries:
            begun = time.monotonic()
            if attempts:
                self._tally.retries += 1
            clips = self._collected(subject, len(attempts))
            now = time.monotonic()
            if budget_s is not None:
                deadline = deadline or now + budget_s
            patience_s = None if deadline is None else max(0.0, deadline - now)
            sound = _joined(clips)
            judged = self._judge(subject, sound, patience_s)
            if judged.verdict.passed:
                self._tally.unheard += judged.unheard
                self._tally.add(Outcome.RETRIED if attempts else Outcome.PASSED)
                return clips
            trimmed = self._trimmed(subject, judged.verdict, sound, NEAR, patience_s)
            if trimmed is not None:
                return trimmed
            attempts.append(_Attempt(clips, judged.verdict))
            if deadline is not None and time.monotonic() + (now - begun) > deadline:
                break
        for attempt in attempts if self._engine.capabilities.seeded else ():
            trimmed = self._trimmed(subject, attempt.verdict, _joined(attempt.clips), WIDE, patience_s)
            if trimmed is not None:
                return trimmed
        best = min(attempts, key=lambda attempt: attempt.verdict.badness)
        self._accept(best.verdict, len(attempts))
        return best.clips

    def _collected(self, subject: Subject, attempt: int) -> list[AudioClip]:
        """The clips of an attempt; of one that talks on and on, as many as show that."""
        longest = self._longest(subject)
        taken: list[AudioClip] = []
        with contextlib.closing(as_generator(self._take(replace(subject.utterance, attempt=attempt)))) as clips:
            for clip in clips:
                taken.append(clip)
                longest -= len(clip.samples)
                if longest < 0:
                    break
        return taken

    def _longest(self, subject: Subject) -> float:
        """Samples after which an utterance has gone wrong."""
        return self._checker.longest_s(subject) * self._rate if subject.expected.speech_s else math.inf

    def _streamed(self, subject: Subject) -> Iterator[AudioClip]:
        """The clips of an utterance as they come, but for what is held back behind the first."""
        longest = self._longest(subject)
        hold = round(self._budget_s * self._rate)
        taken: list[AudioClip] = []
        held: deque[AudioClip] = deque()
        spoken = left = 0
        with contextlib.closing(as_generator(self._take(subject.utterance))) as clips:
            for clip in clips:
                taken.append(clip)
                held.append(clip)
                spoken += len(clip.samples)
                if spoken > longest:
                    break  # it talks on and on: nobody has to hear it to its end
                # Silence before the first sound is cut off anyway, so nobody waits for it.
                if not left and np.abs(clip.samples).max(initial=0.0) < _SILENT:
                    continue
                keep = hold if left else 0
                while held and spoken - left - len(held[0].samples) >= keep:
                    left += len(held[0].samples)
                    yield held.popleft()
        sound = _joined(taken)
        judged = self._judge(subject, sound, self._budget_s)
        if judged.verdict.passed:
            self._tally.unheard += judged.unheard
            self._tally.add(Outcome.PASSED)
            yield from held
            return
        end = self._end(subject, judged.verdict, sound, WIDE, self._budget_s)
        if end is not None and end >= left:
            self._tally.add(Outcome.TRIMMED)
            yield AudioClip(sound[left:end], self._rate)
        elif not left:
            yield from self._whole(subject, self._budget_s, _Attempt(taken, judged.verdict))
        else:
            # What has left is heard; of the rest nothing more, where that is what was too much.
            self._accept(judged.verdict, 1)
            if Fault.LONG in judged.verdict.faults or end is not None:
                yield AudioClip(_faded(_joined(held), self._rate), self._rate)
            else:
                yield from held

    def _judge(self, subject: Subject, sound: Samples, patience_s: float | None) -> Judged:
        judged = self._timed(lambda: self._checker.judge(subject, sound, self._rate, patience_s))
        self._tally.find(judged.verdict.faults)
        return judged

    def _trimmed(
        self, subject: Subject, found: Verdict, sound: Samples, tolerance: float, patience_s: float | None
    ) -> list[AudioClip] | None:
        """The sound without what comes after the sentence, where cutting that off heals it."""
        end = self._end(subject, found, sound, tolerance, patience_s)
        if end is None:
            return None
        self._tally.add(Outcome.TRIMMED)
        return [AudioClip(sound[:end], self._rate)]

    def _end(
        self, subject: Subject, found: Verdict, sound: Samples, tolerance: float, patience_s: float | None
    ) -> int | None:
        """The sample behind which cutting heals it."""

        def look() -> int | None:
            return self._checker.trimmed(subject, found, sound, self._rate, tolerance=tolerance, patience_s=patience_s)

        return self._timed(look)

    def _accept(self, verdict: Verdict, attempts: int) -> None:
        self._tally.add(Outcome.ACCEPTED, verdict.faults)
        facts = {"faults": list(verdict.faults), "attempts": attempts, "engine": self._engine.name}
        what = ", ".join(verdict.faults)
        logger.warning("a sentence is accepted with %s after attempts: %d", what, attempts, extra=facts)

    def _timed(self, work: Callable[[], T]) -> T:
        begun = time.monotonic()
        try:
            return work()
        finally:
            self._tally.seconds += time.monotonic() - begun


def _joined(clips: Iterable[AudioClip]) -> Samples:
    return np.concatenate([np.zeros(0, np.float32), *(clip.samples for clip in clips)])


def _faded(samples: Samples, rate: int) -> Samples:
    """The first moment of a sound, going down to nothing."""
    short = samples[: round(_FADE_S * rate)]
    return short * np.linspace(1, 0, len(short), dtype=np.float32)
