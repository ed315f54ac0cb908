"""What the README says is so: its commands run, and the names in it exist."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live_server import POCKETSPHINX, ROOT, serve_asr
from tests.node_sdk import MISSING, install_node_sdk
from voice_stack.asr.settings import AsrSettings

README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
# What pocketsphinx hears of the sample.
HEARD = "the man was walking along the road"
# The hub library's own variable.
FOREIGN_VARIABLES = {"HF_HUB_OFFLINE"}


def marked(language: str) -> list[str]:
    """The code blocks of a language that are marked for testing."""
    return re.findall(rf"^<!-- tested -->\n```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


CURL_LINES = [line for block in marked("sh") for line in block.splitlines() if line.startswith("curl ")]
CLI_LINES = [line for block in marked("sh") for line in block.splitlines() if line.startswith(".venv/bin/voice-stack ")]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serve_asr(POCKETSPHINX) as process:
        yield process.url


def run_shell(line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", line], cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_marked_line_is_run_here() -> None:
    lines = [line for block in marked("sh") for line in block.splitlines()]
    assert len(lines) == len(CURL_LINES) + len(CLI_LINES) > 8
    assert README.count("<!-- tested -->") == len(marked("sh")) + len(marked("python")) + len(marked("js"))
    assert len(re.findall(r"^curl ", README, re.MULTILINE)) == len(CURL_LINES)


@pytest.mark.parametrize("line", CURL_LINES)
def test_curl_line_answers(server: str, line: str) -> None:
    assert "http://localhost:5001/" in line
    done = run_shell(
        line.replace("curl ", "curl --fail --silent --show-error ").replace("http://localhost:5001", server)
    )
    assert done.returncode == 0, done.stderr
    if "hello.wav" in line and "timestamp_granularities" not in line:
        assert HEARD in done.stdout
    if " -i " in line:
        assert "x-voice-stack-engine: pocketsphinx" in done.stdout
    if line.endswith(("/health", "/status")):
        assert '"version"' in done.stdout
    if "response_format=srt" in line or "output=srt" in line:
        assert done.stdout.startswith("1\n00:00:0")


def test_python_snippet_prints_the_transcript_twice(server: str) -> None:
    (snippet,) = marked("python")
    code = snippet.replace("http://localhost:5001", server)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.count(HEARD) == 2, done.stderr


@pytest.mark.skipif(MISSING, reason="node and npm are not installed")
def test_node_snippet_prints_the_transcript(server: str) -> None:
    (snippet,) = marked("js")
    # Beside the SDK, where node looks for it.
    script = install_node_sdk() / "readme.mjs"
    script.write_text(snippet.replace("http://localhost:5001", server), encoding="utf-8")
    done = subprocess.run(["node", str(script)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert HEARD in done.stdout, done.stderr


@pytest.mark.parametrize("line", CLI_LINES)
def test_command_line_works(line: str, tmp_path: Path) -> None:
    (tmp_path / "tests").symlink_to(ROOT / "tests")  # a folder without the repository's .env
    arguments = line.split()[1:]
    done = subprocess.run(
        [sys.executable, "-m", "voice_stack.cli.main", *arguments],
        cwd=tmp_path,
        env=os.environ | {"ASR_ENGINE": "pocketsphinx"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (HEARD if "transcribe" in arguments else "pocketsphinx") in done.stdout


def test_make_targets_exist() -> None:
    named = set(re.findall(r"\bmake ([a-z]+)\b(?=`|$)", README, re.MULTILINE))
    assert {"run", "test"} <= named
    defined = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    assert named <= defined


def test_variables_are_settings() -> None:
    named = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", README)) - FOREIGN_VARIABLES
    assert "ASR_MODEL" in named
    assert {name.lower() for name in named} <= set(AsrSettings.model_fields)


def test_linked_files_exist() -> None:
    linked = re.findall(r"\]\(([^)#:]+)\)", README)
    assert ".env.example" in linked
    assert not [path for path in linked if not (ROOT / path).exists()]
