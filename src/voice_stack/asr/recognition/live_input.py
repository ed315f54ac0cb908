"""The sound of one live session, as it comes: parted into turns by the voice, or by whoever sends it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.asr.recognition.live import LiveTurn
from voice_stack.asr.recognition.live_turns import TurnChange, TurnDetector, TurnRule, frames_in
from voice_stack.audio.clip import Samples
from voice_stack.audio.resample import Resampler
from voice_stack.audio.speech_stream import FRAME, FRAME_S, SpeechStream
from voice_stack.audio.vad import SAMPLE_RATE

# Sound that is kept while nobody talks, besides what a turn begins with: frames.
_SPARE: Final = frames_in(1.0)


@dataclass(frozen=True, slots=True)
class InputChange:
    """Something that happened in the sound.

    Attributes:
        kind: STARTED: a turn is on; STOPPED: it is over; IDLE: nobody has said anything for long.
        at_ms: in milliseconds from the start of the session's sound: where the turn begins, or how much there is.
        turn: that is meant.
    """

    kind: TurnChange
    at_ms: int
    turn: LiveTurn


class LiveInput:
    """Sound in, turns out. For one thread at a time.

    Args:
        rate: Hz of the sound that comes.
        rule: how turns are told; None: by `commit` alone.
        make: makes a turn.
    """

    def __init__(self, rate: int, rule: TurnRule | None, make: Callable[[], LiveTurn] = LiveTurn) -> None:
        self.turn: LiveTurn | None = None
        self._make = make
        self._rate = rate
        self._resampler = Resampler(rate, SAMPLE_RATE)
        self._speech = SpeechStream()
        self._rest = np.empty(0, np.float32)
        self._detector = TurnDetector(rule or TurnRule())
        self._by_voice = rule is not None
        self._recent: list[tuple[Samples, float]] = []
        self._received_s = 0.0
        self._taken_s = 0.0

    @property
    def received_s(self) -> float:
        """Seconds of sound since the session began."""
        return self._received_s

    @property
    def buffered_s(self) -> float:
        """Seconds of sound since the last turn was over, or the buffer cleared."""
        return self._received_s - self._taken_s

    @property
    def backlog_s(self) -> float:
        """Seconds of sound that wait to be heard, of the turn that is on."""
        return self.turn.window_s if self.turn else 0.0

    def set_rate(self, rate: int) -> None:
        """Sound that comes from now on has another rate."""
        if rate != self._rate:
            self._rate, self._resampler = rate, Resampler(rate, SAMPLE_RATE)

    def set_rule(self, rule: TurnRule | None) -> None:
        """Turns are told otherwise from now on; one that is on goes on."""
        self._by_voice = rule is not None
        self._detector.rule = rule or TurnRule()
        if not self.turn:
            self._detector.reset()

    def append(self, samples: Samples) -> list[InputChange]:
        """More sound: (time,) float32 at the session's rate.

        Raises:
            VadError: voices could not be looked for.
        """
        self._received_s += len(samples) / self._rate
        return self._take(self._resampler.write(samples))

    def commit(self) -> LiveTurn:
        """End the turn here; without one, what there is of sound is one."""
        rest = np.concatenate([self._rest, self._resampler.finish()])
        rest = np.pad(rest, (0, -len(rest) % FRAME))
        self._resampler = Resampler(self._rate, SAMPLE_RATE)
        self._rest = np.empty(0, np.float32)
        turn = self.turn or self._begin()
        turn.feed(rest, self._speech.probabilities(rest))
        return self._end(turn)

    def clear(self) -> None:
        """Forget all sound that is no turn of the past."""
        self.turn = None
        self._resampler = Resampler(self._rate, SAMPLE_RATE)
        self._rest = np.empty(0, np.float32)
        self._recent.clear()
        self._detector.reset()
        self._taken_s = self._received_s

    def _take(self, samples: Samples) -> list[InputChange]:
        samples = np.concatenate([self._rest, samples])
        count = len(samples) // FRAME
        self._rest = samples[count * FRAME :].copy()
        samples = samples[: count * FRAME]
        speech = self._speech.probabilities(samples)
        if self._by_voice:
            return self._part(samples, speech)
        if count:
            (self.turn or self._begin()).feed(samples, speech)
        return []

    def _part(self, samples: Samples, speech: NDArray[np.float32]) -> list[InputChange]:
        changes: list[InputChange] = []
        fed = 0
        for place, probability in enumerate(speech):
            said = self.turn.text if self.turn and self._detector.rule.eagerness else ""
            change = self._detector.step(float(probability), said)
            if self.turn is None:
                frame = samples[place * FRAME : (place + 1) * FRAME]
                self._recent = [*self._recent[-self._kept :], (frame, float(probability))]
                fed = place + 1
            if change is TurnChange.STARTED and self.turn is None:
                lead = self._detector.onset_frames + frames_in(self._detector.rule.prefix_s)
                # What has been looked at and is not of the past: where the turn begins.
                start_s = max(self._taken_s, self._seen_s(speech, place) - min(lead, len(self._recent)) * FRAME_S)
                self._recent = self._recent[-lead:]
                changes.append(InputChange(change, round(start_s * 1000), self._begin()))
            elif change is TurnChange.STOPPED and self.turn is not None:
                self.turn.feed(samples[fed * FRAME : (place + 1) * FRAME], speech[fed : place + 1])
                fed = place + 1
                ended = self._end(self.turn, self._seen_s(speech, place))
                changes.append(InputChange(change, round(self._taken_s * 1000), ended))
            elif change is TurnChange.IDLE and self.turn is None:
                ended = self._end(self._make(), self._seen_s(speech, place))
                changes.append(InputChange(change, round(self._taken_s * 1000), ended))
        if self.turn is not None and fed < len(speech):
            self.turn.feed(samples[fed * FRAME :], speech[fed:])
        return changes

    @property
    def _kept(self) -> int:
        return frames_in(self._detector.rule.prefix_s) + _SPARE

    def _seen_s(self, speech: NDArray[np.float32], place: int) -> float:
        """Seconds of sound up to the end of a frame, of those that are looked at."""
        return self._received_s - (len(speech) - place - 1) * FRAME_S

    def _begin(self) -> LiveTurn:
        self.turn = self._make()
        if self._recent:
            self.turn.feed(
                np.concatenate([samples for samples, _ in self._recent]),
                np.asarray([probability for _, probability in self._recent], np.float32),
            )
            self._recent.clear()
        return self.turn

    def _end(self, turn: LiveTurn, at_s: float | None = None) -> LiveTurn:
        turn.end()
        self.turn = None
        self._detector.reset()
        self._taken_s = self._received_s if at_s is None else at_s
        return turn
