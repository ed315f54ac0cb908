"""What libraries would tell their makers stays on this machine."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import voice_stack
from tests.nursery import QUIET

# Loads the voice detector, which is the first thing that runs onnxruntime, and leaves time for a report.
LISTEN = """
import time, numpy as np
from voice_stack.audio.clip import AudioClip
from voice_stack.audio.vad import VadOptions, speech_spans
speech_spans(AudioClip(np.zeros(32_000, np.float32), 16_000), VadOptions())
time.sleep(5)
"""


def test_libraries_are_told_not_to_report() -> None:
    assert voice_stack.__version__
    assert [os.environ.get(name) for name in QUIET] == ["1", "1"]


@pytest.mark.skipif(not shutil.which("strace"), reason="seeing the system calls needs strace")
def test_listening_asks_no_name_server(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    command = ["strace", "-f", "-e", "trace=connect,sendto", "-o", str(trace), sys.executable, "-c", LISTEN]
    kept = {name: value for name, value in os.environ.items() if name not in QUIET}
    subprocess.run(command, env=kept, check=True, timeout=100)
    calls = [line for line in trace.read_text().splitlines() if "AF_INET" in line]
    assert not calls
