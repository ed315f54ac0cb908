"""A library of voices in a folder, and who looks at what is brought to it."""

import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import pytest

from voice_stack.audio.clip import AudioClip, to_s16le
from voice_stack.audio.recogniser import Heard, HeardWord
from voice_stack.audio.wav import wav_header
from voice_stack.core.errors import ServiceUnavailableError
from voice_stack.core.settings import load_settings
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.voices.custom.checks import Checkers, Mark, Similarity
from voice_stack.tts.voices.custom.library import CustomVoices, open_library

PHRASE = "I am the owner of this voice and I consent to OpenAI using this voice to create a synthetic voice model."


@dataclass
class ScriptedRecogniser:
    """A test double that listens to nothing, and says so: it hears what it is told. None: it is out of order."""

    text: str | None
    asked: int = 0

    def transcribe(self, clip: AudioClip, language: str | None = None, *, words: bool = False) -> Heard:
        self.asked += 1
        if self.text is None:
            raise ServiceUnavailableError("The scripted recogniser is out of order.")
        return Heard(self.text, language or "", "scripted/nothing-is-listened-to")

    def align(self, clip: AudioClip, words: Any, language: str) -> tuple[HeardWord, ...]:
        return ()


class PitchComparer:
    """A small comparer that does listen: voices are alike when their median pitch is, by autocorrelation."""

    threshold = 0.85

    def similarity(self, a: AudioClip, b: AudioClip) -> Similarity | None:
        first, second = _pitch(a), _pitch(b)
        if first is None or second is None:
            return None
        return Similarity(min(first, second) / max(first, second), self.threshold, "pitch/autocorrelation")


def _pitch(clip: AudioClip) -> float | None:
    """Median fundamental in Hz of the loud frames, from 70 to 400 Hz; None without any."""
    size, rate = round(0.04 * clip.sample_rate), clip.sample_rate
    frames = [clip.samples[at : at + size] for at in range(0, len(clip.samples) - size, size)]
    loud = np.percentile([float(np.square(frame).mean()) for frame in frames], 60) if frames else 0.0
    found = []
    for frame in frames:
        if loud and np.square(frame).mean() >= loud:
            own = np.correlate(frame, frame, "full")[size - 1 :]
            lags = own[rate // 400 : rate // 70]
            if own[0] > 0 and lags.max() > 0.4 * own[0]:
                found.append(rate / (rate // 400 + int(lags.argmax())))
    return float(np.median(found)) if found else None


@dataclass
class MarkedBytes:
    """A detector of the mark that this test puts at the end of a file."""

    name: str = "marked-bytes"
    mark: bytes = b"SYNTHETIC"

    def find(self, recording: BinaryIO) -> Mark | None:
        recording.seek(0)
        return Mark("a test", self.name) if recording.read().endswith(self.mark) else None


Opened = Callable[..., CustomVoices]


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    """`opened(recogniser=..., comparer=..., marks=..., tts_...=...)`: the library of one folder."""

    def make(*, recogniser: Any = None, comparer: Any = None, marks: Any = None, **settings: Any) -> CustomVoices:
        # DNSMOS is the doctor's, whose tests have it: it is nine tenths of the time that a sample takes.
        usual = {"data_dir": str(tmp_path / "data"), "tts_reference_dnsmos": str(tmp_path / "none")}
        read = load_settings(TtsSettings, **{**usual, **settings})
        return open_library(read, Checkers(recogniser, comparer, marks))

    return make


def wav_of(clip: AudioClip) -> bytes:
    return wav_header(clip.sample_rate, len(clip.samples)) + to_s16le(clip.samples)


def file_of(content: bytes) -> AbstractContextManager[BinaryIO]:
    """A real file with this content, at its start."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 (the caller's `with` closes it)
    file.write(content)
    file.flush()
    file.seek(0)
    return cast("AbstractContextManager[BinaryIO]", file)


@pytest.fixture(scope="session")
def sample(speech: AudioClip) -> bytes:
    """5.4 seconds of clean speech, as a WAV."""
    return wav_of(speech)


def consented(library: CustomVoices, recording: bytes, language: str = "en-US") -> str:
    with file_of(recording) as file:
        return library.consents.create("Anna", language, file).id


def created(library: CustomVoices, consent: str | None, recording: bytes, name: str = "Anna") -> str:
    with file_of(recording) as file:
        return library.create_voice(name, consent, file).id
