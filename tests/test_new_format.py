"""A new format of transcripts and one of speech, by the recipe of CONTRIBUTING.md: one file is edited for each.

The lines that CONTRIBUTING.md shows go into a copy of the sources, which then serves.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.live_server import ESPEAK, MOONSHINE, ROOT, Server, serve_asr, serve_tts
from tests.recipes import additions
from voice_stack.audio.ffmpeg import ffmpeg_path

HELLO = ROOT / "tests" / "fixtures" / "hello.wav"
TRANSCRIPTS = "src/voice_stack/asr/render.py"
SPEECH = "src/voice_stack/audio/formats.py"


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sources as they are, in `before`, and with the recipe's lines, in `after`."""
    folder = tmp_path_factory.mktemp("trees")
    for tree in ("before", "after"):
        shutil.copytree(ROOT / "src", folder / tree / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for addition in additions():
        file = folder / "after" / addition.file
        file.write_text(addition.applied(file.read_text(encoding="utf-8")), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def source(trees: Path) -> dict[str, str]:
    """The environment in which the edited sources are run."""
    return {"PYTHONPATH": str(trees / "after" / "src")}


@pytest.fixture(scope="module")
def asr(source: dict[str, str]) -> Iterator[Server]:
    with serve_asr({**source, **MOONSHINE}) as server:
        yield server


@pytest.fixture(scope="module")
def tts(source: dict[str, str]) -> Iterator[Server]:
    with serve_tts({**source, **ESPEAK}) as server:
        yield server


def command(source: dict[str, str], folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """`voice-stack ...` of the edited sources."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "COLUMNS": "200", **source}
    line = [sys.executable, "-m", "voice_stack.cli.main", *arguments]
    return subprocess.run(line, cwd=folder, env=environment | MOONSHINE | ESPEAK, capture_output=True, check=True)


def test_one_file_is_edited_for_each(trees: Path) -> None:
    line = ["git", "diff", "--no-index", "--numstat", "before", "after"]
    changed = subprocess.run(line, cwd=trees, capture_output=True, text=True, check=False).stdout
    print(changed)
    rows = [row.split("\t") for row in changed.splitlines()]
    assert [removed for _, removed, _ in rows] == ["0", "0"]
    assert sum(int(added) for added, _, _ in rows) < 25
    assert {addition.file for addition in additions()} == {TRANSCRIPTS, SPEECH}


def test_a_transcript_is_answered_in_it(asr: Server) -> None:
    with HELLO.open("rb") as file:
        data = {"model": "whisper-1", "response_format": "mpl2"}
        answer = httpx.post(f"{asr.v1}/audio/transcriptions", files={"file": file}, data=data, timeout=60)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert re.fullmatch(r"\[\d\]\[\d\d\]The man was walking along the road\.\n", answer.text)


def test_bazarr_gets_it(asr: Server) -> None:
    with HELLO.open("rb") as file:
        address = f"{asr.v1}/bazarr/asr?task=transcribe&language=en&output=mpl2"
        answer = httpx.post(address, files={"audio_file": file}, timeout=60)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].endswith('.mpl"')
    assert answer.text.startswith("[")


def test_who_asks_for_none_that_there_is_hears_of_it(asr: Server, tts: Server) -> None:
    with HELLO.open("rb") as file:
        data = {"model": "whisper-1", "response_format": "lyrics"}
        refused = httpx.post(f"{asr.v1}/audio/transcriptions", files={"file": file}, data=data)
    assert refused.status_code == 400
    assert "mpl2" in refused.json()["error"]["message"]
    body = {"model": "tts-1", "voice": "alloy", "input": "Hello.", "response_format": "dolby"}
    refused = httpx.post(f"{tts.v1}/audio/speech", json=body)
    assert refused.status_code == 400
    assert "ac3" in refused.json()["error"]["message"]


def test_speech_is_sent_in_it(tts: Server) -> None:
    body = {"model": "tts-1", "voice": "alloy", "input": "Hello there.", "response_format": "ac3"}
    answer = httpx.post(f"{tts.v1}/audio/speech", json=body, timeout=60)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "audio/ac3"
    line = [
        ffmpeg_path(),
        "-v",
        "error",
        "-f",
        "ac3",
        "-i",
        "pipe:0",
        "-f",
        "s16le",
        "-ar",
        "8000",
        "-ac",
        "1",
        "pipe:1",
    ]
    heard = subprocess.run(line, input=answer.content, capture_output=True, check=True)
    assert not heard.stderr
    assert len(heard.stdout) / 16_000 > 0.5, "half a second, of two bytes a sample"


def test_the_documentation_of_the_api_has_it(asr: Server, tts: Server) -> None:
    assert "mpl2" in httpx.get(f"{asr.url}/openapi.json").raise_for_status().text
    assert "ac3" in httpx.get(f"{tts.url}/openapi.json").raise_for_status().text


def test_the_command_line_knows_it(source: dict[str, str], tmp_path: Path) -> None:
    assert b"mpl2" in command(source, tmp_path, "transcribe", "--help").stdout
    assert b"ac3" in command(source, tmp_path, "speak", "--help").stdout
    command(source, tmp_path, "transcribe", str(HELLO), "--format", "mpl2", "-o", ".")
    assert (tmp_path / "hello.mpl").read_text(encoding="utf-8").endswith("]The man was walking along the road.\n")
    command(source, tmp_path, "speak", "Hello there.", "-o", "hello.ac3")
    assert (tmp_path / "hello.ac3").read_bytes().startswith(b"\x0b\x77")
