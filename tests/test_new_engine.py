"""A stranger's engines: a package with an entry point, and no file of ours edited. CONTRIBUTING.md tells the recipe.

The engines are those of `tests/strangers`, installed into a folder as pip would, and once more as engines of ours: a
folder each, and a row.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from openai import OpenAI

from tests.live_server import ROOT, Server, serve_asr, serve_tts
from tests.strangers import STRANGERS, install

HELLO = Path(__file__).parent / "fixtures" / "hello.wav"
HEARD = "second second"  # hello.wav has two whole seconds


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for PYTHONPATH that holds the package as pip leaves it: modules, and metadata with entry points."""
    folder = tmp_path_factory.mktemp("site")
    install(folder)
    return folder


def client(server: Server) -> OpenAI:
    return OpenAI(base_url=server.v1, api_key="unused", max_retries=0)


@pytest.fixture(scope="module")
def asr(installed: Path) -> Iterator[Server]:
    with serve_asr({"PYTHONPATH": str(installed), "ASR_ENGINE": "count"}) as server:
        yield server


@pytest.fixture(scope="module")
def tts(installed: Path) -> Iterator[Server]:
    with serve_tts({"PYTHONPATH": str(installed), "TTS_ENGINE": "noise", "TTS_NOISE_LEVEL": "0.2"}) as server:
        yield server


