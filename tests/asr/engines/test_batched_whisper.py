"""The real model in micro-batches: every request gets what it gets alone, also when memory is short."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.asr.engines.conftest import GREEDY, build_engine, joined, segments_of, silence
from voice_stack.asr.engines.base import ASREngine
from voice_stack.asr.engines.faster_whisper import FasterWhisperOptions
from voice_stack.asr.types import RecognitionRequest, Segment
from voice_stack.audio.clip import AudioClip
from voice_stack.serving.micro_batches import Call, MicroBatches

Exact = Callable[[str], AudioClip]
WORDS = RecognitionRequest(word_timestamps=True)
BEAM = FasterWhisperOptions(temperature=(0.0,))
# Clips at once; windows in a call.
AT_ONCE = 6


def build(model: Path, **options: Any) -> ASREngine:
    return build_engine("faster-whisper", **{"model": str(model), "device": "cpu", "threads": 1, **options})


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What the device was called for, and with how many windows."""
    seen: list[tuple[str, int]] = []
    compute = MicroBatches.compute

    def watched(self: MicroBatches, key: Any, call: Call, items: Sequence[Any], rank: int = 0) -> list[Any]:
        def counted(group: Sequence[Any]) -> Sequence[Any]:
            seen.append((key if isinstance(key, str) else key[0], len(group)))
            return call(group)

        return compute(self, key, counted, items, rank)

    monkeypatch.setattr(MicroBatches, "compute", watched)
    return seen


def all_at_once(engine: ASREngine, clips: Sequence[tuple[AudioClip, RecognitionRequest]]) -> list[list[Segment]]:
    """The segments of clips that all ask for the device for the first time when all of them are at work."""
    together = threading.Barrier(len(clips))
    thread = threading.local()
    compute = MicroBatches.compute

    def first_together(self: MicroBatches, *args: Any) -> list[Any]:
        if not hasattr(thread, "has_asked"):
            thread.has_asked = True
            together.wait(60)
        return compute(self, *args)

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(len(clips)) as pool:
        patch.setattr(MicroBatches, "compute", first_together)
        return [future.result(120) for future in [pool.submit(segments_of, engine, *pair) for pair in clips]]


def told(segments: Sequence[Segment]) -> list[object]:
    """What does not depend on the order in which a processor adds: texts, tokens and times."""
    return [(s.start, s.end, s.text, s.tokens, s.seek, [(w.text, w.start, w.end) for w in s.words]) for s in segments]


@pytest.fixture
def clips(exact: Exact) -> list[tuple[AudioClip, RecognitionRequest]]:
    """Short ones and one of three windows, in two languages, told and detected, with and without a prompt."""
    long = joined(*[exact("en-sentence-1"), silence(2.0)] * 24)
    assert long.duration > 65
    return [
        (exact("en-sentence-1"), WORDS),
        (exact("de-sentence-1"), RecognitionRequest()),
        (exact("en-sentence-2"), replace(WORDS, prompt="one two three")),
        (long, replace(WORDS, language="en")),
        (exact("en-sentence-3"), RecognitionRequest(language="en")),
        (silence(3.0), RecognitionRequest(language="en")),
    ]


@pytest.mark.parametrize("compute_type", ["float32", "int8"])
@pytest.mark.parametrize("decoding", [GREEDY, BEAM], ids=["greedy", "beam"])
def test_every_clip_gets_the_tokens_that_it_gets_alone(
    tiny_ct2: Path,
    clips: list[tuple[AudioClip, RecognitionRequest]],
    decoding: FasterWhisperOptions,
    compute_type: str,
    calls: list[tuple[str, int]],
) -> None:
    alone = build(tiny_ct2, options=decoding, compute_type=compute_type)
    expected = [segments_of(alone, clip, request) for clip, request in clips]
    alone.close()
    assert {windows for _, windows in calls} == {1}
    calls.clear()
    engine = build(
        tiny_ct2,
        options=decoding,
        compute_type=compute_type,
        workers=1,
        micro_batch_size=AT_ONCE,
        micro_batch_wait_ms=5000,
    )
    assert engine.capabilities.concurrency == AT_ONCE
    found = all_at_once(engine, clips)
    engine.close()
    for one, other in zip(found, expected, strict=True):
        assert told(one) == told(other)
        for got, wanted in zip(one, other, strict=True):
            assert got.avg_logprob == pytest.approx(wanted.avg_logprob, abs=1e-4)
            assert got.no_speech_prob == pytest.approx(wanted.no_speech_prob, abs=1e-4)
    assert max(windows for kind, windows in calls if kind == "encode") >= 3
    assert max(windows for kind, windows in calls if kind == "generate") >= 2


