"""espeak-ng as the voice that is checked: any sentence, at once, on every machine."""

import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from voice_stack.audio.clip import Samples
from voice_stack.serving.engine import EngineConfig, EngineOptions
from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.tts.engines.espeak.engine import EspeakEngine
from voice_stack.tts.speaking.checking.expectation import Timekeeper
from voice_stack.tts.types import Utterance

RATE = 22_050

Say = Callable[..., Samples]


@pytest.fixture(scope="session")
def say() -> Iterator[Say]:
    """`say(text, language="en", speed=1.0)`: (time,) float32 at 22,050 Hz."""
    engine = EspeakEngine(EngineConfig(options=EngineOptions(), workers=1))

    def said(text: str, language: str = "en", speed: float = 1.0) -> Samples:
        utterance = Utterance((Pronounced(text),), language, "default", speed)
        clips = [clip.samples for clip in engine.synthesize(utterance, threading.Event())]
        return np.concatenate([np.zeros(0, np.float32), *clips])

    yield said
    engine.close()


@pytest.fixture(scope="session")
def timekeeper() -> Iterator[Timekeeper]:
    keeper = Timekeeper()
    yield keeper
    keeper.close()
