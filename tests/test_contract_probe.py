"""The contract probe through OpenAI's Python SDK, where it lies beside this repository."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live_server import ROOT, live_server

PROBE = ROOT.parent / "shared" / "contract" / "sdk_probe.py"


@pytest.mark.skipif(not PROBE.exists(), reason="the contract probe is not beside this repository")
@pytest.mark.skipif(not shutil.which("ffprobe"), reason="the contract probe needs ffprobe on the PATH")
def test_the_contract_probe_finds_no_fault(tmp_path: Path) -> None:
    wav = ROOT / "tests" / "fixtures" / "hello.wav"
    with live_server(tmp_path) as url:
        # diarized_json is refused until diarization exists.
        command = [sys.executable, str(PROBE), "--asr", url, "--wav", str(wav), "--skip", "diarized"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS" in done.stdout
