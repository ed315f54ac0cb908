"""The engines that go wrong: one gives an utterance whole, one piece by piece."""

import dataclasses
import threading
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Final, cast

import numpy as np

from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.core.errors import CancelledWorkError, InvalidRequestError
from voice_stack.serving.engine import EngineConfig
from voice_stack.serving.registry import REGISTRY
from voice_stack.serving.spec import Kind
from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.tts.engines.base import TTSCapabilities, TTSEngine
from voice_stack.tts.types import EngineVoice, Utterance

from . import NAME, STREAMING, FaultyOptions, Wrong
from .faults import Mouth, spoiled

Config = EngineConfig[FaultyOptions]

VOICE: Final = "wrong"
_PIECE_S: Final = 0.2


class FaultyEngine(TTSEngine):
    """A real engine whose first attempts at an utterance go wrong. Its only voice is called that: `wrong`.

    Attributes:
        spoken: the utterances that it was given, in order.
        given: pieces that were taken.
        whole: pieces that there were to take.
    """

    name = NAME
    whole_sentences = True
    neural = True
    streams: ClassVar[bool] = False

    def __init__(self, config: Config) -> None:
        self.model = f"{self.name}-1"
        self.device = "cpu"
        self.spoken: list[Utterance] = []
        self.given = self.whole = 0
        self._options = config.options
        spec = REGISTRY.get(Kind.SPEECH, config.options.inner, "TTS_FAULTY_INNER")
        own: EngineConfig[Any] = config
        inner = dataclasses.replace(own, options=spec.options(), model=config.options.inner_model)
        self._inner = cast(TTSEngine, spec.build(inner))
        self.capabilities = TTSCapabilities(
            sample_rate=self._inner.capabilities.sample_rate,
            languages=self.languages(config),
            speed=self._inner.capabilities.speed,
            streaming=self.streams,
            seeded=True,
        )

    @classmethod
    def obstacle(cls, config: Config) -> str | None:
        return None

    @classmethod
    def is_downloaded(cls, config: Config) -> bool:
        return True

    @classmethod
    def languages(cls, config: Config) -> frozenset[str]:
        return frozenset({"en"})

    @classmethod
    def voices(cls, config: Config) -> Sequence[EngineVoice]:
        return [EngineVoice(VOICE, "Wrong", description="A voice that goes wrong on purpose.")]

    def synthesize(self, utterance: Utterance, stop: threading.Event) -> Iterator[AudioClip]:
        if utterance.voice != VOICE:
            raise InvalidRequestError(f"The engine {self.name} has no such voice.", param="voice")
        self.spoken.append(utterance)
        options, rate = self._options, self.capabilities.sample_rate

        def say(text: str, language: str = "en") -> Samples:
            said = Utterance((Pronounced(text),), language, options.inner_voice, utterance.speed)
            clips = [clip.samples for clip in self._inner.synthesize(said, stop)]
            return np.concatenate([np.zeros(0, np.float32), *clips])

        wrong = options.wrong if utterance.attempt < options.attempts else Wrong.NOTHING
        random = np.random.default_rng([options.seed, utterance.attempt, len(utterance.text)])
        sound = spoiled(wrong, utterance.text, Mouth(say, rate, say), random)
        size = round(_PIECE_S * rate) if self.streams else max(1, len(sound))
        self.whole += len(range(0, len(sound), size))
        for start in range(0, len(sound), size):
            if stop.is_set():
                raise CancelledWorkError("The client is gone.")
            self.given += 1
            yield AudioClip(sound[start : start + size], rate)

    def close(self) -> None:
        self._inner.close()


class FaultyStreamEngine(FaultyEngine):
    """The same, in pieces of 200 ms."""

    name = STREAMING
    whole_sentences = False
    streams = True
