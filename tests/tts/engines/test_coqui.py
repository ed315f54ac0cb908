"""XTTS speaks: with coqui-tts's own code on a tiny model of random weights, whose length the token limit decides."""

import importlib.util
import json
import logging
import subprocess
import sys
import threading
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.asr.engines.fake_hub import FakeHub, serve_hub
from voice_stack.audio.clip import Samples
from voice_stack.core.errors import (
    EngineError,
    EngineUnavailableError,
    InvalidRequestError,
    NotFoundError,
    UnsupportedError,
)
from voice_stack.serving.engine import EngineConfig
from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.tts.engines.coqui.engine import CoquiEngine, token_limit
from voice_stack.tts.engines.coqui.options import CoquiOptions
from voice_stack.tts.types import Utterance, VoiceReference

RATE = 24000
# 46 ms: 1024 samples at the 22050 Hz of the model's tokens.
TOKEN_S = 1024 / 22050
TEXT = "Well, hello."


def configure(folder: Path | str, data: Path, **changes: Any) -> EngineConfig[CoquiOptions]:
    values = {"device": "cpu", "model_dir": data / "models", "cache_dir": data / "cache", **changes}
    return EngineConfig(CoquiOptions(licence_accepted=True), model=str(folder), **values)


@pytest.fixture(scope="module")
def engine(tiny_xtts: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CoquiEngine]:
    engine = CoquiEngine(configure(tiny_xtts, tmp_path_factory.mktemp("data")))
    yield engine
    engine.close()


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less to say: the vocoder, which has the size of the real one, is all that takes time here."""
    monkeypatch.setattr("voice_stack.tts.engines.coqui.engine._LEAST_TOKENS", 10)


def say(text: str = TEXT, voice: str | VoiceReference = "ana_tiny", language: str = "en") -> Utterance:
    return Utterance((Pronounced(text),), language, voice)


def speak(engine: CoquiEngine, utterance: Utterance, seed: int = 1) -> list[Samples]:
    import torch

    torch.manual_seed(seed)
    return [clip.samples for clip in engine.synthesize(utterance, threading.Event())]


def speak_whole(engine: CoquiEngine, utterance: Utterance, seed: int = 1) -> Samples:
    """The same by coqui-tts's own method, vocoded in one go."""
    import torch

    torch.manual_seed(seed)
    xtts = engine._xtts
    sampling = engine._config.options
    parts = xtts.inference_stream(
        utterance.text,
        utterance.language,
        **xtts.speaker_manager.speakers["Ana Tiny"],
        stream_chunk_size=1_000_000,
        max_new_tokens=token_limit(utterance.text, utterance.language),
        temperature=sampling.temperature,
        repetition_penalty=sampling.repetition_penalty,
        top_k=sampling.top_k,
        top_p=sampling.top_p,
    )
    whole: Samples = np.concatenate([part.numpy() for part in parts])
    return whole


@pytest.mark.long
@pytest.mark.usefixtures("brief")
def test_stream_is_what_the_vocoder_makes_of_the_whole(engine: CoquiEngine) -> None:
    utterance = say("Well, hello there.")
    parts = speak(engine, utterance)
    streamed, whole = np.concatenate(parts), speak_whole(engine, utterance)
    assert len(parts) > 3
    # To the last sample, and with no trace of a joint.
    assert len(streamed) == len(whole)
    np.testing.assert_allclose(streamed, whole, atol=float(np.abs(whole).max()) * 1e-4)
    joints = np.cumsum([len(part) for part in parts[:-1]])
    steps = np.abs(np.diff(streamed))
    assert steps[joints - 1].max() <= np.quantile(steps, 0.9999)


@pytest.mark.usefixtures("brief")
def test_first_part_is_small(engine: CoquiEngine) -> None:
    first, second, *_ = (len(part) / RATE for part in speak(engine, say()))
    assert first < 0.3
    assert second == pytest.approx(engine._config.options.stream_chunk_size * TOKEN_S, abs=0.02)


