"""Two copies of the model: films are computed by threads of low priority, and say what they would have said."""

import logging
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.asr.engines.conftest import GREEDY, build_engine, joined, silence
from voice_stack.asr.engines.base import ASREngine
from voice_stack.asr.engines.faster_whisper import loading
from voice_stack.asr.types import RecognitionRequest, Segment
from voice_stack.audio.clip import AudioClip
from voice_stack.core.devices import CAN_LOWER_PRIORITY, LOW_PRIORITY

Exact = Callable[[str], AudioClip]
COMMAND, FILM = 0, 1

pytestmark = pytest.mark.skipif(not CAN_LOWER_PRIORITY, reason="threads have no priorities here")


@pytest.fixture
def engine(tiny_ct2: Path) -> Iterator[ASREngine]:
    engine = build_engine("faster-whisper", GREEDY, model=str(tiny_ct2), device="cpu", threads=2)
    yield engine
    engine.close()


def heard(engine: ASREngine, clip: AudioClip, rank: int, language: str | None = "en") -> list[Segment]:
    request = RecognitionRequest(language=language, word_timestamps=True)
    return list(engine.transcribe(clip, request, threading.Event(), lambda cost_s: rank).segments)


def niceness() -> list[int]:
    """That of all threads of this process."""
    return [os.getpriority(os.PRIO_PROCESS, int(thread.name)) for thread in Path("/proc/self/task").iterdir()]


def test_film_is_heard_as_a_command_is_by_threads_of_low_priority(engine: ASREngine, exact: Exact) -> None:
    low = min(19, os.getpriority(os.PRIO_PROCESS, 0) + LOW_PRIORITY)
    clip = joined(*[exact("en-sentence-1"), silence(2.0)] * 12)
    assert clip.duration > 31
    before = niceness().count(low)
    command = heard(engine, clip, COMMAND)
    assert niceness().count(low) == before, "no second copy is loaded for a command"
    assert heard(engine, clip, FILM) == command
    assert niceness().count(low) >= before + 2, "a worker and its helper"
    assert heard(engine, clip, COMMAND) == command


def test_film_takes_the_one_copy_where_there_is_no_memory_for_two(
    engine: ASREngine, exact: Exact, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(loading, "available_bytes", lambda: 1 << 20)
    expected = heard(engine, exact("en-sentence-1"), COMMAND)
    with caplog.at_level(logging.WARNING, "voice_stack.asr"):
        assert heard(engine, exact("en-sentence-1"), FILM) == expected
        assert heard(engine, exact("en-sentence-1"), FILM) == expected
    (message,) = caplog.messages
    assert "1 MiB of memory are left" in message
    assert "ASR_LOW_PRIORITY_BATCH=false" in message


def test_without_a_second_copy_films_and_commands_take_turns(tiny_ct2: Path) -> None:
    for wanted in (True, False):
        engine = build_engine("faster-whisper", model=str(tiny_ct2), device="cpu", low_priority_batch=wanted)
        assert bool(engine.capabilities.background) == wanted
        assert engine.capabilities.concurrency >= 1
        engine.close()


@pytest.mark.parametrize("seconds", [0.0, 40.0])
def test_unknown_language_costs_no_further_encoding(
    engine: Any, exact: Exact, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = joined(exact("en-sentence-1"), silence(seconds), exact("en-sentence-1"))
    encoded: list[int] = []
    first = engine._whisper.model._first
    encode = first.encode

    def counted(features: Any, **options: Any) -> Any:
        encoded.append(features.shape[0])
        return encode(features, **options)

    monkeypatch.setattr(first, "encode", counted)
    told = heard(engine, clip, COMMAND, "en")
    windows = len(encoded)
    assert heard(engine, clip, COMMAND, None) == told
    assert len(encoded) == 2 * windows
