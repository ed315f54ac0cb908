"""Paces of voices: what each takes for a second of speech that is expected of it."""

import statistics
import threading
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Final

from voice_stack.tts.speaking.checking.expectation import Expectation
from voice_stack.tts.types import VoiceReference

# Sentences of a voice that its pace is the median of, from how many on, and of at least how many seconds.
_REMEMBERED: Final = 25
_ENOUGH: Final = 4
_LONG_ENOUGH_S: Final = 1.0
_VOICES: Final = 512
# Nobody speaks slower or faster than that, whatever was heard.
_SLOWEST, _FASTEST = 1.9, 0.65


@dataclass(frozen=True, slots=True)
class Pace:
    """Pace of a voice.

    Attributes:
        factor: seconds that it takes for an expected one.
        low, high: bounds around that, as factors on it.
        slack_s: seconds that it may take more on top: short words are drawn out.
        known: whether the voice was heard.
    """

    factor: float
    low: float
    high: float
    slack_s: float
    known: bool = False

    def seconds(self, expected: Expectation) -> float:
        """Seconds of speech that the voice should take."""
        return self.factor * expected.speech_s

    def bounds(self, expected: Expectation) -> tuple[float, float]:
        """Seconds of speech that are too short and too long."""
        middle = self.seconds(expected)
        low, high = (self.low, self.high) if expected.sure else (0.75 * self.low, 1.3 * self.high)
        slack_s = self.slack_s * max(1.0, expected.slowness)
        return low * middle - 0.15 * slack_s, high * middle + slack_s


# A voice that was trained on hours of one speaker keeps near the middle; one that imitates a recording may be as slow
# as people are, up to 1.6 in LibriSpeech.
TRAINED: Final = Pace(1.0, 0.62, 1.45, 0.5)
IMITATED: Final = Pace(1.1, 0.55, 1.65, 0.5)
"""Paces of voices that have not been heard yet."""
_KNOWN: Final = (0.7, 1.36, 0.4)


class Paces:
    """Paces of all voices, learnt from the sentences that passed. Thread-safe; kept in memory only."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heard: OrderedDict[tuple[str, ...], deque[float]] = OrderedDict()

    def of(self, engine: str, voice: str | VoiceReference, language: str) -> Pace:
        """The pace of a voice of an engine, in a language."""
        with self._lock:
            heard = self._heard.get(_key(engine, voice, language))
            if heard is not None and len(heard) >= _ENOUGH:
                factor = min(max(statistics.median(heard), _FASTEST), _SLOWEST)
                return Pace(factor, *_KNOWN, known=True)
        return TRAINED if isinstance(voice, str) else IMITATED

    def learn(
        self, engine: str, voice: str | VoiceReference, language: str, expected: Expectation, spoken_s: float
    ) -> None:
        """Take in a sentence that passed."""
        if not expected.sure or expected.speech_s < _LONG_ENOUGH_S:
            return
        with self._lock:
            key = _key(engine, voice, language)
            self._heard.setdefault(key, deque(maxlen=_REMEMBERED)).append(spoken_s / expected.speech_s)
            self._heard.move_to_end(key)
            while len(self._heard) > _VOICES:
                self._heard.popitem(last=False)


def _key(engine: str, voice: str | VoiceReference, language: str) -> tuple[str, ...]:
    return engine, voice if isinstance(voice, str) else voice.sha256, language
