"""The service through OpenAI's Node SDK, which sends read streams without a Content-Length."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live_server import ROOT, live_server
from tests.node_sdk import MISSING, install_node_sdk

HERE = Path(__file__).resolve().parent
WAV = ROOT / "tests" / "fixtures" / "hello.wav"
PROBE = ROOT.parent / "shared" / "contract" / "sdk_probe.mjs"

pytestmark = pytest.mark.skipif(MISSING, reason="node and npm are not installed")


@pytest.fixture(scope="module")
def sdk() -> Path:
    return install_node_sdk() / "openai"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with live_server(tmp_path_factory.mktemp("node")) as url:
        yield url


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


def test_the_contract_probe_finds_no_fault(sdk: Path, server: str) -> None:
    if not PROBE.exists():
        pytest.skip("the contract probe is not beside this repository")
    # diarized_json is refused until diarization exists.
    result = subprocess.run(
        ["node", str(PROBE), "--asr", server, "--wav", str(WAV), "--sdk", str(sdk), "--skip", "diarized"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
