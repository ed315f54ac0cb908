"""The service through OpenAI's Node SDK, which sends read streams without a Content-Length."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import imageio_ffmpeg
import pytest

from tests.e2e.conftest import speak_exact
from tests.live_server import ESPEAK, MOONSHINE, ROOT, serve_asr, serve_tts
from tests.node_sdk import MISSING, install_node_sdk

HERE = Path(__file__).resolve().parent
WAV = ROOT / "tests" / "fixtures" / "hello.wav"
PROBE = ROOT.parent / "shared" / "contract" / "sdk_probe.mjs"

pytestmark = pytest.mark.skipif(MISSING, reason="node and npm are not installed")


@pytest.fixture(scope="module")
def sdk() -> Path:
    return install_node_sdk() / "openai"


class Tools(NamedTuple):
    """What the probe runs with: OpenAI's SDK, and a PATH on which "ffmpeg" decodes what it got."""

    sdk: Path
    path: str


@pytest.fixture(scope="module")
def tools(sdk: Path, tmp_path_factory: pytest.TempPathFactory) -> Tools:
    folder = tmp_path_factory.mktemp("bin")
    (folder / "ffmpeg").symlink_to(imageio_ffmpeg.get_ffmpeg_exe())
    return Tools(sdk, f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serve_asr(MOONSHINE) as process:
        yield process.url


@pytest.fixture(scope="module")
def speech_server() -> Iterator[str]:
    with serve_tts(ESPEAK) as process:
        yield process.url


def test_the_node_sdk_is_served(sdk: Path, server: str) -> None:
    run_tests("sdk.test.mjs", server)


def test_the_node_sdk_is_spoken_to(sdk: Path, speech_server: str) -> None:
    run_tests("speech.test.mjs", speech_server)


def test_the_node_sdk_hears_words_while_somebody_talks(sdk: Path, server: str, tmp_path: Path) -> None:
    pytest.importorskip("cryptography", reason="the SDK insists on TLS, and no certificate can be made")
    sound = tmp_path / "hello.pcm"
    form = ["-af", "apad=pad_dur=1", "-ar", "24000", "-ac", "1", "-f", "s16le"]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", WAV, *form, sound], check=True)
    certificate, key = certify_localhost(tmp_path)
    files = {"PCM": sound, "CERT": certificate, "KEY": key}
    trusted = {"NODE_EXTRA_CA_CERTS": str(certificate)}
    run_tests("realtime.test.mjs", server, {f"VOICE_STACK_{name}": str(file) for name, file in files.items()} | trusted)


def certify_localhost(folder: Path) -> tuple[Path, Path]:
    """A certificate of localhost that is its own authority, and its key: PEM files."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "localhost.pem", folder / "localhost.key"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    files[1].write_bytes(key.private_bytes(*secret))
    return files


def run_tests(file: str, server: str, more: Mapping[str, str] | None = None) -> None:
    result = subprocess.run(
        ["node", "--test", "--test-reporter=spec", str(HERE / file)],
        env=os.environ | {"VOICE_STACK_URL": server, "VOICE_STACK_WAV": str(WAV)} | dict(more or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "fail 0" in result.stdout


@pytest.mark.skipif(not PROBE.exists(), reason="the contract probe is not beside this repository")
def test_the_contract_probe_finds_no_fault_with_moonshine(tools: Tools, server: str) -> None:
    probe(tools, WAV, "--asr", server)


@pytest.mark.skipif(not PROBE.exists(), reason="the contract probe is not beside this repository")
def test_the_contract_probe_finds_no_fault_with_faster_whisper(tools: Tools, tiny_ct2: Path, tmp_path: Path) -> None:
    with serve_asr({"ASR_MODEL": str(tiny_ct2), "ASR_FALLBACK_ENGINES": ""}) as process:
        probe(tools, speak_exact(tmp_path, "en-sentence-3").path, "--asr", process.url)


@pytest.mark.skipif(not PROBE.exists(), reason="the contract probe is not beside this repository")
def test_the_contract_probe_finds_no_fault_with_espeak(tools: Tools, speech_server: str) -> None:
    probe(tools, WAV, "--tts", speech_server)


# The same through openai-python is in every run (tests/test_contract_probe.py).
@pytest.mark.long
@pytest.mark.skipif(not PROBE.exists(), reason="the contract probe is not beside this repository")
def test_the_contract_probe_finds_no_fault_with_xtts(tools: Tools, brief_xtts: Path) -> None:
    settings = {"TTS_ENGINE": "coqui", "TTS_COQUI_MODEL": str(brief_xtts), "COQUI_TOS_AGREED": "1"}
    with serve_tts({"TTS_FALLBACK_ENGINES": "", **settings}) as process:
        probe(tools, WAV, "--tts", process.url)


@pytest.mark.long
@pytest.mark.skipif(not PROBE.exists(), reason="the contract probe is not beside this repository")
def test_the_contract_probe_finds_no_fault_through_two_hops(tools: Tools, server: str, speech_server: str) -> None:
    with serve_asr({"ASR_ENGINE": "remote", "ASR_REMOTE_URL": f"{server}/v1"}) as front:
        probe(tools, WAV, "--asr", front.url)
    with serve_tts({"TTS_ENGINE": "remote", "TTS_REMOTE_URL": f"{speech_server}/v1"}) as front:
        probe(tools, WAV, "--tts", front.url)


def probe(tools: Tools, wav: Path, *server: str) -> None:
    # diarized_json is refused until diarization exists.
    result = subprocess.run(
        ["node", str(PROBE), *server, "--wav", str(wav), "--sdk", str(tools.sdk), "--skip", "diarized"],
        env=os.environ | {"PATH": tools.path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
