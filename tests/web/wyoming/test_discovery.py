"""The port is found by who looks for it; and the service goes on where it cannot be announced."""

import logging
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from voice_stack.web.wyoming.discovery import announced, own_address

ROOT = Path(__file__).parents[3]


def test_it_is_found_and_forgotten() -> None:
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "--net", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no network of its own can be made here")
    command = [unshare, "--net", sys.executable, "-m", "tests.web.wyoming.announced"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.splitlines() == ["Added voice-stack-asr 10300 ['127.0.0.1']", "Removed"], done.stderr


async def test_what_cannot_be_announced_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "voice_stack.web"):
        async with announced("asr", "a name and no address", 1):
            pass
    assert "could not be announced" in caplog.text


def test_an_address_is_found_without_a_network() -> None:
    assert own_address().count(".") == 3
