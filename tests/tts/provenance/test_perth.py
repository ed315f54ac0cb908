"""Perth's network hears its own mark in speech and in nothing else, without the package's heavy imports."""

import importlib.util
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from tests.audio.tone import uneven
from voice_stack.audio.clip import AudioClip, from_s16le
from voice_stack.core.errors import SettingsError
from voice_stack.core.settings import load_settings
from voice_stack.tts.provenance import perth
from voice_stack.tts.provenance.detection import watermark_confidence
from voice_stack.tts.provenance.marking import Marking
from voice_stack.tts.provenance.settings import ProvenanceOptions
from voice_stack.tts.provenance.watermark import Watermarker
from voice_stack.tts.service import SpeechService
from voice_stack.tts.settings import TtsSettings

HELLO = Path(__file__).parents[2] / "fixtures" / "hello.wav"
installed = pytest.mark.skipif(perth.missing_package() is not None, reason="the extra `watermark` is not installed")


@pytest.fixture(scope="module")
def speech() -> AudioClip:
    """A sentence that a person said."""
    with wave.open(str(HELLO)) as file:
        return AudioClip(from_s16le(file.readframes(file.getnframes())), file.getframerate())


def marked(clip: AudioClip, pieces: int = 1) -> AudioClip:
    watermarker = Watermarker(perth.perth_network(), perth.SAMPLE_RATE, clip.sample_rate)
    out = [watermarker.write(piece) for piece in uneven(clip.samples, pieces)]
    return AudioClip(np.concatenate([*out, watermarker.finish()]), clip.sample_rate)


def confidence(clip: AudioClip) -> float:
    found = watermark_confidence(clip)
    assert found is not None
    return found


@installed
def test_the_mark_is_heard_and_where_there_is_none_it_is_not(speech: AudioClip) -> None:
    assert confidence(speech) < 0.3
    assert confidence(marked(speech)) > 0.9
    quiet = AudioClip(marked(speech).samples * np.float32(0.1), speech.sample_rate)
    assert confidence(quiet) > 0.9
    assert confidence(AudioClip(np.zeros(32_000, np.float32), 16_000)) == 0.0
    assert confidence(AudioClip(np.empty(0, np.float32), 16_000)) == 0.0


@installed
def test_a_stream_in_pieces_is_marked_like_the_whole(speech: AudioClip) -> None:
    whole, streamed = marked(speech), marked(speech, 13)
    np.testing.assert_allclose(streamed.samples, whole.samples, atol=1e-3)
    assert confidence(streamed) > 0.9


@installed
def test_nothing_changes_above_two_kilohertz(speech: AudioClip) -> None:
    change = np.abs(np.fft.rfft(marked(speech).samples - speech.samples)) ** 2
    hertz = np.fft.rfftfreq(len(speech.samples), 1 / speech.sample_rate)
    assert change[hertz > 2100].sum() < 1e-3 * change.sum()
    assert 10 * np.log10(np.sum(speech.samples**2) / (2 * change.sum() / len(speech.samples))) > 10


@installed
def test_loading_it_prints_nothing_and_imports_no_more_than_torch() -> None:
    code = (
        "import sys; from voice_stack.tts.provenance.perth import perth_network; perth_network(); "
        "print([n for n in ('perth', 'librosa', 'torchaudio', 'pkg_resources') if n in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert ran.stdout == "[]\n"


def test_a_missing_package_stops_the_start_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    loaded = load_settings(TtsSettings, tts_engine="tone", tts_watermark="perth", tts_voices_dir=tmp_path)
    with pytest.raises(SettingsError, match=r"TTS_WATERMARK=perth needs.*resemble-perth.*voice-stack\[watermark\]"):
        SpeechService(loaded)
    assert watermark_confidence(AudioClip(np.ones(16_000, np.float32), 16_000)) is None


def test_without_the_setting_nothing_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(perth, "perth_network", lambda: pytest.fail("it was loaded"))
    Marking(ProvenanceOptions()).load()