@pytest.mark.parametrize(("text", "language"), [("Hi.", "en"), pytest.param("Ja, gut.", "de", marks=pytest.mark.long)])
def test_token_limit_bounds_the_length(
    engine: CoquiEngine, text: str, language: str, caplog: pytest.LogCaptureFixture
) -> None:
    seconds = sum(len(part) for part in speak(engine, say(text, language=language))) / RATE
    assert seconds == pytest.approx(token_limit(text, language) * TOKEN_S, abs=0.02)
    assert seconds < 3.5
    assert "did not come to an end" in caplog.text


def test_token_limit_grows_with_the_text_up_to_the_models_own() -> None:
    limits = [token_limit("a" * length, "en") for length in (1, 25, 125, 250, 2500)]
    assert limits == sorted(limits)
    assert limits[0] * TOKEN_S < 2.5
    assert limits[-1] == 600
    # A Chinese character takes longer to say than a letter.
    assert token_limit("你好你好你好", "zh") > token_limit("abcdef", "en")


@contextmanager
def eager_to_stop(engine: CoquiEngine) -> Iterator[None]:
    """Make the stop token the likeliest of all."""
    bias, stop = engine._xtts.gpt.mel_head.bias, engine._xtts.gpt.stop_audio_token
    before = float(bias[stop])
    bias[stop] = 100.0
    try:
        yield
    finally:
        bias[stop] = before


def test_speech_that_ends_by_itself_is_not_cut(engine: CoquiEngine, caplog: pytest.LogCaptureFixture) -> None:
    with eager_to_stop(engine):
        (only,) = speak(engine, say())
    assert len(only) / RATE == pytest.approx(TOKEN_S, abs=0.02)
    assert "did not come to an end" not in caplog.text


# This and the next two: the conformance suite checks the same in every run, with a shorter text.
@pytest.mark.long
@pytest.mark.usefixtures("brief")
def test_closing_midway_leaves_no_trace(engine: CoquiEngine) -> None:
    before = np.concatenate(speak(engine, say("Hi.")))
    clips = engine.synthesize(say("Something else."), threading.Event())
    next(clips)
    clips.close()  # type: ignore[attr-defined]
    np.testing.assert_allclose(np.concatenate(speak(engine, say("Hi."))), before, atol=1e-6)


