"""The service through OpenAI's Node SDK, which sends read streams without a Content-Length."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import speak_exact
from tests.live_server import POCKETSPHINX, ROOT, serve_asr
from tests.node_sdk import MISSING, install_node_sdk

HERE = Path(__file__).resolve().parent
WAV = ROOT / "tests" / "fixtures" / "hello.wav"
PROBE = ROOT.parent / "shared" / "contract" / "sdk_probe.mjs"

pytestmark = pytest.mark.skipif(MISSING, reason="node and npm are not installed")


@pytest.fixture(scope="module")
def sdk() -> Path:
    return install_node_sdk() / "openai"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serve_asr(POCKETSPHINX) as process:
        yield process.url


def test_the_node_sdk_is_served(sdk: Path, server: str) -> None:
    result = subprocess.run(
        ["node", "--test", "--test-reporter=spec", str(HERE / "sdk.test.mjs")],
        env=os.environ | {"VOICE_STACK_URL": server, "VOICE_STACK_WAV": str(WAV)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "fail 0" in result.stdout


@pytest.mark.skipif(not PROBE.exists(), reason="the contract probe is not beside this repository")
def test_the_contract_probe_finds_no_fault_with_pocketsphinx(sdk: Path, server: str) -> None:
    probe(sdk, server, WAV)


@pytest.mark.skipif(not PROBE.exists(), reason="the contract probe is not beside this repository")
def test_the_contract_probe_finds_no_fault_with_faster_whisper(sdk: Path, tiny_ct2: Path, tmp_path: Path) -> None:
    with serve_asr({"ASR_MODEL": str(tiny_ct2), "ASR_FALLBACK_ENGINES": ""}) as process:
        probe(sdk, process.url, speak_exact(tmp_path, "en-sentence-3").path)


def probe(sdk: Path, server: str, wav: Path) -> None:
    # diarized_json is refused until diarization exists.
    result = subprocess.run(
        ["node", str(PROBE), "--asr", server, "--wav", str(wav), "--sdk", str(sdk), "--skip", "diarized"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
