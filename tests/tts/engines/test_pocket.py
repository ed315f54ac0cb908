"""Pocket TTS with a tiny model of random weights, through the real package."""

import threading
import wave
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from voice_stack.core.errors import InvalidAudioError, NotFoundError, UnsupportedError, VoiceNotFoundError
from voice_stack.serving.engine import EngineConfig
from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.tts.engines.pocket.engine import PocketEngine
from voice_stack.tts.engines.pocket.options import PocketOptions
from voice_stack.tts.types import Utterance, VoiceReference

RATE = 24_000


def build(model: Path, cache: Path, **options: Any) -> PocketEngine:
    return PocketEngine(EngineConfig(PocketOptions(**options), str(model), "cpu", threads=1, cache_dir=cache))


@pytest.fixture(scope="module")
def engine(tiny_pocket: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PocketEngine]:
    # Without chance: the same words by the same voice are the same sound.
    engine = build(tiny_pocket, tmp_path_factory.mktemp("cache"), temperature=0)
    yield engine
    engine.close()


def voice(path: Path, pitch: float = 0.03, seconds: float = 1.5, name: str = "me") -> VoiceReference:
    time = np.arange(int(RATE * seconds))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((np.sin(time * pitch) * 9000).astype("<i2").tobytes())
    return VoiceReference(name, path.stem.encode().hex().ljust(64, "0"), (path,))


def say(engine: PocketEngine, voice: str | VoiceReference, text: str = "Hello there.", language: str = "en") -> Any:
    utterance = Utterance((Pronounced(text),), language, voice)
    return np.concatenate([clip.samples for clip in engine.synthesize(utterance, threading.Event())])


def same(one: Any, other: Any) -> bool:
    """True for the same sound: how many frames are decoded at once depends on the moment, and shows in the bits."""
    return one.shape == other.shape and np.allclose(one, other, atol=1e-3)


def test_another_voice_is_another_sound(engine: PocketEngine, tmp_path: Path) -> None:
    sounds = [say(engine, one) for one in ("alba", "mary", voice(tmp_path / "a.wav"), voice(tmp_path / "b.wav", 0.2))]
    for number, sound in enumerate(sounds):
        assert all(not same(sound, other) for other in sounds[number + 1 :])
    assert same(sounds[0], say(engine, "alba")), "who spoke meanwhile has changed it"


@pytest.mark.parametrize("temperature", [0.0, 0.7])
def test_another_attempt_is_another_sound_where_there_is_chance(
    temperature: float, tiny_pocket: Path, tmp_path: Path
) -> None:
    engine = build(tiny_pocket, tmp_path / "cache", temperature=temperature)
    assert engine.neural
    assert engine.capabilities.seeded == (not same(say(engine, "alba"), say(engine, "alba"))) == (temperature > 0)


def test_a_voice_is_heard_once_and_survives_a_restart(engine: PocketEngine, tiny_pocket: Path, tmp_path: Path) -> None:
    reference = voice(tmp_path / "once.wav")
    first = say(engine, reference)
    before = engine._cloned.counts.computed
    assert same(say(engine, reference), first)
    again = build(tiny_pocket, engine._config.cache_dir, temperature=0)
    assert same(say(again, reference), first)
    assert engine._cloned.counts.computed == before
    assert (again._cloned.counts.computed, again._cloned.counts.read) == (0, 1)


def test_of_a_recording_the_first_seconds_count(tiny_pocket: Path, tmp_path: Path) -> None:
    engine = build(tiny_pocket, tmp_path / "cache", temperature=0, reference_s=1.0)
    short, long = voice(tmp_path / "short.wav", seconds=1.0), voice(tmp_path / "long.wav", seconds=3.0)
    assert same(say(engine, short), say(engine, long))


