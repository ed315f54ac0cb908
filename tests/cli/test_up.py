"""`voice-stack up`: starts, says what to try, stops without leaving anything behind."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.test_main import voice_stack
from tests.live_server import free_port


@contextmanager
def running(folder: Path, port: int, **settings: str) -> Iterator[subprocess.Popen[str]]:
    environment = os.environ | {"ASR_ENGINE": "pocketsphinx", "ASR_PORT": str(port)} | settings
    command = [sys.executable, "-m", "voice_stack.cli.main", "up"]
    process = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()


def read_until(process: subprocess.Popen[str], text: str) -> str:
    """What it wrote to stderr, up to and with the line that holds `text`."""
    assert process.stderr is not None
    seen = ""
    for line in process.stderr:
        seen += line
        if text in line:
            return seen
    raise AssertionError(f"ended without {text!r}:\n{seen}")


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_with_status_0(tmp_path: Path, number: signal.Signals) -> None:
    port = free_port()
    with running(tmp_path, port) as process:
        shown = read_until(process, "Ctrl-C stops")
        assert f"curl http://localhost:{port}/v1/audio/transcriptions -F file=@recording.mp3" in shown
        assert accepts(port)
        children = re.findall(r"Started server process \[(\d+)\]", shown)
        assert len(children) == 1
        process.send_signal(number)
        assert process.wait(30) == 0
        assert not accepts(port)
        assert not Path(f"/proc/{children[0]}").exists()


def test_a_service_that_dies_ends_the_whole(tmp_path: Path) -> None:
    with running(tmp_path, free_port()) as process:
        (child,) = re.findall(r"Started server process \[(\d+)\]", read_until(process, "Ctrl-C stops"))
        os.kill(int(child), signal.SIGKILL)
        assert process.wait(30) != 0


def test_the_sample_is_offered_where_it_is(tmp_path: Path) -> None:
    sample = tmp_path / "tests" / "fixtures" / "hello.wav"
    sample.parent.mkdir(parents=True)
    sample.touch()
    with running(tmp_path, free_port(), API_KEY="secret") as process:
        shown = read_until(process, "Ctrl-C stops")
    assert "-F file=@tests/fixtures/hello.wav -F model=whisper-1" in shown
    assert '-H "Authorization: Bearer $API_KEY"' in shown
    assert "secret" not in shown


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = voice_stack(tmp_path, "up", ASR_PORT=str(port))
    assert done.returncode == 1
    assert done.stderr == f"Port {port} is taken. Choose another: ASR_PORT=...\n"
