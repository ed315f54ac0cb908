"""Films computed in a process apart: heard as commands are, stopped for these, and outlived by the service."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from tests.asr.engines.conftest import GREEDY, build_engine, joined, silence
from voice_stack.asr.engines.base import ASREngine
from voice_stack.asr.engines.faster_whisper import loading
from voice_stack.asr.types import RecognitionRequest, Segment
from voice_stack.audio.clip import AudioClip
from voice_stack.core.devices import CAN_PAUSE_PROCESSES

Exact = Callable[[str], AudioClip]
COMMAND, FILM = 0, 1
PATIENCE_S = 60.0

pytestmark = pytest.mark.skipif(not CAN_PAUSE_PROCESSES, reason="no process is computed in apart here")


def build(model: Path, **fields: Any) -> Any:
    return build_engine("faster-whisper", GREEDY, model=str(model), device="cpu", threads=2, workers=0, **fields)


@pytest.fixture
def engine(tiny_ct2: Path) -> Iterator[Any]:
    engine = build(tiny_ct2)
    yield engine
    engine.close()


@pytest.fixture
def film(exact: Exact) -> AudioClip:
    """Three windows."""
    return joined(*[exact("en-sentence-1"), silence(2.0)] * 24).slice(0.0, 85.0)


def heard(engine: ASREngine, clip: AudioClip, rank: int, language: str | None = "en") -> list[Segment]:
    request = RecognitionRequest(language=language, word_timestamps=True)
    return list(engine.transcribe(clip, request, Event(), lambda cost_s: rank).segments)


def apart_of(engine: Any) -> Any:
    return engine._whisper.model._apart


def started(engine: Any) -> int:
    """The process's id, once it can be called."""
    apart = apart_of(engine)
    apart.start().wait(PATIENCE_S)
    return int(apart._process.pid)


def state(pid: int) -> str:
    """The letter of `ps`: T is stopped; empty when there is no such process, or it is only to be reaped."""
    try:
        letter = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""
    return "" if letter in "ZX" else letter


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("batch_size", [1, 8])
def test_film_is_heard_apart_as_a_command_is_here(tiny_ct2: Path, film: AudioClip, batch_size: int) -> None:
    engine = build(tiny_ct2, batch_size=batch_size)
    command = heard(engine, film, COMMAND)
    assert len(command) > 4
    assert not apart_of(engine).running, "no process for a command"
    assert heard(engine, film, FILM) == command
    started(engine)
    calls = []
    call = apart_of(engine)._call
    apart_of(engine)._call = lambda method, *args, **options: calls.append(method) or call(method, *args, **options)
    assert heard(engine, film, FILM, None) == heard(engine, film, COMMAND, None)
    assert set(calls) == {"encode", "detect_language", "generate", "align"}
    engine.close()


def test_short_job_starts_no_process(engine: Any, exact: Exact) -> None:
    assert heard(engine, exact("en-sentence-1"), FILM)
    assert not apart_of(engine).running


def test_film_stands_still_while_a_command_is_computed(engine: Any) -> None:
    pid = started(engine)
    apart = apart_of(engine)
    with apart.standing_still(), apart.standing_still():
        until(lambda: state(pid) == "T")
    until(lambda: state(pid) != "T")


def test_film_goes_on_here_when_its_process_is_killed(
    engine: Any, film: AudioClip, caplog: pytest.LogCaptureFixture
) -> None:
    expected = heard(engine, film, COMMAND)
    pid = started(engine)
    with caplog.at_level(logging.WARNING, "voice_stack.asr"):
        os.kill(pid, signal.SIGKILL)
        assert heard(engine, film, FILM) == expected
        assert heard(engine, film, FILM) == expected
    assert "films are computed apart no longer" in caplog.text
    assert apart_of(engine).lost


def test_process_ends_with_its_engine_though_it_stands_still(tiny_ct2: Path) -> None:
    engine = build(tiny_ct2)
    pid = started(engine)
    with apart_of(engine).standing_still():
        until(lambda: state(pid) == "T")
        engine.close()
        until(lambda: not state(pid))


def test_process_ends_when_it_has_nothing_to_do_and_comes_again(
    engine: Any, film: AudioClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voice_stack.asr.engines.faster_whisper.apart._IDLE_S", 0.2)
    pid = started(engine)
    until(lambda: not state(pid))
    assert heard(engine, film, FILM) == heard(engine, film, COMMAND)
    assert not apart_of(engine).lost


def test_process_ends_with_a_service_that_is_killed(tiny_ct2: Path) -> None:
    program = (
        "import time, sys\n"
        "from pathlib import Path\n"
        "from voice_stack.asr.engines.faster_whisper.apart import WhisperApart\n"
        "apart = WhisperApart(Path(sys.argv[1]), {'device': 'cpu'}, lambda: None)\n"
        "apart.start().wait()\n"
        "with apart.standing_still():\n"
        "    print(apart._process.pid, flush=True)\n"
        "    time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tiny_ct2)], stdout=subprocess.PIPE) as service:
        assert service.stdout is not None
        pid = int(service.stdout.readline())
        until(lambda: state(pid) == "T")
        service.kill()
    until(lambda: not state(pid))


def test_workers_share_the_cores_where_nothing_runs_apart(tiny_ct2: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for fields in ({"batch_apart": False}, {"workers": 2}):
        engine = build_engine("faster-whisper", model=str(tiny_ct2), device="cpu", **{"workers": 0, **fields})
        assert (engine.capabilities.background, apart_of(engine)) == (0, None)
        engine.close()
    monkeypatch.setattr(loading, "available_bytes", lambda: 1 << 20)
    engine = build(tiny_ct2)
    assert (engine.capabilities.background, apart_of(engine)) == (0, None)
    engine.close()


def test_film_is_computed_here_when_memory_has_become_scarce(
    engine: Any, film: AudioClip, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(loading, "available_bytes", lambda: 1 << 20)
    expected = heard(engine, film, COMMAND)
    with caplog.at_level(logging.WARNING, "voice_stack.asr"):
        assert heard(engine, film, FILM) == expected
        until(lambda: bool(caplog.messages))
        assert heard(engine, film, FILM) == expected
    (message,) = caplog.messages
    assert "1 MiB of memory are left" in message
    assert "ASR_BATCH_APART=false" in message


def test_unknown_language_costs_no_further_encoding_where_the_window_is_the_same(
    engine: Any, film: AudioClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[int] = []
    first = engine._whisper.model._first
    encode = first.encode

    def counted(features: Any, **options: Any) -> Any:
        encoded.append(features.shape[0])
        return encode(features, **options)

    monkeypatch.setattr(first, "encode", counted)
    told = heard(engine, film, COMMAND, "en")
    windows = len(encoded)
    assert heard(engine, film, COMMAND, None) == told
    assert len(encoded) == 2 * windows
