"""POST /v1/audio/voices/check: the doctor's report, over a real connection."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.audio.quality.conftest import voice as voice
from tests.e2e.conftest import write_wav
from tests.live_server import TONE, Server, serve_tts
from voice_stack.audio.clip import AudioClip


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve_tts(TONE) as made:
        yield made


def ask(server: Server, **files: tuple[str, bytes]) -> httpx.Response:
    return httpx.post(f"{server.v1}/audio/voices/check", files=files, timeout=60)


def test_the_report_is_the_command_lines(server: Server, voice: AudioClip, tmp_path: Path) -> None:
    sound = write_wav(tmp_path / "anna.wav", voice.samples).read_bytes()
    told = ask(server, file=("anna.wav", sound)).raise_for_status().json()
    assert (told["object"], told["verdict"], told["codes"]) == ("audio.voice_check", "good", [])
    assert {"snr", "clipping", "bandwidth", "hum", "reverberation", "music", "loudness"} <= {
        finding["measure"] for finding in told["findings"]
    }
    assert 6 < told["window"]["seconds"] <= 10
    brief = write_wav(tmp_path / "brief.wav", voice.samples[:16_000]).read_bytes()
    told = ask(server, file=("brief.wav", brief)).raise_for_status().json()
    assert told["verdict"] == "unusable"
    assert "too_short" in told["codes"]
    assert told["advice"].startswith("Record at least 3 seconds")


def test_what_is_no_recording_is_the_clients_fault(server: Server) -> None:
    for answer, param, code in (
        (ask(server, file=("a.wav", b"no sound")), "file", "invalid_audio"),
        (ask(server, other=("a.wav", b"no sound")), "file", None),
    ):
        assert answer.status_code == 400
        error = answer.json()["error"]
        assert (error["param"], error["code"]) == (param, code)
    assert httpx.post(f"{server.v1}/audio/voices/check", json={}, timeout=60).status_code == 400
