"""A test signal in the place of a voice: what comes out is known to the sample.

It speaks no word and is never chosen by itself; everything that it answers is labelled `tone`.
"""

import threading
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np

from voice_stack.audio.clip import AudioClip
from voice_stack.core.errors import InvalidRequestError
from voice_stack.language.codes import LANGUAGES
from voice_stack.serving.engine import EngineConfig, check_stop
from voice_stack.tts.engines.base import TTSCapabilities, TTSEngine
from voice_stack.tts.engines.tone import ENGINE_NAME
from voice_stack.tts.types import EngineVoice, Utterance

SAMPLE_RATE: Final = 24_000
CHARACTER_S: Final = 0.06
"""Seconds of tone for a character at speed 1: whole periods of every voice, so that characters join without a seam."""
AMPLITUDE: Final = 0.1713
"""-19 LUFS at 400 Hz, the service's usual loudness: nothing has to be levelled."""
_HERTZ: Final = {"tone": 400, "tone-low": 200, "tone-high": 800}


class ToneEngine(TTSEngine):
    """A sine tone, a clip for each character."""

    name = ENGINE_NAME
    trained = False

    def __init__(self, config: EngineConfig[Any]) -> None:
        self.model = ENGINE_NAME
        self.device = "cpu"
        self.capabilities = TTSCapabilities(
            sample_rate=SAMPLE_RATE,
            languages=self.languages(config),
            speed=(0.25, 4.0),
            streaming=True,
            concurrency=4,
            interruptible=True,
        )

    @classmethod
    def obstacle(cls, config: EngineConfig[Any]) -> str | None:
        return None

    @classmethod
    def is_downloaded(cls, config: EngineConfig[Any]) -> bool:
        return True

    @classmethod
    def languages(cls, config: EngineConfig[Any]) -> frozenset[str]:
        return frozenset(LANGUAGES)

    @classmethod
    def voices(cls, config: EngineConfig[Any]) -> Sequence[EngineVoice]:
        return [EngineVoice(id, f"{hertz} Hz", description="A test signal.") for id, hertz in _HERTZ.items()]

    def synthesize(self, utterance: Utterance, stop: threading.Event) -> Iterator[AudioClip]:
        hertz = _HERTZ.get(utterance.voice) if isinstance(utterance.voice, str) else None
        if hertz is None:
            raise InvalidRequestError("The engine tone has no such voice.", param="voice")
        characters = len(utterance.text)
        edges = np.rint(np.arange(characters + 1) * CHARACTER_S * SAMPLE_RATE / utterance.speed).astype(int)
        for start, end in pairwise(edges.tolist()):
            check_stop(stop)
            phase = 2 * np.pi * hertz / SAMPLE_RATE * np.arange(start, end)
            yield AudioClip((AMPLITUDE * np.sin(phase)).astype(np.float32), SAMPLE_RATE)

    def close(self) -> None:
        """Nothing to free."""
