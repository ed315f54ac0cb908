"""Chatterbox against a double of its package, which hums at the pitch of the voice that it has heard."""

import threading
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from voice_stack.core.errors import EngineUnavailableError, InvalidAudioError, UnsupportedError, VoiceNotFoundError
from voice_stack.serving.engine import EngineConfig
from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.tts.engines.chatterbox.engine import ChatterboxEngine
from voice_stack.tts.engines.chatterbox.options import ChatterboxOptions
from voice_stack.tts.types import Utterance, VoiceReference

RATE = 24_000


def build(model: Path, cache: Path, **options: Any) -> ChatterboxEngine:
    return ChatterboxEngine(EngineConfig(ChatterboxOptions(**options), str(model), "cpu", cache_dir=cache))


@pytest.fixture(scope="module")
def engine(chatterbox_double: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatterboxEngine]:
    engine = build(chatterbox_double, tmp_path_factory.mktemp("cache"))
    yield engine
    engine.close()


def voice(path: Path, hertz: float, seconds: float = 2.0) -> VoiceReference:
    samples = np.sin(2 * np.pi * hertz * np.arange(round(RATE * seconds)) / RATE) * 9000
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())
    return VoiceReference("me", path.stem.encode().hex().ljust(64, "0"), (path,))


def pitch(engine: ChatterboxEngine, voice: str | VoiceReference, language: str = "en") -> float:
    utterance = Utterance((Pronounced("Hello there."),), language, voice)
    (clip,) = engine.synthesize(utterance, threading.Event())
    return float(np.argmax(np.abs(np.fft.rfft(clip.samples))) * RATE / len(clip.samples))


def test_recordings_and_its_own_voice_speak(engine: ChatterboxEngine, tmp_path: Path) -> None:
    assert pitch(engine, "default") == pytest.approx(220, abs=3)
    assert pitch(engine, voice(tmp_path / "a.wav", 330.0)) == pytest.approx(330, abs=3)
    assert pitch(engine, voice(tmp_path / "b.wav", 440.0), language="de") == pytest.approx(440, abs=3)
    assert pitch(engine, "default") == pytest.approx(220, abs=3)


def test_a_voice_is_heard_once_and_survives_a_restart(chatterbox_double: Path, tmp_path: Path) -> None:
    reference = voice(tmp_path / "a.wav", 330.0)
    first = build(chatterbox_double, tmp_path / "cache", exaggeration=0.9)
    assert pitch(first, reference) == pitch(first, reference) == pytest.approx(330, abs=3)
    again = build(chatterbox_double, tmp_path / "cache")
    assert pitch(again, reference) == pytest.approx(330, abs=3)
    assert (first._cloned.counts.computed, again._cloned.counts.computed, again._cloned.counts.read) == (1, 0, 1)
    (file,) = (tmp_path / "cache" / "chatterbox").glob("*.pth")
    file.write_bytes(b"damaged")
    last = build(chatterbox_double, tmp_path / "cache")
    assert pitch(last, reference) == pytest.approx(330, abs=3)
    assert last._cloned.counts.computed == 1


def test_what_it_cannot_speak_is_told(engine: ChatterboxEngine, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="does not speak 'zh'"):
        pitch(engine, "default", language="zh")
    with pytest.raises(VoiceNotFoundError):
        pitch(engine, "nobody")
    with pytest.raises(InvalidAudioError, match="too short"):
        pitch(engine, voice(tmp_path / "short.wav", 330.0, seconds=0.2))


def test_the_package_fetches_nothing_by_itself(engine: ChatterboxEngine) -> None:
    from chatterbox.models.tokenizers import tokenizer

    with pytest.raises(OSError, match="not fetched"):
        tokenizer.hf_hub_download(repo_id="ResembleAI/chatterbox", filename="Cangjie5_TC.json")


def test_a_folder_that_is_none_says_what_it_takes(chatterbox_double: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailableError, match=r"holds no Chatterbox model: it takes ve.pt, t3_mtl23ls_v2"):
        build(tmp_path, tmp_path / "cache")
