"""Cloning without a server: the founding documents' own lines, with the tiny XTTS, and what is refused."""

import os
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from tests.e2e.conftest import HELLO, write_wav
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.cloning import VoiceCloning
from voice_stack.cloning.references import check_reference
from voice_stack.core.errors import (
    EngineUnavailableError,
    InvalidAudioError,
    InvalidRequestError,
    SettingsError,
    UnsupportedError,
    UnusableVoiceError,
)
from voice_stack.core.settings import load_settings
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.voices.doctor import reference_doctor

LINES = """
from voice_stack.cloning import VoiceCloning

cloned = VoiceCloning().clone_voice(
    text="Hello, my friend.",
    reference_audio="anna.wav",
    language="en",
    output_path="hello.wav",
)
print(cloned.engine, cloned.language, round(cloned.seconds, 1))
"""


def hello_samples() -> np.ndarray:
    with HELLO.open("rb") as file, open_audio(file, DecodeLimits(60.0)) as sound:
        return sound.read(60.0).samples


@pytest.fixture
def anna(tmp_path: Path) -> Path:
    """About seven seconds of one person."""
    return write_wav(tmp_path / "anna.wav", np.tile(hello_samples(), 3))


def test_the_lines_of_the_founding_documents_work(brief_xtts: Path, tmp_path: Path, anna: Path) -> None:
    environment = {**os.environ, "TTS_COQUI_MODEL": str(brief_xtts), "COQUI_TOS_AGREED": "1", "TTS_DEVICE": "cpu"}
    done = subprocess.run(
        [sys.executable, "-c", LINES], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    engine, language, seconds = done.stdout.split()
    assert (engine, language) == ("coqui", "en")
    with wave.open(str(tmp_path / "hello.wav")) as file:
        # Its true length, not the largest possible one of a stream.
        assert file.getnframes() / file.getframerate() == pytest.approx(float(seconds), abs=0.06)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["anna.wav", "hello.wav"]


def test_one_engine_serves_many_voices_formats_and_several_recordings(
    brief_xtts: Path, tmp_path: Path, anna: Path
) -> None:
    short = write_wav(tmp_path / "short.m4b", hello_samples())
    settings = {"coqui_tos_agreed": True, "tts_coqui_model": str(brief_xtts), "tts_device": "cpu"}
    with VoiceCloning("coqui", **settings, data_dir=str(tmp_path / "data")) as cloning:
        mp3 = cloning.clone_voice("Hi.", anna, "german", tmp_path / "deep" / "er.mp3")
        both = cloning.clone_voice("Hi.", [str(anna), short], None, tmp_path / "both.flac", speed=1.5)
    assert mp3.language == "de"
    assert mp3.path.read_bytes()[:2] == b"\xff\xf3" or mp3.path.stat().st_size > 1000
    assert both.path.read_bytes()[:4] == b"fLaC"
    with both.path.open("rb") as file, open_audio(file, DecodeLimits(60.0)) as sound:
        assert sound.read(60.0).duration == pytest.approx(both.seconds, abs=0.1)


def test_a_short_recording_is_taken_with_advice(tmp_path: Path) -> None:
    short = write_wav(tmp_path / "short.wav", np.tile(hello_samples(), 2)[: 16_000 * 4])
    (advice,) = check_reference([short], reference_doctor(load_settings(TtsSettings)))
    assert "6 to 10" in advice


def refused(error: type[Exception], tmp_path: Path, **changed: object) -> str:
    """Message of the error with which a call is refused, before any model is loaded: there is none here."""
    settings = changed.pop("settings", {"coqui_tos_agreed": True, "tts_engine": "coqui"})
    call = {"text": "Hi.", "reference_audio": tmp_path / "anna.wav", "language": "en"} | changed
    with pytest.raises(error) as raised, VoiceCloning(**settings) as cloning:  # type: ignore[arg-type]
        cloning.clone_voice(**{"output_path": tmp_path / "out.wav", **call})  # type: ignore[arg-type]
    assert not (tmp_path / "out.wav").exists()
    return str(raised.value)


def test_what_cannot_be_is_refused_before_anything_is_loaded(tmp_path: Path, anna: Path) -> None:
    assert "empty" in refused(InvalidRequestError, tmp_path, text="  ")
    assert "no language" in refused(InvalidRequestError, tmp_path, language="klingon-ish")
    assert "ends with none of" in refused(InvalidRequestError, tmp_path, output_path=tmp_path / "out.doc")
    assert "0.25" in refused(InvalidRequestError, tmp_path, speed=9.0)
    assert "no recording" in refused(InvalidRequestError, tmp_path, reference_audio=[])
    assert "no recording" in refused(InvalidAudioError, tmp_path, reference_audio=tmp_path / "gone.wav")
    assert "TTS_DEVICE" in refused(SettingsError, tmp_path, settings={"tts_device": "toaster"})


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (np.zeros(16_000 * 8, np.float32), "silent"),
        (np.tile(hello_samples(), 1)[:16_000], "too_short"),
        (np.clip(np.tile(hello_samples(), 3) * 60, -1, 1), "clipped"),
    ],
    ids=["silent", "short", "clipped"],
)
def test_a_bad_recording_is_refused_with_its_reason(tmp_path: Path, samples: np.ndarray, said: str) -> None:
    write_wav(tmp_path / "anna.wav", samples)
    message = refused(UnusableVoiceError, tmp_path)
    assert said in message
    assert message.count(f"({said}") <= 1


def test_what_is_no_audio_is_refused(tmp_path: Path) -> None:
    (tmp_path / "anna.wav").write_text("no sound")
    refused(InvalidAudioError, tmp_path)


def test_an_engine_that_clones_nothing_names_those_that_do(tmp_path: Path, anna: Path) -> None:
    assert "coqui" in refused(UnsupportedError, tmp_path, settings={"tts_engine": "espeak"})


def test_what_is_missing_is_said_when_no_engine_can_be_had(tmp_path: Path, anna: Path) -> None:
    message = refused(EngineUnavailableError, tmp_path, settings={"tts_engine": "coqui"})
    assert "COQUI_TOS_AGREED=1" in message or "voice-stack[coqui]" in message
