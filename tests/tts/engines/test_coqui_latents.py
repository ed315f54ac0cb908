"""A cloned voice is heard once: its latents are kept in memory and on the disk, and made anew when damaged."""

import hashlib
import importlib
import logging
import threading
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from voice_stack.core.errors import InvalidAudioError, NotFoundError
from voice_stack.tts.engines.coqui import latents as xtts_latents
from voice_stack.tts.engines.coqui.latents import LatentsCache, VoiceLatents, compute_latents
from voice_stack.tts.engines.coqui.model import load_model
from voice_stack.tts.types import VoiceReference

RATE = 22050


@pytest.fixture(scope="module")
def xtts(tiny_xtts: Path) -> Any:
    return load_model(tiny_xtts, "cpu")


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The voices whose latents were computed, in order."""
    voices: list[str] = []

    def count(model: Any, reference: VoiceReference) -> VoiceLatents:
        voices.append(reference.id)
        return compute_latents(model, reference)

    monkeypatch.setattr(xtts_latents, "compute_latents", count)
    return voices


def record(path: Path, pitch: float = 0.03, seconds: float = 3.0) -> Path:
    """A buzz of harmonics, `pitch` radians a sample."""
    time = np.arange(int(RATE * seconds))
    samples = sum(np.sin(time * pitch * n) / n for n in range(1, 8)) * (0.6 + 0.4 * np.sin(time * 0.0006))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((samples * 6000).astype("<i2").tobytes())
    return path


def voice(*paths: Path, id: str = "me") -> VoiceReference:
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()
    return VoiceReference(id, digest, paths)


def same(one: VoiceLatents, other: VoiceLatents) -> bool:
    return all(
        np.array_equal(a.numpy(), b.numpy())
        for a, b in (
            (one.gpt_cond_latent, other.gpt_cond_latent),
            (one.speaker_embedding, other.speaker_embedding),
        )
    )


def test_latents_are_computed_once_and_survive_a_restart(
    xtts: Any, tiny_xtts: Path, tmp_path: Path, computed: list[str]
) -> None:
    reference = voice(record(tmp_path / "a.wav"))
    cache = LatentsCache(xtts, tmp_path / "cache", "cpu")
    first = cache.get(reference)
    assert cache.get(reference) is first
    later = LatentsCache(load_model(tiny_xtts, "cpu"), tmp_path / "cache", "cpu").get(reference)
    assert same(later, first)
    assert computed == ["me"]


def test_another_recording_is_another_voice(xtts: Any, tmp_path: Path, computed: list[str]) -> None:
    cache = LatentsCache(xtts, tmp_path / "cache", "cpu")
    one = cache.get(voice(record(tmp_path / "a.wav"), id="one"))
    other = cache.get(voice(record(tmp_path / "b.wav", pitch=0.05), id="other"))
    assert not same(one, other)
    assert computed == ["one", "other"]
    assert len(list((tmp_path / "cache").glob("*.pth"))) == 2


def test_same_sound_under_another_name_is_not_heard_again(xtts: Any, tmp_path: Path, computed: list[str]) -> None:
    cache = LatentsCache(xtts, tmp_path / "cache", "cpu")
    recording = record(tmp_path / "a.wav")
    assert cache.get(voice(recording, id="one")) is cache.get(voice(recording, id="other"))
    assert computed == ["one"]


def _torch_bytes(tmp_path: Path, value: object) -> bytes:
    import torch

    torch.save(value, tmp_path / "value")
    return (tmp_path / "value").read_bytes()


@pytest.mark.parametrize("damage", ["empty", "noise", "truncated", "list", "other size", "nan"])
def test_damaged_file_is_mended(
    damage: str, xtts: Any, tmp_path: Path, computed: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    import torch

    reference = voice(record(tmp_path / "a.wav"))
    first = LatentsCache(xtts, tmp_path / "cache", "cpu").get(reference)
    (file,) = (tmp_path / "cache").glob("*.pth")
    sound = file.read_bytes()
    other = {"gpt_cond_latent": torch.zeros(1, 32, 8), "speaker_embedding": torch.zeros(1, 512, 1)}
    nan = {"gpt_cond_latent": first.gpt_cond_latent * np.nan, "speaker_embedding": first.speaker_embedding}
    content = {
        "empty": b"",
        "noise": bytes(range(256)) * 8,
        "truncated": sound[: len(sound) // 2],
        "list": _torch_bytes(tmp_path, [1, 2]),
        "other size": _torch_bytes(tmp_path, other),
        "nan": _torch_bytes(tmp_path, nan),
    }
    file.write_bytes(content[damage])
    assert same(LatentsCache(xtts, tmp_path / "cache", "cpu").get(reference), first)
    assert "voice me is damaged" in caplog.text
    assert same(LatentsCache(xtts, tmp_path / "cache", "cpu").get(reference), first)
    assert computed == ["me", "me"]
    assert sorted((tmp_path / "cache").iterdir()) == [file.with_suffix(".json"), file]


def test_file_that_names_code_is_not_run(xtts: Any, tmp_path: Path, computed: list[str]) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, tuple[str]]:
            return Path.touch, (tmp_path / "harm",)  # type: ignore[return-value]

    reference = voice(record(tmp_path / "a.wav"))
    LatentsCache(xtts, tmp_path / "cache", "cpu").get(reference)
    (file,) = (tmp_path / "cache").glob("*.pth")
    file.write_bytes(_torch_bytes(tmp_path, Evil()))
    LatentsCache(xtts, tmp_path / "cache", "cpu").get(reference)
    assert computed == ["me", "me"]
    assert not (tmp_path / "harm").exists()


def test_two_requests_at_once_compute_once(xtts: Any, tmp_path: Path, computed: list[str]) -> None:
    cache = LatentsCache(xtts, tmp_path / "cache", "cpu")
    reference = voice(record(tmp_path / "a.wav"))
    found: list[VoiceLatents] = []
    threads = [threading.Thread(target=lambda: found.append(cache.get(reference))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert computed == ["me"]


def test_memory_holds_the_voices_used_last(xtts: Any, tmp_path: Path, computed: list[str]) -> None:
    cache = LatentsCache(xtts, tmp_path / "cache", "cpu", in_memory=2)
    voices = [voice(record(tmp_path / f"{n}.wav", pitch=0.02 + n / 100, seconds=1), id=str(n)) for n in range(3)]
    for number in (0, 1, 0, 2):
        cache.get(voices[number])
    assert list(cache._memory) == [voices[0].sha256, voices[2].sha256]
    cache.get(voices[1])  # from the disk
    assert computed == ["0", "1", "2"]


def test_folder_that_cannot_be_written_is_no_obstacle(
    xtts: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "cache").write_text("a file")
    cache = LatentsCache(xtts, tmp_path / "cache", "cpu")
    assert cache.get(voice(record(tmp_path / "a.wav"))).gpt_cond_latent.shape == (1, 32, 64)
    assert "cannot be kept for the next start" in caplog.text


def test_lengths_are_the_models_own(xtts: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against coqui-tts's own method, which is given them and reads the files by itself."""
    calls: list[dict[str, Any]] = []
    real = xtts.get_gpt_cond_latents

    def spy(audio: Any, sr: int, **lengths: int) -> Any:
        calls.append({"seconds": audio.shape[-1] / sr, **lengths})
        return real(audio, sr, **lengths)

    def read_wav(path: str, sampling_rate: int) -> Any:
        import torch

        with wave.open(str(path), "rb") as file:
            assert file.getframerate() == sampling_rate
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
        return torch.from_numpy(samples)[None]

    paths = [record(tmp_path / "a.wav", seconds=7), record(tmp_path / "b.wav", pitch=0.05, seconds=3)]
    monkeypatch.setattr(importlib.import_module("TTS.tts.models.xtts"), "load_audio", read_wav)
    monkeypatch.setattr(xtts, "get_gpt_cond_latents", spy)
    expected = VoiceLatents(
        *xtts.get_conditioning_latents(
            audio_path=[str(path) for path in paths], max_ref_length=5, gpt_cond_len=6, gpt_cond_chunk_len=3
        )
    )
    found = compute_latents(xtts, voice(*paths))
    # Of each file 5 s, of all of them 6 s in pieces of 3 s: config.json says so, and no default does.
    assert calls == [{"seconds": 8.0, "length": 6, "chunk_length": 3}] * 2
    np.testing.assert_allclose(found.gpt_cond_latent, expected.gpt_cond_latent, atol=1e-4)
    np.testing.assert_allclose(found.speaker_embedding, expected.speaker_embedding, atol=1e-4)


