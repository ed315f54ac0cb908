"""The engine that speaks noise."""

import threading
from collections.abc import Iterator, Sequence

import numpy as np

from voice_stack.audio.clip import AudioClip
from voice_stack.core.errors import CancelledWorkError, InvalidRequestError
from voice_stack.serving.engine import EngineConfig
from voice_stack.tts.engines.base import TTSCapabilities, TTSEngine
from voice_stack.tts.types import EngineVoice, Utterance

from . import NAME, NoiseOptions

_RATE = 16_000
_CHARACTER_S = 0.1

Config = EngineConfig[NoiseOptions]


class NoiseEngine(TTSEngine):
    """White noise, the same for the same text. It says so in all that it answers."""

    name = NAME

    def __init__(self, config: Config) -> None:
        self.model = "noise-1"
        self.device = "cpu"
        self._level = config.options.level
        self.capabilities = TTSCapabilities(sample_rate=_RATE, languages=self.languages(config), streaming=True)

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
        return [EngineVoice("white", "White", description="Noise.")]

    def synthesize(self, utterance: Utterance, stop: threading.Event) -> Iterator[AudioClip]:
        if utterance.voice != "white":
            raise InvalidRequestError("The engine noise has no such voice.", param="voice")
        random = np.random.default_rng(len(utterance.text))
        for _ in utterance.text:
            if stop.is_set():
                raise CancelledWorkError("The client is gone.")
            samples = random.uniform(-self._level, self._level, round(_CHARACTER_S * _RATE))
            yield AudioClip(samples.astype(np.float32), _RATE)

    def close(self) -> None:
        """Nothing to free."""
