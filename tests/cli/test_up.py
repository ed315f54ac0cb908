"""`voice-stack up`: starts, says what to try, stops without leaving anything behind."""

import json
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
def running(folder: Path, *names: str, asr: int = 0, tts: int = 0, **settings: str) -> Iterator[subprocess.Popen[str]]:
    ports = {"ASR_PORT": str(asr or free_port()), "TTS_PORT": str(tts or free_port())}
    environment = os.environ | {"ASR_ENGINE": "moonshine", "TTS_ENGINE": "espeak"} | ports | settings
    command = [sys.executable, "-m", "voice_stack.cli.main", "up", *names]
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


def children_in(shown: str) -> list[int]:
    return [int(child) for child in re.findall(r"Started server process \[(\d+)\]", shown)]


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def run_shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", line], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_with_status_0(tmp_path: Path, number: signal.Signals) -> None:
    asr, tts = free_port(), free_port()
    with running(tmp_path, asr=asr, tts=tts) as process:
        shown = read_until(process, "Ctrl-C stops")
        assert f"ASR answers at http://localhost:{asr}" in shown
        assert f"TTS answers at http://localhost:{tts}" in shown
        assert accepts(asr)
        assert accepts(tts)
        children = children_in(shown)
        assert len(children) == 2
        process.send_signal(number)
        assert process.wait(30) == 0
        assert not accepts(asr)
        assert not accepts(tts)
        assert not [child for child in children if Path(f"/proc/{child}").exists()]


def test_every_line_that_it_prints_works(tmp_path: Path) -> None:
    sample = tmp_path / "tests" / "fixtures" / "hello.wav"
    sample.parent.mkdir(parents=True)
    sample.write_bytes((Path(__file__).parents[1] / "fixtures" / "hello.wav").read_bytes())
    with running(tmp_path, API_KEY="a secret") as process:
        shown = read_until(process, "Ctrl-C stops")
        lines = re.findall(r"^  (curl .*)$", shown, re.MULTILINE)
        told = [
            run_shell(line.replace("curl ", "API_KEY='a secret'; curl --fail --silent --show-error ", 1), tmp_path)
            for line in lines
        ]
    assert not [done.stderr for done in told if done.returncode]
    assert "a secret" not in shown
    heard = [done.stdout for line, done in zip(lines, told, strict=True) if "/transcriptions" in line]
    # Three ways to transcribe the sample; the fourth is what was spoken, which Moonshine may not get quite right.
    assert all("walking along the road" in text for text in heard[:3])
    assert json.loads(heard[3])["text"]
    (voices,) = [done.stdout for line, done in zip(lines, told, strict=True) if "/voices" in line]
    assert "alloy" in {voice["id"] for voice in json.loads(voices)["voices"]}
    assert (tmp_path / "hello.mp3").stat().st_size > 5000
    assert (tmp_path / "speech.wav").read_bytes()[:4] == b"RIFF"


def test_recognition_alone_does_not_look_at_the_settings_of_speech(tmp_path: Path) -> None:
    asr, tts = free_port(), free_port()
    with running(tmp_path, "asr", asr=asr, tts=tts, TTS_ENGINE="nothing") as process:
        shown = read_until(process, "Ctrl-C stops")
        assert len(children_in(shown)) == 1
        assert (accepts(asr), accepts(tts)) == (True, False)
    assert "There and back" not in shown
    # There is no sample in this folder, and no key.
    assert "-F file=@recording.mp3 -F model=whisper-1" in shown
    assert "Authorization" not in shown


def test_speech_alone(tmp_path: Path) -> None:
    asr, tts = free_port(), free_port()
    with running(tmp_path, "tts", asr=asr, tts=tts) as process:
        shown = read_until(process, "Ctrl-C stops")
        assert len(children_in(shown)) == 1
        assert (accepts(asr), accepts(tts)) == (False, True)
    assert "There and back" not in shown


@pytest.mark.parametrize("victim", [0, 1])
def test_a_service_that_dies_ends_the_whole(tmp_path: Path, victim: int) -> None:
    with running(tmp_path) as process:
        children = children_in(read_until(process, "Ctrl-C stops"))
        os.kill(children[victim], signal.SIGKILL)
        assert process.wait(30) == 128 + signal.SIGKILL
        assert not [child for child in children if Path(f"/proc/{child}").exists()]
        assert process.stderr is not None
        assert re.search("(ASR|TTS) was killed by SIGKILL", process.stderr.read())


def test_a_service_that_cannot_start_ends_the_whole(tmp_path: Path) -> None:
    voices = tmp_path / "voices"
    voices.mkdir()
    (voices / "openai.yaml").write_text("espeak: {nobody: en}\n", encoding="utf-8")
    tts = free_port()
    with running(tmp_path, tts=tts) as process:
        shown = read_until(process, "TTS ended with status 2; its last lines say why.")
        assert "openai.yaml" in shown
        assert process.wait(30) == 2


@pytest.mark.parametrize("name", ["ASR_PORT", "TTS_PORT"])
def test_a_taken_port_is_named_before_anything_starts(tmp_path: Path, name: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ports = {"ASR_PORT": str(free_port()), "TTS_PORT": str(free_port()), name: str(port)}
        done = voice_stack(tmp_path, "up", **ports)
    assert done.returncode == 1
    assert done.stderr == f"Port {port} is taken. Choose another: {name}=...\n"


def test_one_port_for_two_services_is_refused(tmp_path: Path) -> None:
    port = str(free_port())
    done = voice_stack(tmp_path, "up", ASR_PORT=port, TTS_PORT=port)
    assert done.returncode == 1
    assert done.stderr == f"Port {port} is taken. Choose another: TTS_PORT=...\n"


def test_unknown_service_is_a_usage_error(tmp_path: Path) -> None:
    done = voice_stack(tmp_path, "up", "ocr")
    assert done.returncode == 2
    assert "'asr', 'tts'" in done.stderr
