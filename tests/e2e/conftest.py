"""Real service processes, one for each engine, shared by the tests of a session."""

import importlib.util
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from openai import OpenAI

from tests.live_server import ESPEAK, MOONSHINE, TONE, Server, serve_asr, serve_tts
from tests.tiny_whisper.exact import EXACT, render

HELLO = Path(__file__).parent.parent / "fixtures" / "hello.wav"


@dataclass(frozen=True)
class Spoken:
    """A recording and what it says."""

    path: Path
    text: str
    language: str
    duration: float


def write_wav(path: Path, samples: np.ndarray, rate: int = 16_000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.rint(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def speak_exact(folder: Path, name: str) -> Spoken:
    clip = EXACT[name]
    sound = render(clip)
    path = write_wav(folder / f"{name}.wav", sound.samples, sound.sample_rate)
    return Spoken(path, clip.text, clip.language, len(sound.samples) / sound.sample_rate)


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recordings")


@pytest.fixture(scope="session")
def digits(recordings: Path) -> Spoken:
    """English digits that the tiny Whisper transcribes exactly."""
    return speak_exact(recordings, "en-sentence-3")


@pytest.fixture(scope="session")
def german(recordings: Path) -> Spoken:
    """German digits that the tiny Whisper transcribes exactly."""
    return speak_exact(recordings, next(name for name in EXACT if name.startswith("de-")))


@pytest.fixture(scope="session")
def hello() -> Spoken:
    """The recording of the README: a sentence that the embedded recognisers get right; pocketsphinx writes it small
    and without a full stop."""
    with wave.open(str(HELLO)) as file:
        duration = file.getnframes() / file.getframerate()
    return Spoken(HELLO, "The man was walking along the road.", "en", duration)


@pytest.fixture(scope="session")
def whisper_server(tiny_ct2: Path) -> Iterator[Server]:
    with serve_asr({"ASR_MODEL": str(tiny_ct2), "ASR_FALLBACK_ENGINES": ""}) as server:
        yield server


@pytest.fixture(scope="session")
def openai_whisper_server(tiny_pt: Path) -> Iterator[Server]:
    if importlib.util.find_spec("whisper") is None:
        pytest.skip("needs the extra `whisper`")
    with serve_asr({"ASR_ENGINE": "whisper", "ASR_MODEL": str(tiny_pt), "ASR_FALLBACK_ENGINES": ""}) as server:
        yield server


@pytest.fixture(scope="session")
def sphinx_server() -> Iterator[Server]:
    with serve_asr({"ASR_ENGINE": "pocketsphinx"}) as server:
        yield server


@pytest.fixture(scope="session")
def moonshine_server() -> Iterator[Server]:
    """The embedded English recogniser: a tenth of pocketsphinx's time, for what any engine shows."""
    with serve_asr(MOONSHINE) as server:
        yield server


@pytest.fixture(scope="session")
def espeak_server() -> Iterator[Server]:
    with serve_tts(ESPEAK) as server:
        yield server


@pytest.fixture(scope="session")
def tone_server() -> Iterator[Server]:
    with serve_tts(TONE) as server:
        yield server


def client(server: Server) -> OpenAI:
    return OpenAI(base_url=server.v1, api_key="unused", max_retries=0)