def command(installed: Path, tmp_path: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """`voice-stack ...`, or another module, with the package installed and nothing of the developer's settings."""
    module = [] if arguments[0] == "-m" else ["-m", "voice_stack.cli.main"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "MODEL_DIR": str(tmp_path / "models")}
    return subprocess.run(
        [sys.executable, *module, *arguments],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(installed), **settings},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_recogniser_serves_and_says_who_answers(asr: Server) -> None:
    answer = client(asr).audio.transcriptions.with_raw_response.create(model="whisper-1", file=HELLO)
    assert answer.parse().text == HEARD
    assert answer.headers["x-voice-stack-engine"] == "count"
    assert answer.headers["x-voice-stack-model"] == "count-1"
    assert "x-voice-stack-fallback" not in answer.headers
    with client(asr).audio.transcriptions.create(model="count-1", file=HELLO, stream=True) as events:
        assert "".join(event.delta for event in events if event.type == "transcript.text.delta") == HEARD


def test_a_voice_serves_and_says_who_answers(tts: Server) -> None:
    answer = client(tts).audio.speech.with_raw_response.create(
        model="tts-1", voice="alloy", input="Hello there.", response_format="pcm"
    )
    assert answer.headers["x-voice-stack-engine"] == "noise"
    assert answer.headers["x-voice-stack-voice"] == "white"
    assert len(answer.content) > 16_000
    voices = httpx.get(f"{tts.v1}/audio/voices").json()["data"]
    assert "white" in {voice["id"] for voice in voices}


def test_they_are_listed_beside_ours(asr: Server, tts: Server) -> None:
    heard = {model["id"]: model for model in httpx.get(f"{asr.v1}/models").json()["data"]}
    assert heard["count-1"]["engine"] == "count"
    assert heard["count-1"]["owned_by"] == "strangers"
    assert "pocketsphinx" in heard
    spoken = {model["id"]: model for model in httpx.get(f"{tts.v1}/models").json()["data"]}
    assert spoken["noise-1"]["engine"] == "noise"
    assert "espeak-ng" in spoken


def test_they_are_scheduled_and_counted(asr: Server, tts: Server) -> None:
    client(asr).audio.transcriptions.create(model="whisper-1", file=HELLO)
    client(tts).audio.speech.create(model="tts-1", voice="alloy", input="Hello.")
    for server, engine, model in ((asr, "count", "count-1"), (tts, "noise", "noise-1")):
        (queue,) = httpx.get(f"{server.url}/health").json()["queue"]["engines"]
        assert (queue["engine"], queue["model"]) == (engine, model)
        assert queue["interactive"]["units"] >= 1
        metrics = httpx.get(f"{server.url}/metrics").text
        service = "asr" if server is asr else "tts"
        labels = rf'\{{engine="{engine}",model="{model}"\}}'
        assert re.search(rf"voice_stack_{service}_audio_seconds_total{labels} [1-9.]", metrics)
        assert re.search(rf'voice_stack_{service}_queue_units_total\{{engine="{engine}",lane="interactive"', metrics)


def test_a_job_of_theirs_is_kept_and_answered(asr: Server) -> None:
    with HELLO.open("rb") as file:
        accepted = httpx.post(
            f"{asr.v1}/audio/transcriptions",
            files={"file": file},
            data={"model": "whisper-1"},
            headers={"prefer": "respond-async, wait=30"},
            timeout=60,
        )
    assert accepted.json()["text"] == HEARD


def test_a_language_that_it_does_not_know_is_refused(asr: Server) -> None:
    with HELLO.open("rb") as file:
        data = {"model": "whisper-1", "language": "de"}
        answer = httpx.post(f"{asr.v1}/audio/transcriptions", files={"file": file}, data=data)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "language"


def test_ours_stands_in_for_theirs(installed: Path) -> None:
    broken = {"PYTHONPATH": str(installed), "ASR_ENGINE": "count", "ASR_COUNT_BROKEN": "true"}
    with serve_asr(broken) as server:
        answer = client(server).audio.transcriptions.with_raw_response.create(model="whisper-1", file=HELLO)
    assert answer.headers["x-voice-stack-engine"] == "moonshine"
    assert "ASR_COUNT_BROKEN" in answer.headers["x-voice-stack-fallback"]


def test_theirs_stands_in_for_ours(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "damaged").mkdir()
    settings = {"ASR_MODEL": str(tmp_path / "damaged"), "ASR_FALLBACK_ENGINES": "count", "ASR_COUNT_WORD": "tick"}
    with serve_asr({"PYTHONPATH": str(installed), **settings}) as server:
        answer = client(server).audio.transcriptions.with_raw_response.create(model="whisper-1", file=HELLO)
    assert answer.parse().text == HEARD.replace("second", "tick")
    assert answer.headers["x-voice-stack-engine"] == "count"
    assert "is no faster-whisper model" in answer.headers["x-voice-stack-fallback"]


def test_a_language_goes_to_theirs(installed: Path) -> None:
    by_language = {"PYTHONPATH": str(installed), "ASR_ENGINE": "pocketsphinx", "ASR_ENGINES_BY_LANGUAGE": "en=count"}
    with serve_asr(by_language) as server:
        for model, engine in (("whisper-1", "count"), ("pocketsphinx", "pocketsphinx")):
            answer = client(server).audio.transcriptions.with_raw_response.create(
                model=model, file=HELLO, language="en"
            )
            assert answer.headers["x-voice-stack-engine"] == engine


def test_it_is_pulled_and_then_installed(installed: Path, tmp_path: Path) -> None:
    listed = command(installed, tmp_path, "models", "list", COLUMNS="200").stdout
    assert not re.search(r"count-1.*yes", listed), "a model that requests may name is on the disk or allowed"
    pulled = command(installed, tmp_path, "models", "pull", "count")
    assert (pulled.returncode, (tmp_path / "models" / "count" / "model.txt").is_file()) == (0, True), pulled.stderr
    listed = command(installed, tmp_path, "models", "list", COLUMNS="200").stdout
    assert re.search(r"count-1 +asr +count +yes", listed)
    assert re.search(r"noise-1 +tts +noise +yes", listed)


def test_its_settings_are_in_the_example_and_shown(installed: Path, tmp_path: Path) -> None:
    example = command(installed, tmp_path, "-m", "voice_stack.cli.env_example").stdout
    assert "# Word that is written for each second.\nASR_COUNT_WORD=second\n" in example
    assert "TTS_NOISE_LEVEL=0.1\n" in example
    told = command(installed, tmp_path, "config", "show", "--json", ASR_COUNT_WORD="tick", ASR_COUNT_WROD="tock")
    shown = {one["variable"]: one for one in json.loads(told.stdout)}
    assert (shown["ASR_COUNT_WORD"]["value"], shown["ASR_COUNT_WORD"]["origin"]) == ("tick", "environment")
    assert "ASR_COUNT_WROD is no setting; is ASR_COUNT_WORD meant?" in told.stderr


def test_an_engine_that_there_is_not_is_told_with_theirs(installed: Path, tmp_path: Path) -> None:
    told = command(installed, tmp_path, "serve", "asr", ASR_ENGINE="cuont")
    assert told.returncode == 2
    assert re.search(r"ASR_ENGINE='cuont'.*count", told.stderr)


def test_a_package_that_does_not_import_is_told_and_left_out(asr: Server) -> None:
    assert "the engine lost of an installed package cannot be imported" in asr.log.read_text()


def test_as_engines_of_ours_they_cost_a_folder_and_a_row_each(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    for tree in (before, after):
        shutil.copytree(ROOT / "src", tree / "src", ignore=shutil.ignore_patterns("__pycache__"))
    package = after / "src" / "voice_stack"
    shutil.copytree(STRANGERS / "count", package / "asr" / "engines" / "count")
    shutil.copytree(STRANGERS / "noise", package / "tts" / "engines" / "noise")
    registry = package / "serving" / "registry.py"
    text = registry.read_text()
    for kind, place in (("RECOGNITION", "asr.engines.count"), ("SPEECH", "tts.engines.noise")):
        text = text.replace(f"Kind.{kind}: (\n", f'Kind.{kind}: (\n        "voice_stack.{place}:ENGINE",\n')
    registry.write_text(text)
    changed = subprocess.run(
        ["git", "diff", "--no-index", "--numstat", "before", "after"], cwd=tmp_path, capture_output=True, text=True
    ).stdout
    edited = [line.split("\t") for line in changed.splitlines() if "/dev/null" not in line]
    print(changed)
    assert [(added, removed) for added, removed, _ in edited] == [("2", "0")], "one file is edited, by two rows"
    assert "registry.py" in edited[0][2]

    ours = {"PYTHONPATH": str(after / "src")}
    with serve_asr({**ours, "ASR_ENGINE": "count"}) as server:
        heard = client(server).audio.transcriptions.with_raw_response.create(model="whisper-1", file=HELLO)
        assert (heard.parse().text, heard.headers["x-voice-stack-engine"]) == (HEARD, "count")
    with serve_tts({**ours, "TTS_ENGINE": "noise"}) as server:
        spoken = client(server).audio.speech.with_raw_response.create(model="tts-1", voice="white", input="Hi.")
        assert spoken.headers["x-voice-stack-engine"] == "noise"