def test_batches_of_one_clip_go_the_same_way(tiny_ct2: Path, exact: Exact, calls: list[tuple[str, int]]) -> None:
    clip = joined(*[exact("en-sentence-1"), silence(2.0)] * 24)
    request = RecognitionRequest(language="en")
    decoding = GREEDY.model_copy(update={"batch_size": 4})
    alone = build(tiny_ct2, options=decoding)
    expected = segments_of(alone, clip, request)
    alone.close()
    engine = build(tiny_ct2, options=decoding, workers=1, micro_batch_size=2)
    assert told(segments_of(engine, clip, request)) == told(expected)
    engine.close()
    assert ("generate", 3) in calls, "its own batch is not torn apart"


# What runs out of memory here is the CPU with CUDA's error in front of it: a real want of memory takes the process down
# (numpy and the threads fail first), and the machine that runs the tests has no GPU.
_ERROR = RuntimeError("CUDA failed with error out of memory")


class Narrow:
    """A loaded model that has memory for so many windows and no more."""

    def __init__(self, whisper: Any, most: int) -> None:
        self._whisper = whisper
        self._most = most

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whisper, name)

    def encode(self, features: Any, to_cpu: bool = False) -> Any:
        self._check(features)
        return self._whisper.encode(features, to_cpu=to_cpu)

    def generate(self, features: Any, prompts: Any, **options: Any) -> Any:
        self._check(features)
        return self._whisper.generate(features, prompts, **options)

    def align(self, features: Any, *args: Any, **options: Any) -> Any:
        self._check(features)
        return self._whisper.align(features, *args, **options)

    def _check(self, features: Any) -> None:
        if features.shape[0] > self._most:
            raise _ERROR


@pytest.fixture
def narrow(tiny_ct2: Path) -> Iterator[Callable[..., ASREngine]]:
    """An engine whose model has memory for `most` windows, and a model on the side if wanted."""
    import ctranslate2

    engines = []

    def make(most: int, *, spare: bool) -> ASREngine:
        engine: Any = build(tiny_ct2, options=GREEDY, workers=1, micro_batch_size=AT_ONCE, micro_batch_wait_ms=5000)
        batched = engine._whisper.model._first
        batched._whisper = Narrow(batched._whisper, most)
        if spare:
            batched._load_spare = lambda: ctranslate2.models.Whisper(str(tiny_ct2), device="cpu", intra_threads=1)
        engines.append(engine)
        return engine  # type: ignore[no-any-return]

    yield make
    for engine in engines:
        engine.close()


@pytest.mark.parametrize(("most", "spare"), [(2, False), (1, False), (0, True)])
def test_nothing_is_lost_for_want_of_memory(
    narrow: Callable[..., ASREngine],
    faster: ASREngine,
    clips: list[tuple[AudioClip, RecognitionRequest]],
    most: int,
    spare: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    clips = [(clip, replace(request, language="en")) for clip, request in clips if request.language == "en"]
    expected = [segments_of(faster, clip, request) for clip, request in clips]
    with caplog.at_level(logging.WARNING, "voice_stack.asr"):
        found = all_at_once(narrow(most, spare=spare), clips)
    assert [told(one) for one in found] == [told(other) for other in expected]
    assert any(f"trying {max(1, most)}" in message for message in caplog.messages)
    assert any("the CPU computes it" in message for message in caplog.messages) == spare
