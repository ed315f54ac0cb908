"""The contract probe through OpenAI's Python SDK, where it lies beside this repository."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import speak_exact
from tests.live_server import ESPEAK, POCKETSPHINX, ROOT, serve_asr, serve_tts, two_roads

PROBE = ROOT.parent / "shared" / "contract" / "sdk_probe.py"
HELLO = ROOT / "tests" / "fixtures" / "hello.wav"

pytestmark = [
    pytest.mark.skipif(not PROBE.exists(), reason="the contract probe is not beside this repository"),
    pytest.mark.skipif(not shutil.which("ffprobe"), reason="the contract probe needs ffprobe on the PATH"),
]


def probe(settings: dict[str, str], wav: Path) -> None:
    with serve_asr(settings) as server:
        run("--asr", server.url, "--wav", str(wav), "--realtime")


def probe_speech(settings: dict[str, str], *options: str, wav: Path = HELLO) -> None:
    with serve_tts({"TTS_FALLBACK_ENGINES": "", **settings}) as server:
        run("--tts", server.url, "--wav", str(wav), *options)


def run(*arguments: str) -> None:
    done = subprocess.run([sys.executable, str(PROBE), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS" in done.stdout
    assert " 0 fail" in done.stdout


def test_the_probe_finds_no_fault_with_pocketsphinx() -> None:
    probe(POCKETSPHINX, HELLO)


def test_the_probe_finds_no_fault_with_faster_whisper(tiny_ct2: Path, tmp_path: Path) -> None:
    digits = speak_exact(tmp_path, "en-sentence-3")
    probe({"ASR_MODEL": str(tiny_ct2), "ASR_FALLBACK_ENGINES": ""}, digits.path)


def test_the_probe_finds_no_fault_with_espeak() -> None:
    probe_speech(ESPEAK, "--long")


def test_the_probe_finds_no_fault_with_xtts(brief_xtts: Path, tmp_path: Path) -> None:
    settings = {"TTS_ENGINE": "coqui", "TTS_COQUI_MODEL": str(brief_xtts), "COQUI_TOS_AGREED": "1"}
    probe_speech(settings, "--voices", wav=two_roads(tmp_path / "sample.wav"))


def test_the_probe_finds_no_fault_with_a_transcription_through_two_hops(tiny_ct2: Path, tmp_path: Path) -> None:
    digits = speak_exact(tmp_path, "en-sentence-3")
    with serve_asr({"ASR_MODEL": str(tiny_ct2), "ASR_FALLBACK_ENGINES": ""}) as upstream:
        probe({"ASR_ENGINE": "remote", "ASR_REMOTE_URL": upstream.v1, "ASR_FALLBACK_ENGINES": ""}, digits.path)


def test_the_probe_finds_no_fault_with_speech_through_two_hops() -> None:
    with serve_tts(ESPEAK) as upstream:
        probe_speech({"TTS_ENGINE": "remote", "TTS_REMOTE_URL": upstream.v1}, "--long")