def test_other_lengths_or_weights_have_other_files(
    xtts: Any, tmp_path: Path, computed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = voice(record(tmp_path / "a.wav"))
    LatentsCache(xtts, tmp_path / "cache", "cpu").get(reference)
    with monkeypatch.context() as patch:
        patch.setattr(xtts.config, "gpt_cond_len", 4)
        LatentsCache(xtts, tmp_path / "cache", "cpu").get(reference)
    weights = xtts.gpt.conditioning_encoder.init.weight
    weights.mul_(1.5)
    LatentsCache(xtts, tmp_path / "cache", "cpu").get(reference)
    weights.div_(1.5)
    assert computed == ["me"] * 3


def test_unusable_recordings_are_told(xtts: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    cache = LatentsCache(xtts, tmp_path / "cache", "cpu")
    short = voice(record(tmp_path / "short.wav", seconds=0.2))
    with pytest.raises(InvalidAudioError, match="too short") as raised:
        cache.get(short)
    assert raised.value.param == "voice"
    (tmp_path / "text.wav").write_text("no sound at all")
    with pytest.raises(InvalidAudioError, match="voice 'me' cannot be used") as raised:
        cache.get(voice(tmp_path / "text.wav"))
    assert raised.value.param == "voice"
    gone = voice(record(tmp_path / "gone.wav"))
    gone.paths[0].unlink()
    with pytest.raises(NotFoundError, match="are gone"):
        cache.get(gone)
