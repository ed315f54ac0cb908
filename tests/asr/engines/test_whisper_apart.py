"""Processes with all cores: they hear what the workers hear, films stop for commands, and none outlives the service."""

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
from voice_stack.asr.engines.faster_whisper import loading, ranked
from voice_stack.asr.types import RecognitionRequest, Segment
from voice_stack.audio.clip import AudioClip
from voice_stack.core.devices import CAN_PAUSE_PROCESSES, cores

Exact = Callable[[str], AudioClip]
COMMAND, FILM = 0, 1
PATIENCE_S = 60.0

pytestmark = pytest.mark.skipif(not CAN_PAUSE_PROCESSES or cores() < 2, reason="nothing is computed apart here")


def build(model: Path, **fields: Any) -> Any:
    return build_engine("faster-whisper", GREEDY, model=str(model), device="cpu", workers=0, **fields)


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranked.Lone, "is_quiet", True)


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


def apart_of(engine: Any, rank: int = FILM) -> Any:
    lone = engine._whisper.model._lone
    return lone.films if rank else lone.commands


def started(engine: Any, rank: int = FILM) -> int:
    """The process's id, once it can be called."""
    apart = apart_of(engine, rank)
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


def noted(apart: Any) -> list[str]:
    """The methods that are called of a process from now on."""
    calls: list[str] = []
    call = apart._call

    def noting(method: str, *arguments: Any, **options: Any) -> Any:
        calls.append(method)
        return call(method, *arguments, **options)

    apart._call = noting
    return calls


@pytest.mark.parametrize(
    ("batch_size", "rank"),
    [
        (1, COMMAND),
        (8, FILM),
        pytest.param(1, FILM, marks=pytest.mark.long),
        pytest.param(8, COMMAND, marks=pytest.mark.long),
    ],
)
def test_what_is_heard_apart_is_what_the_workers_hear(
    tiny_ct2: Path, film: AudioClip, batch_size: int, rank: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = build(tiny_ct2, batch_size=batch_size)
    started(engine, rank)
    calls = noted(apart_of(engine, rank))
    monkeypatch.setattr(ranked.Lone, "is_quiet", False)
    expected = heard(engine, film, rank), heard(engine, film, rank, None)
    assert len(expected[0]) > 4
    assert not calls, "others are busy"
    monkeypatch.setattr(ranked.Lone, "is_quiet", True)
    assert (heard(engine, film, rank), heard(engine, film, rank, None)) == expected
    assert set(calls) == {"encode", "detect_language", "generate", "align"}
    assert not apart_of(engine, 1 - rank).running
    engine.close()


def test_second_command_has_a_worker_of_its_own(engine: Any, exact: Exact) -> None:
    started(engine, COMMAND)
    calls = noted(apart_of(engine, COMMAND))
    clip = exact("en-sentence-1")
    with engine._whisper.model.at_work():
        alone = heard(engine, clip, COMMAND)
    assert not calls
    assert heard(engine, clip, COMMAND) == alone
    assert calls


def test_process_for_commands_is_there_from_the_second_on(engine: Any, exact: Exact) -> None:
    heard(engine, exact("en-sentence-1"), COMMAND)
    until(lambda: apart_of(engine, COMMAND).running)
    assert not apart_of(engine, FILM).running


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
    calls = noted(apart_of(engine))
    with caplog.at_level(logging.WARNING, "voice_stack.asr"):
        os.kill(pid, signal.SIGKILL)
        assert heard(engine, film, FILM) == expected
        assert heard(engine, film, FILM) == expected
    assert calls == ["encode"]
    assert "films are computed on workers that share the cores" in caplog.text
    assert apart_of(engine).lost


def test_process_ends_with_its_engine_though_it_stands_still(tiny_ct2: Path) -> None:
    engine = build(tiny_ct2)
    pid = started(engine)
    with apart_of(engine).standing_still():
        until(lambda: state(pid) == "T")
        engine.close()
        until(lambda: not state(pid))


def test_process_ends_when_it_has_nothing_to_do_and_comes_again(
    tiny_ct2: Path, film: AudioClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "_FILMS_IDLE_S", 0.5)
    engine = build(tiny_ct2)
    pid = started(engine)
    until(lambda: not state(pid))
    assert not apart_of(engine).running
    assert not apart_of(engine).lost
    assert started(engine) != pid
    engine.close()


def test_process_ends_with_a_service_that_is_killed(tiny_ct2: Path) -> None:
    program = (
        "import time, sys\n"
        "from pathlib import Path\n"
        "from voice_stack.asr.engines.faster_whisper.apart import WhisperApart\n"
        "apart = WhisperApart('films', Path(sys.argv[1]), {'device': 'cpu'}, lambda: None)\n"
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
    for fields in (
        {"lone_processes": False},
        {"workers": 2},
        {"threads": 1},
        {"compute_type": "float32"},
        {"scarce": True},
    ):
        if fields.pop("scarce", False):
            monkeypatch.setattr(loading, "available_bytes", lambda: 1 << 20)
        chosen: dict[str, Any] = {"workers": 0, **fields}
        engine: Any = build_engine("faster-whisper", model=str(tiny_ct2), device="cpu", **chosen)
        assert engine.capabilities.background == 0
        assert engine.capabilities.concurrency == 2
        assert engine._whisper.model._lone is None
        engine.close()


def test_film_is_computed_here_when_memory_has_become_scarce(
    engine: Any, film: AudioClip, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(loading, "available_bytes", lambda: 1 << 20)
    expected = heard(engine, film, COMMAND)
    with caplog.at_level(logging.WARNING, "voice_stack.asr"):
        assert heard(engine, film, FILM) == expected
        until(lambda: len(caplog.messages) == 2)
        assert heard(engine, film, FILM) == expected
    assert sorted(message.split()[0] for message in caplog.messages) == ["commands", "films"]
    assert all("1 MiB of memory are left" in message for message in caplog.messages)
    assert all("ASR_LONE_PROCESSES=false" in message for message in caplog.messages)


def test_unknown_language_costs_no_further_encoding_where_the_window_is_the_same(
    engine: Any, film: AudioClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranked.Lone, "is_quiet", False)
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
