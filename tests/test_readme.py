"""What the README says is so: its commands run, and the names in it exist."""

import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.e2e.speech import hear
from tests.live_server import ESPEAK, MOONSHINE, ROOT, serve_asr, serve_tts
from tests.node_sdk import MISSING, install_node_sdk
from voice_stack.cli.env_example import OURS, setting_classes
from voice_stack.core.settings import is_secret
from voice_stack.core.settings_report import owned_settings
from voice_stack.serving.spec import Kind

README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
# What moonshine hears of the sample.
HEARD = "The man was walking along the road."
OWNED = list(owned_settings(*setting_classes()))
# The hub library's own variables.
FOREIGN_VARIABLES = {"HF_HUB_OFFLINE", "HF_TOKEN"}


def marked(language: str) -> list[str]:
    """The code blocks of a language that are marked for testing."""
    return re.findall(rf"^<!-- tested -->\n```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


CURL_LINES = [line for block in marked("sh") for line in block.splitlines() if line.startswith("curl ")]
CLI_LINES = [line for block in marked("sh") for line in block.splitlines() if line.startswith(".venv/bin/voice-stack ")]


@dataclass(frozen=True)
class Stack:
    """Both services, and a folder in which the README's lines are run: the repository's tests, and nothing else."""

    asr: str
    tts: str
    folder: Path

    def here(self, text: str) -> str:
        """A line of the README with the addresses of these services."""
        return text.replace("http://localhost:5001", self.asr).replace("http://localhost:5002", self.tts)

    def shell(self, line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", line], cwd=self.folder, capture_output=True, text=True, errors="replace", check=False
        )


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("readme")
    (folder / "tests").symlink_to(ROOT / "tests")
    with serve_asr(MOONSHINE) as asr, serve_tts(ESPEAK) as tts:
        yield Stack(asr.url, tts.url, folder)


def wait_for_result(job: str) -> str:
    """The text of a job, once it is there."""
    deadline = time.monotonic() + 60
    while (answer := httpx.get(f"{job}/result")).status_code == 409 and time.monotonic() < deadline:
        time.sleep(0.1)
    return str(answer.json()["text"])


def test_every_marked_line_is_run_here() -> None:
    lines = [line for block in marked("sh") for line in block.splitlines()]
    assert len(lines) == len(CURL_LINES) + len(CLI_LINES) > 8
    assert README.count("<!-- tested -->") == len(marked("sh")) + len(marked("python")) + len(marked("js"))
    assert len(re.findall(r"^curl ", README, re.MULTILINE)) == len(CURL_LINES)


@pytest.mark.parametrize("line", CURL_LINES)
def test_curl_line_answers(stack: Stack, line: str) -> None:
    assert "http://localhost:5001/" in line or "http://localhost:5002/" in line
    if "@hello.mp3" in line:
        (speech,) = [other for other in CURL_LINES if "-o hello.mp3" in other]
        assert stack.shell(stack.here(speech)).returncode == 0
    done = stack.shell(stack.here(line).replace("curl ", "curl --fail --silent --show-error ", 1))
    assert done.returncode == 0, done.stderr
    if "respond-async" in line:
        assert "202 Accepted" in done.stdout
        address = re.search(r"^location: (\S+)", done.stdout, re.MULTILINE)
        assert address
        assert wait_for_result(stack.asr + address[1]) == HEARD
    elif "hello.wav" in line and "timestamp_granularities" not in line:
        assert HEARD in done.stdout
    if "@hello.mp3" in line:
        # From a robot's mouth to a small recogniser's ear.
        assert set(json.loads(done.stdout)["text"].lower().split()) & set(HEARD.lower().split()) - {"the"}
    if " -i " in line and "respond-async" not in line:
        assert "x-voice-stack-engine: moonshine" in done.stdout
    if line.endswith(("/health", "/status")):
        assert '"version"' in done.stdout
    if "response_format=srt" in line or "output=srt" in line:
        assert done.stdout.startswith("1\n00:00:0")
    if written := re.search(r" -o (\S+)$", line):
        hear((stack.folder / written[1]).read_bytes(), Path(written[1]).suffix[1:])
    if "/load" in line or "/unload" in line:
        assert json.loads(done.stdout)["loaded"] is line.endswith("/load")
    if '"stream_format": "sse"' in line:
        assert "speech.audio.done" in done.stdout
    if line.endswith("/audio/voices"):
        assert '"id":"alloy"' in done.stdout
    if "/normalize" in line:
        assert "five dollars" in json.loads(done.stdout)["text"]


def test_python_snippet_prints_the_transcript_twice_and_speaks(stack: Stack) -> None:
    (snippet,) = marked("python")
    code = stack.here(snippet)
    (stack.folder / "hello.mp3").unlink(missing_ok=True)
    done = subprocess.run([sys.executable, "-c", code], cwd=stack.folder, capture_output=True, text=True, check=False)
    assert done.stdout.count(HEARD) == 2, done.stderr
    assert hear((stack.folder / "hello.mp3").read_bytes(), "mp3").duration > 0.4


@pytest.mark.skipif(MISSING, reason="node and npm are not installed")
def test_node_snippet_prints_the_transcript_and_speaks(stack: Stack) -> None:
    (snippet,) = marked("js")
    # Beside the SDK, where node looks for it.
    script = install_node_sdk() / "readme.mjs"
    script.write_text(stack.here(snippet), encoding="utf-8")
    (stack.folder / "hello.mp3").unlink(missing_ok=True)
    done = subprocess.run(["node", str(script)], cwd=stack.folder, capture_output=True, text=True, check=False)
    assert HEARD in done.stdout, done.stderr
    assert hear((stack.folder / "hello.mp3").read_bytes(), "mp3").duration > 0.4


@pytest.mark.parametrize("line", CLI_LINES)
def test_command_line_works(line: str, tmp_path: Path) -> None:
    (tmp_path / "tests").symlink_to(ROOT / "tests")  # a folder without the repository's .env
    arguments = shlex.split(line)[1:]
    done = subprocess.run(
        [sys.executable, "-m", "voice_stack.cli.main", *arguments],
        cwd=tmp_path,
        env=os.environ | {"ASR_ENGINE": "moonshine", "TTS_ENGINE": "espeak", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    expected = {
        "transcribe": HEARD,
        "models": "pocketsphinx",
        "voices": "alloy",
        "speak": "",
        "provenance": "metadata",
        "evaluate": "wer                0.000",
        "config": "ASR_PORT",
    }
    assert expected[arguments[0]] in done.stdout
    if arguments[0] == "speak":
        assert hear((tmp_path / arguments[-1]).read_bytes(), "wav").duration > 0.4


def test_make_targets_exist() -> None:
    named = set(re.findall(r"\bmake ([a-z-]+)(?=`|$)", README, re.MULTILINE))
    assert {"run", "test", "test-long"} <= named
    defined = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    assert named <= defined


def test_variables_are_settings() -> None:
    named = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", README)) - FOREIGN_VARIABLES
    assert {"ASR_MODEL", "API_KEY_FILE"} <= named
    settings = {name: owned.owner.model_fields[field] for owned in OWNED for field, name in owned.variables.items()}
    files = {f"{name}_FILE" for name, info in settings.items() if is_secret(info)}
    assert named <= settings.keys() | files


@pytest.mark.parametrize("kind", [Kind.RECOGNITION, Kind.SPEECH])
def test_the_table_of_engines_is_the_registry(kind: Kind) -> None:
    variable = {Kind.RECOGNITION: "ASR_ENGINE", Kind.SPEECH: "TTS_ENGINE"}[kind]
    (table,) = re.findall(rf"^\| `{variable}` \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", README, re.MULTILINE)
    told = {row.split("`")[1]: row for row in table.splitlines()}
    # The test signal is nobody's engine.
    specs = {spec.name: spec for spec in OURS.of(kind) if spec.name != "tone"}
    assert list(told) == list(specs), "in the order of their ranks"
    for name, row in told.items():
        licence = specs[name].licence
        terms = row.rstrip(" |").rpartition("|")[2].strip()
        assert terms.startswith(f"{licence.code}; {licence.weights}")
        assert ("non-commercial" in terms) is licence.non_commercial
        extra = re.search(r"voice-stack(\[\w+\])", specs[name].install)
        assert re.findall(r"pip install -e '\.(\[\w+\])'", row) == ([extra[1]] if extra else [])


def test_linked_files_exist() -> None:
    linked = re.findall(r"\]\(([^)#:]+)\)", README)
    assert ".env.example" in linked
    assert not [path for path in linked if not (ROOT / path).exists()]
