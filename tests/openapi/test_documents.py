"""The services answer as their documentation says, by Schemathesis; `schemathesis.toml` says what is left out."""

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager

import httpx
import pytest

from tests.live_server import ESPEAK, MOONSHINE, ROOT, Server, serve_asr, serve_tts

KEY = "sesame"
Serve = Callable[..., AbstractContextManager[Server]]

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("schemathesis") is None, reason="schemathesis is not installed (extra `dev`)"
)


def asr(**settings: str) -> AbstractContextManager[Server]:
    return serve_asr({**MOONSHINE, "ASR_FALLBACK_ENGINES": "", "HF_HUB_OFFLINE": "1", **settings})


def tts(**settings: str) -> AbstractContextManager[Server]:
    return serve_tts(
        {**ESPEAK, "TTS_REFERENCE_DNSMOS": "none", "TTS_FALLBACK_ENGINES": "", "HF_HUB_OFFLINE": "1", **settings}
    )


SERVICES = pytest.mark.parametrize("serve", [asr, tts])


def check(server: Server, *options: str) -> None:
    """Run every check of Schemathesis on a service; the summary shows when one fails."""
    # Made when it is first asked for; Schemathesis waits ten seconds, and a machine may have other work.
    httpx.get(f"{server.url}/openapi.json", timeout=120).raise_for_status()
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/openapi.json", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    print(done.stdout[-3000:])
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


@SERVICES
def test_examples_are_answered_as_described(serve: Serve) -> None:
    with serve(API_KEY=KEY) as server:
        check(server, "-H", f"Authorization: Bearer {KEY}", "--phases", "examples")


# What is read of the other service is in the next test.
def test_what_is_read_is_answered_as_described() -> None:
    with asr(API_KEY=KEY) as server:
        check(server, "-H", f"Authorization: Bearer {KEY}", "--phases", "coverage", "--include-method", "GET")


@pytest.mark.long
@pytest.mark.parametrize("key", ["", KEY], ids=["open", "with a key"])
@SERVICES
def test_whatever_is_sent_is_answered_as_described(serve: Serve, key: str) -> None:
    with serve(API_KEY=key) as server:
        check(server, *(["-H", f"Authorization: Bearer {key}"] if key else []), "--max-examples", "50")
