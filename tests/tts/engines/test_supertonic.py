"""Supertonic with tiny networks, through the real sherpa-onnx: each voice hums at a pitch of its own."""

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.live_server import ROOT
from tests.tiny_supertonic.build import PITCHES, RATE, SECONDS_A_CHARACTER, build_supertonic
from voice_stack.core.errors import EngineUnavailableError, UnsupportedError, VoiceNotFoundError
from voice_stack.serving.engine import EngineConfig
from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.tts.engines.supertonic.engine import SupertonicEngine
from voice_stack.tts.engines.supertonic.files import files_on_disk, models
from voice_stack.tts.engines.supertonic.options import SupertonicOptions
from voice_stack.tts.types import Utterance

# What sherpa-onnx puts around the text: `<en>` and `</en>`.
_TAGS = 9


def config(model: Path) -> EngineConfig[SupertonicOptions]:
    return EngineConfig(SupertonicOptions(), str(model), "cpu", threads=1)


@pytest.fixture(scope="module")
def engine(tiny_supertonic: Path) -> Iterator[SupertonicEngine]:
    engine = SupertonicEngine(config(tiny_supertonic))
    yield engine
    engine.close()


def say(engine: SupertonicEngine, text: str, voice: str = "F1", language: str = "en", speed: float = 1.0) -> list[Any]:
    utterance = Utterance((Pronounced(text),), language, voice, speed)
    return [clip.samples for clip in engine.synthesize(utterance, threading.Event())]


def pitch(samples: Any) -> float:
    """The loudest frequency, Hz."""
    return float(np.argmax(np.abs(np.fft.rfft(samples))) * RATE / len(samples))


@pytest.mark.parametrize("voice", PITCHES)
def test_each_voice_is_heard(engine: SupertonicEngine, voice: str) -> None:
    (sound,) = say(engine, "Hello there.", voice)
    assert pitch(sound) == pytest.approx(PITCHES[voice], abs=3)
    assert np.abs(sound).max() == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("speed", [0.7, 1.0, 2.0])
def test_text_language_and_speed_reach_the_networks(engine: SupertonicEngine, speed: float) -> None:
    (sound,) = say(engine, "Guten Tag.", language="de", speed=speed)
    characters = len("Guten Tag.") + _TAGS
    assert len(sound) / RATE == pytest.approx(characters * SECONDS_A_CHARACTER / speed, abs=0.01)


def test_another_attempt_is_another_sound(tmp_path: Path) -> None:
    engine = SupertonicEngine(
        EngineConfig(SupertonicOptions(steps=1), str(build_supertonic(tmp_path, noise=50.0)), "cpu", threads=1)
    )
    assert engine.neural
    assert engine.capabilities.seeded
    assert len({say(engine, "Hello there.")[0].tobytes() for _ in range(3)}) == 3


def test_long_texts_are_cut_behind_sentences(engine: SupertonicEngine) -> None:
    sentence = "Hello there, you are here. "
    sounds = say(engine, sentence * 25)
    letters = [round(len(sound) / RATE / SECONDS_A_CHARACTER) - _TAGS for sound in sounds]
    # Spaces at the edges are not spoken.
    assert letters == [11 * len(sentence) - 1, 11 * len(sentence) - 1, 3 * len(sentence) - 1]
    assert len(say(engine, "한국어. " * 40, language="ko")) == 2


def test_what_it_cannot_speak_is_told(engine: SupertonicEngine) -> None:
    with pytest.raises(VoiceNotFoundError):
        say(engine, "Hello.", "F9")
    with pytest.raises(UnsupportedError, match="does not speak 'zh'"):
        say(engine, "你好", language="zh")


def test_the_layout_of_sherpas_archives_is_taken_too(tiny_supertonic: Path, tmp_path: Path) -> None:
    archive = tmp_path / "sherpa-onnx-supertonic"
    archive.mkdir()
    found = files_on_disk(config(tiny_supertonic))
    assert found is not None
    found.write(archive)
    for path in (tiny_supertonic / "onnx").glob("*.onnx"):
        shutil.copyfile(path, archive / f"{path.stem}.int8.onnx")
    shutil.copyfile(found.settings, archive / "tts.json")
    assert [voice.id for voice in SupertonicEngine.voices(config(archive))] == ["voice-1", "voice-2", "voice-3"]
    engine = SupertonicEngine(config(archive))
    (sound,) = say(engine, "Hello.", "voice-3")
    assert pitch(sound) == pytest.approx(PITCHES["M1"], abs=3)
    assert engine.model == models(config(archive))[0].id == "sherpa-onnx-supertonic"


DAMAGE = {
    "onnx/tts.json": [
        "",
        "[]",
        '{"ae": {}, "ttl": {}}',
        '{"ae": {"sample_rate": "x", "base_chunk_size": 1}, "ttl": {}}',
    ],
    "onnx/unicode_indexer.json": ["", "{}", "[]", '["a"]'],
    "voice_styles/F2.json": ["", "{}", '{"style_ttl": {"dims": [1, 2, 3], "data": [1]}, "style_dp": {}}'],
    "onnx/vocoder.onnx": ["", "no network"],
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in DAMAGE.items() for text in texts])
def test_a_damaged_file_is_told_and_ends_no_process(
    name: str, text: str, tiny_supertonic: Path, tmp_path: Path
) -> None:
    """sherpa-onnx by itself calls exit() at letters, voices and settings that are not as it wants them."""
    broken = shutil.copytree(tiny_supertonic, tmp_path / "broken")
    (broken / name).write_text(text, encoding="utf-8")
    with pytest.raises(EngineUnavailableError, match="broken") as raised:
        SupertonicEngine(config(broken))
    assert str(tmp_path) not in raised.value.message


def test_it_runs_beside_the_other_onnxruntime(tiny_supertonic: Path, tiny_kokoro: Path) -> None:
    """In a process of its own: sherpa-onnx brings a library of the same name."""
    code = f"""
import threading
from voice_stack.serving.engine import EngineConfig
from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.tts.engines.kokoro.engine import KokoroEngine
from voice_stack.tts.engines.kokoro.options import KokoroOptions
from voice_stack.tts.engines.supertonic.engine import SupertonicEngine
from voice_stack.tts.engines.supertonic.options import SupertonicOptions
from voice_stack.tts.types import Utterance
say = lambda engine, voice: sum(len(clip.samples) for clip in engine.synthesize(
    Utterance((Pronounced("Hello."),), "en", voice), threading.Event()))
one = SupertonicEngine(EngineConfig(SupertonicOptions(), {str(tiny_supertonic)!r}, "cpu"))
two = KokoroEngine(EngineConfig(KokoroOptions(), {str(tiny_kokoro)!r}, "cpu"))
assert say(one, "F1") and say(two, "af_heart") and say(one, "F1")
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_styles_of_the_users_own_are_voices(tiny_supertonic: Path, tmp_path: Path) -> None:
    mine = shutil.copytree(tiny_supertonic, tmp_path / "mine")
    style = json.loads((mine / "voice_styles" / "F1.json").read_text(encoding="utf-8"))
    style["style_ttl"]["data"] = np.full((1, 2, 3), 300.0).tolist()
    (mine / "voice_styles" / "anna.json").write_text(json.dumps(style), encoding="utf-8")
    engine = SupertonicEngine(config(mine))
    (sound,) = say(engine, "Hello.", "anna")
    assert pitch(sound) == pytest.approx(300, abs=3)