@pytest.mark.parametrize("damage", ["empty", "noise", "half", "other tensors", "other size", "nan"])
def test_a_damaged_state_is_heard_anew(
    damage: str, engine: PocketEngine, tiny_pocket: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    import safetensors.torch
    import torch

    reference = voice(tmp_path / "me.wav")
    cache = tmp_path / "cache"
    first = say(build(tiny_pocket, cache, temperature=0), reference)
    (file,) = (cache / "pocket").glob("*.safetensors")
    state = safetensors.torch.load_file(file)
    content = {
        "empty": b"",
        "noise": bytes(range(256)) * 8,
        "half": file.read_bytes()[: file.stat().st_size // 2],
        "other tensors": safetensors.torch.save({"module/cache": torch.zeros(2)}),
        "other size": safetensors.torch.save({name: tensor[..., :1].contiguous() for name, tensor in state.items()}),
        "nan": safetensors.torch.save({k: v * np.nan if k.endswith("cache") else v for k, v in state.items()}),
    }
    file.write_bytes(content[damage])
    again = build(tiny_pocket, cache, temperature=0)
    assert same(say(again, reference), first)
    assert again._cloned.counts.computed == 1
    assert "damaged: computed anew" in caplog.text


def test_other_weights_hear_a_voice_anew(tiny_pocket: Path, tmp_path: Path) -> None:
    import shutil

    import safetensors.torch

    other = shutil.copytree(tiny_pocket, tmp_path / "other")
    weights = safetensors.torch.load_file(other / "model.safetensors")
    weights["flow_lm.speaker_proj_weight"] *= 2
    safetensors.torch.save_file(weights, other / "model.safetensors")
    reference = voice(tmp_path / "me.wav")
    say(build(tiny_pocket, tmp_path / "cache"), reference)
    again = build(other, tmp_path / "cache")
    say(again, reference)
    assert again._cloned.counts.computed == 1


def test_weights_that_were_published_without_cloning_say_so(tmp_path: Path, tiny_pocket: Path) -> None:
    from tests.tiny_pocket.build import build_pocket

    engine = build(build_pocket(tmp_path / "english", clones=False), tmp_path / "cache")
    assert not engine.capabilities.cloning
    assert len(say(engine, "alba"))
    with pytest.raises(UnsupportedError, match="clones no voice; TTS_POCKET_MODEL=kyutai/pocket-tts has it") as raised:
        say(engine, voice(tmp_path / "me.wav"))
    assert raised.value.param == "voice"


def test_what_it_cannot_speak_is_told(engine: PocketEngine, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="does not speak 'de'"):
        say(engine, "alba", language="de")
    with pytest.raises(VoiceNotFoundError):
        say(engine, "nobody")
    with pytest.raises(InvalidAudioError, match="too short"):
        say(engine, voice(tmp_path / "short.wav", seconds=0.3))
    (tmp_path / "text.wav").write_text("no sound at all")
    with pytest.raises(InvalidAudioError, match="voice 'me' cannot be used"):
        say(engine, VoiceReference("me", "cd" * 32, (tmp_path / "text.wav",)))
    with pytest.raises(NotFoundError, match="are gone"):
        say(engine, VoiceReference("me", "ef" * 32, (tmp_path / "gone.wav",)))


def test_who_leaves_midway_ends_its_threads(engine: PocketEngine) -> None:
    say(engine, "alba")
    before = set(threading.enumerate())
    utterance = Utterance((Pronounced("Hello there. You are here. " * 6),), "en", "alba")
    with closing(engine.synthesize(utterance, threading.Event())) as clips:  # type: ignore[type-var]
        next(clips)
        assert set(threading.enumerate()) - before
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
    assert set(threading.enumerate()) <= before


def test_the_threads_of_torch_are_given_back(tiny_pocket: Path, tmp_path: Path) -> None:
    import torch

    before = torch.get_num_threads()
    engine = build(tiny_pocket, tmp_path)
    assert torch.get_num_threads() == 1
    engine.close()
    assert torch.get_num_threads() == before


def test_words_never_reach_the_log(engine: PocketEngine, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    say(engine, "alba", "Hello " * 60)  # more tokens than it takes at once: the package warns, and quotes
    assert "Hello" not in caplog.text
