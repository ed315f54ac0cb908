"""What is particular to OpenAI's engine: turns by the window, its own options, its checkpoints."""

import importlib.util
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.asr.engines.conftest import GREEDY, build_engine, joined, segments_of, silence
from voice_stack.asr.engines.base import ASREngine
from voice_stack.asr.types import RecognitionRequest
from voice_stack.audio.clip import AudioClip
from voice_stack.core.errors import CancelledWorkError, EngineUnavailableError

Exact = Callable[[str], AudioClip]
ENGLISH = RecognitionRequest(language="en")

# Not imported to see: that takes seconds in each process that collects the tests.
pytestmark = pytest.mark.skipif(importlib.util.find_spec("whisper") is None, reason="needs the extra `whisper`")


def build(model: Path, **options: Any) -> ASREngine:
    usual = {"options": GREEDY, "model": str(model), "device": "cpu", "threads": 1}
    return build_engine("whisper", **{**usual, **options})


class Windows:
    """Notes whose windows the model decodes, and calls back after the first."""

    def __init__(self, engine: ASREngine, monkeypatch: pytest.MonkeyPatch) -> None:
        self.order: list[str] = []
        self.after_first: Callable[[], object] = lambda: None
        model = engine._whisper  # type: ignore[attr-defined]
        decode = model.decode

        def noting(mel: object, options: object) -> object:
            self.order.append(threading.current_thread().name)
            result = decode(mel, options)
            if len(self.order) == 1:
                self.after_first()
            return result

        monkeypatch.setattr(model, "decode", noting)


def test_two_requests_take_turns_window_by_window(
    openai: ASREngine, exact: Exact, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = joined(exact("en-sentence-1"), silence(70))
    waiting = threading.Event()
    windows = Windows(openai, monkeypatch)

    def run() -> None:
        segments_of(openai, long, ENGLISH)

    with ThreadPoolExecutor(1, "second") as second:
        gate = openai._gate  # type: ignore[attr-defined]

        def start_second() -> None:
            task = second.submit(run)
            while not gate.waiting:
                assert not task.done()
            waiting.set()

        windows.after_first = start_second
        run()
    assert waiting.is_set()
    names = ["second" in name for name in windows.order]
    # The first has two windows or more to go when the second comes: they alternate.
    assert names[:5] == [False, True, False, True, False]


def test_language_is_detected_between_the_windows_of_another_request(
    openai: ASREngine, exact: Exact, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = Windows(openai, monkeypatch)
    seen: list[int] = []

    def detect() -> None:
        openai.detect_language(exact("en-sentence-1"))
        seen.append(len(windows.order))

    with ThreadPoolExecutor(1) as threads:
        gate = openai._gate  # type: ignore[attr-defined]

        def start() -> None:
            threads.submit(detect)
            while not gate.waiting:
                pass

        windows.after_first = start
        segments_of(openai, joined(exact("en-sentence-1"), silence(70)), ENGLISH)
    assert seen[0] < len(windows.order)


def test_stop_ends_the_work_at_the_next_window(
    openai: ASREngine, exact: Exact, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = Windows(openai, monkeypatch)
    stop = threading.Event()
    windows.after_first = stop.set
    clip = joined(exact("en-sentence-1"), silence(70))
    with pytest.raises(CancelledWorkError):
        list(openai.transcribe(clip, ENGLISH, stop).segments)
    assert len(windows.order) == 1
    # The turn was given back.
    assert segments_of(openai, exact("en-sentence-1"), ENGLISH)


def test_giving_way_leaves_the_model_to_others(openai: ASREngine, exact: Exact) -> None:
    languages: list[str] = []

    def next_unit(_: float) -> None:
        languages.append(openai.detect_language(exact("de-sentence-1"))[0].code)

    clip = joined(exact("en-sentence-1"), silence(70))
    list(openai.transcribe(clip, ENGLISH, threading.Event(), next_unit).segments)
    assert len(languages) >= 3
    assert set(languages) == {"de"}
    assert openai.capabilities.concurrency == 1


def test_it_says_that_it_is_not_incremental(openai: ASREngine, tiny_pt: Path) -> None:
    assert not openai.capabilities.incremental
    assert (openai.model, openai.device) == (tiny_pt.stem, "cpu")


def test_absent_gpu_means_the_cpu_with_a_warning(tiny_pt: Path, caplog: pytest.LogCaptureFixture) -> None:
    engine = build(tiny_pt, device="cuda:63")
    assert engine.device == "cpu"
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] == [
        "ASR_DEVICE=cuda:63, but there are 0 usable GPUs: running on the CPU"
    ]
    engine.close()


def test_checkpoint_in_model_dir_is_found_by_its_name(tiny_pt: Path, tmp_path: Path, exact: Exact) -> None:
    (tmp_path / "whisper").mkdir()
    (tmp_path / "whisper" / "mine.pt").symlink_to(tiny_pt)
    engine = build(Path("mine"), model_dir=tmp_path)
    assert engine.model == "mine"
    assert segments_of(engine, exact("en-sentence-1"), ENGLISH)
    engine.close()


def test_damaged_checkpoint_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "broken.pt").write_bytes(b"no checkpoint")
    with pytest.raises(EngineUnavailableError, match="cannot load the model broken"):
        build(tmp_path / "broken.pt")


def test_other_length_penalties_are_brought_into_whispers_range(tiny_pt: Path, exact: Exact) -> None:
    engine = build(tiny_pt, options=GREEDY.model_copy(update={"length_penalty": 1.4}))
    assert segments_of(engine, exact("en-sentence-1"), ENGLISH)
    engine.close()
