"""Loaded engines and spoken clips for the engines' tests."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.tiny_whisper.audio import resample
from tests.tiny_whisper.exact import EXACT, render
from tests.tiny_whisper.speak import speak
from voice_stack.asr.engines.base import ASREngine
from voice_stack.asr.engines.faster_whisper import FasterWhisperOptions
from voice_stack.asr.types import RecognitionRequest, Segment
from voice_stack.audio.clip import AudioClip
from voice_stack.serving.engine import EngineConfig, EngineOptions
from voice_stack.serving.registry import REGISTRY
from voice_stack.serving.spec import Kind

RATE = 16_000
# Greedy decoding: the tiny model's clips are exact with it, and openai-whisper takes seconds otherwise.
GREEDY = FasterWhisperOptions(beam_size=1, best_of=1, temperature=(0.0,))

Say = Callable[..., AudioClip]


def build_engine(name: str, options: EngineOptions | None = None, **fields: Any) -> ASREngine:
    """An engine by its name, loaded with these fields of its options and of `EngineConfig`."""
    spec = REGISTRY.get(Kind.RECOGNITION, name, "name")
    own = {field: fields.pop(field) for field in list(fields) if field in spec.options.model_fields}
    engine = spec.build(EngineConfig(options=(options or spec.options()).model_copy(update=own), **fields))
    assert isinstance(engine, ASREngine)
    return engine


def silence(seconds: float) -> AudioClip:
    return AudioClip(np.zeros(round(seconds * RATE), np.float32), RATE)


def joined(*clips: AudioClip) -> AudioClip:
    return AudioClip(np.concatenate([clip.samples for clip in clips]), RATE)


def segments_of(engine: ASREngine, clip: AudioClip, request: RecognitionRequest | None = None) -> list[Segment]:
    return list(engine.transcribe(clip, request or RecognitionRequest(), threading.Event()).segments)


def text_of(engine: ASREngine, clip: AudioClip, request: RecognitionRequest | None = None) -> str:
    return "".join(segment.text for segment in segments_of(engine, clip, request)).strip()


@pytest.fixture(scope="session")
def exact() -> Callable[[str], AudioClip]:
    """A clip of `tests.tiny_whisper.exact` by name, rendered once."""
    clips: dict[str, AudioClip] = {}

    def get(name: str) -> AudioClip:
        if name not in clips:
            clips[name] = AudioClip(render(EXACT[name]).samples, RATE)
        return clips[name]

    return get


@pytest.fixture(scope="session")
def say() -> Say:
    """Synthesised speech: `say("hello", rate_wpm=150)`."""

    def synthesise(text: str, **options: Any) -> AudioClip:
        samples, rate = speak(text, **options)
        return AudioClip(resample(samples, rate), RATE)

    return synthesise


@pytest.fixture(scope="session")
def faster(tiny_ct2: Path) -> Iterator[ASREngine]:
    engine = build_engine("faster-whisper", GREEDY, model=str(tiny_ct2), device="cpu", threads=1, workers=2)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def openai(tiny_pt: Path) -> Iterator[ASREngine]:
    pytest.importorskip("whisper")
    engine = build_engine("whisper", GREEDY, model=str(tiny_pt), device="cpu", threads=1)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def sphinx() -> Iterator[ASREngine]:
    engine = build_engine("pocketsphinx", model="en-us", workers=2)
    yield engine
    engine.close()


@pytest.fixture(scope="session", params=["faster", "openai"])
def whisper_engine(request: pytest.FixtureRequest) -> ASREngine:
    """Each of the two Whisper engines with the tiny model."""
    engine: ASREngine = request.getfixturevalue(request.param)
    return engine
