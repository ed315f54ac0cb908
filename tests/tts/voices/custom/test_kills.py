"""Whatever moment a process is killed at, a voice is whole or absent. See `killed.py`."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.live_server import ROOT


@pytest.mark.parametrize("every", [9, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("deed", ["create", "rename", "delete"])
def test_a_kill_at_any_line_leaves_a_voice_whole_or_absent(deed: str, every: int, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.tts.voices.custom.killed", str(tmp_path), deed, str(every)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines, found_done = map(int, done.stdout.split())
    assert lines > 40, "hardly anything was traced"
    assert 1 <= found_done < lines / every, "the deed was never, or always, found done"