@pytest.mark.long
@pytest.mark.usefixtures("brief")
def test_utterances_take_turns_between_clips_and_do_not_hear_each_other(
    engine: CoquiEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The likeliest token each time: nothing is drawn, so the order of things does not matter.
    monkeypatch.setattr(
        engine, "_config", replace(engine._config, options=engine._config.options.model_copy(update={"top_k": 1}))
    )
    utterances = [say("Something else."), say("Hi.")]
    alone = [np.concatenate(speak(engine, utterance)) for utterance in utterances]
    streams = [engine.synthesize(utterance, threading.Event()) for utterance in utterances]
    found: list[list[Samples]] = [[], []]
    while any(clips := [next(stream, None) for stream in streams]):
        for parts, clip in zip(found, clips, strict=True):
            parts += [clip.samples] if clip else []
    assert min(map(len, found)) > 1
    for parts, expected in zip(found, alone, strict=True):
        np.testing.assert_allclose(np.concatenate(parts), expected, atol=1e-6)
    assert len(alone[0]) != len(alone[1])


@pytest.mark.long
@pytest.mark.usefixtures("brief")
def test_a_part_may_be_taken_in_another_thread(engine: CoquiEngine) -> None:
    import torch

    torch.manual_seed(1)
    clips = engine.synthesize(say("Hi."), threading.Event())
    parts = [next(clips).samples]
    thread = threading.Thread(target=lambda: parts.extend(clip.samples for clip in clips))
    thread.start()
    thread.join()
    assert not torch.is_inference_mode_enabled()
    np.testing.assert_allclose(np.concatenate(parts), np.concatenate(speak(engine, say("Hi."))), atol=1e-6)


@pytest.mark.usefixtures("brief")
def test_studio_speaker_answers_to_id_and_name(engine: CoquiEngine) -> None:
    config = engine._config
    assert [(voice.id, voice.name) for voice in engine.voices(config)] == [
        ("ana_tiny", "Ana Tiny"),
        ("bob_tiny", "Bób Tiny"),
    ]
    assert engine.knows_voice(config, "Bób Tiny")
    assert not engine.knows_voice(config, "claribel_dervla")
    by_id, by_name = (np.concatenate(speak(engine, say("Hi.", voice))) for voice in ("bob_tiny", "Bób Tiny"))
    np.testing.assert_array_equal(by_id, by_name)
    assert not np.allclose(by_id, np.concatenate(speak(engine, say("Hi."))), atol=1e-3)


@pytest.mark.usefixtures("brief")
def test_recordings_are_a_voice(engine: CoquiEngine, tmp_path: Path) -> None:
    path = tmp_path / "me.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 22050, 0, "NONE", ""))
        tone = np.sin(np.arange(22050 * 3) * 0.05) * 9000
        file.writeframes(tone.astype("<i2").tobytes())
    cloned = speak(engine, say("Hi.", VoiceReference("me", "ab" * 32, (path,))))
    assert not np.allclose(np.concatenate(cloned), np.concatenate(speak(engine, say("Hi."))), atol=1e-3)
    assert "ab" * 32 in engine._cloned._memory
    engine.forget_voice("ab" * 32)
    assert "ab" * 32 not in engine._cloned._memory


def test_unknown_speaker_is_404(engine: CoquiEngine) -> None:
    with pytest.raises(NotFoundError, match="no speaker 'nobody'") as raised:
        speak(engine, say(voice="nobody"))
    assert raised.value.param == "voice"


def test_text_beyond_the_models_limit_is_refused(engine: CoquiEngine) -> None:
    with pytest.raises(InvalidRequestError, match="401 at most"):
        speak(engine, say("a" * 500))


def test_failure_of_the_library_is_an_engine_error(engine: CoquiEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("shape mismatch")

    monkeypatch.setattr(engine._xtts.gpt, "get_generator", fail)
    with pytest.raises(EngineError, match="shape mismatch"):
        speak(engine, say())


def test_want_of_memory_is_unavailable(engine: CoquiEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")

    monkeypatch.setattr(engine._xtts.gpt, "get_generator", fail)
    with pytest.raises(EngineUnavailableError, match="Out of memory"):
        speak(engine, say())


def test_capabilities_agree_with_what_is_told_before_loading(engine: CoquiEngine) -> None:
    assert engine.capabilities.languages == engine.languages(engine._config)
    assert engine.capabilities.limit("ja") == 71
    assert engine.capabilities.sample_rate == RATE
    assert engine.model == "tiny-xtts"
    assert engine.device == "cpu"


def without(monkeypatch: pytest.MonkeyPatch, *absent: str) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name in absent else real(name, *rest))


def test_language_whose_package_is_missing_is_left_out(engine: CoquiEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "pypinyin", "cutlet")
    languages = CoquiEngine.languages(engine._config)
    assert {"en", "ko", "ru"} <= languages
    assert not {"zh", "ja"} & languages
    monkeypatch.setattr(engine, "capabilities", replace(engine.capabilities, languages=languages))
    with pytest.raises(UnsupportedError, match="pip install cutlet unidic-lite"):
        engine._text_tokens(say("はい", language="ja"))


def test_languages_are_those_of_the_model(tiny_xtts: Path, tmp_path: Path) -> None:
    for path in tiny_xtts.iterdir():
        (tmp_path / path.name).symlink_to(path)
    config = json.loads((tiny_xtts / "config.json").read_text())
    (tmp_path / "config.json").unlink()
    (tmp_path / "config.json").write_text(json.dumps(config | {"languages": ["de", "tr"]}))
    assert CoquiEngine.languages(configure(tmp_path, tmp_path)) == {"de", "tr"}


def test_official_model_has_58_speakers(tmp_path: Path) -> None:
    config = EngineConfig(CoquiOptions(), model_dir=tmp_path)
    voices = CoquiEngine.voices(config)
    assert len({voice.id for voice in voices}) == 58
    assert all(voice.id.isascii() and voice.id == voice.id.lower() for voice in voices)
    assert voices[0].id == "claribel_dervla"
    assert not any(voice.downloaded for voice in voices)
    assert CoquiEngine.knows_voice(config, "Eugenio Mataracı")
    assert CoquiEngine.knows_voice(config, "camilla_holmstrom")


def test_folder_without_speakers_has_none(tiny_xtts: Path, tmp_path: Path) -> None:
    for path in tiny_xtts.iterdir():
        if path.name != "speakers_xtts.pth":
            (tmp_path / path.name).symlink_to(path)
    config = configure(tmp_path, tmp_path)
    assert CoquiEngine.voices(config) == []
    (tmp_path / "speakers_xtts.pth").write_bytes(b"no archive")
    assert CoquiEngine.voices(config) == []


REFUSES = """
import sys
from voice_stack.core.errors import EngineUnavailableError
from voice_stack.serving.engine import EngineConfig
from voice_stack.tts.engines.coqui.options import CoquiOptions
from voice_stack.tts.engines.coqui.engine import CoquiEngine
config = EngineConfig(CoquiOptions(), model=sys.argv[1])
assert "COQUI_TOS_AGREED=1" in CoquiEngine.obstacle(config)
try:
    CoquiEngine(config)
except EngineUnavailableError as error:
    assert "non-commercial" in error.message, error
else:
    raise SystemExit("it was built")
"""


def test_a_refusal_imports_nothing_heavy(tiny_xtts: Path) -> None:
    check = "assert not {'torch', 'TTS', 'torchaudio', 'transformers'} & set(sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", REFUSES + check, str(tiny_xtts)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("missing", ["config.json", "model.pth", "vocab.json"])
def test_missing_file_is_named(tiny_xtts: Path, tmp_path: Path, missing: str) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    for path in tiny_xtts.iterdir():
        if path.name != missing:
            (folder / path.name).symlink_to(path)
    config = configure(folder, tmp_path)
    assert not CoquiEngine.is_downloaded(config)
    with pytest.raises(EngineUnavailableError, match=f"'mine' is no XTTS model: it lacks {missing}"):
        CoquiEngine(config)


def test_model_is_downloaded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    from voice_stack.tts.engines.coqui.files import ensure_model

    published = tmp_path / "published"
    published.mkdir()
    for name in ("config.json", "model.pth", "vocab.json", "speakers_xtts.pth", "dvae.pth"):
        (published / name).write_bytes(name.encode())
    config = configure("acme/xtts", tmp_path)
    with serve_hub(FakeHub("acme/xtts", published)) as hub:
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", hub.url + "/{repo_id}/resolve/{revision}/{filename}"
        )
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        assert not CoquiEngine.is_downloaded(config)
        folder = ensure_model(config)
        hub.requests.clear()
        assert ensure_model(config) == folder
        assert not hub.requests
    assert CoquiEngine.is_downloaded(config)
    # Training's own weights stay on the hub.
    assert {path.name for path in folder.iterdir()} == {"config.json", "model.pth", "vocab.json", "speakers_xtts.pth"}


def test_missing_gpu_means_the_cpu(caplog: pytest.LogCaptureFixture, tiny_xtts: Path) -> None:
    import torch

    from voice_stack.serving.torch_device import choose_torch_device

    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    caplog.set_level(logging.WARNING)
    assert choose_torch_device(f"cuda:{gpus}", "TTS_DEVICE") == "cpu"
    assert f"TTS_DEVICE=cuda:{gpus}" in caplog.text


def test_library_that_cannot_run_shows_at_once(
    tiny_xtts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gpt = importlib.import_module("TTS.tts.layers.xtts.gpt_inference")

    def fail(*_: object, **__: object) -> None:
        raise AttributeError("'NoneType' object has no attribute 'get_seq_length'")  # transformers 5.24 and coqui 0.28

    monkeypatch.setattr(gpt.GPT2InferenceModel, "forward", fail)
    with pytest.raises(EngineUnavailableError, match="does not run with what is installed here"):
        CoquiEngine(configure(tiny_xtts, tmp_path))
