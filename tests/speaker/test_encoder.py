"""Speakers are compared in process where a model is configured, and nobody pretends to where there is none."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.engines.cases import hello
from tests.speaker.conftest import encoder_with
from tests.tiny_voices.campplus import SIZE, build_network
from voice_stack.audio.clip import AudioClip
from voice_stack.audio.resample import Resampler
from voice_stack.core.errors import EngineUnavailableError, SettingsError, TooLittleSpeechError
from voice_stack.speaker.encoder import SpeakerEncoder
from voice_stack.speaker.engines.campplus.files import CALIBRATED
from voice_stack.speaker.vectors import similarity, unit


def test_without_a_model_it_says_what_to_set() -> None:
    encoder = encoder_with(speaker_model="")
    assert encoder.obstacle is not None
    assert not encoder.is_ready
    with pytest.raises(EngineUnavailableError, match="SPEAKER_MODEL"):
        encoder.embed(hello())


def test_nothing_is_loaded_before_it_is_needed(encoder: SpeakerEncoder) -> None:
    assert encoder.obstacle is None
    assert encoder.is_ready
    assert encoder._engine is None
    assert encoder.embed(hello()).shape == (SIZE,)
    assert encoder.name == "campplus/tiny-campplus"
    encoder.close()
    assert encoder.embed(hello()).shape == (SIZE,), "it is loaded again"


def test_any_rate_is_taken(encoder: SpeakerEncoder) -> None:
    resampler = Resampler(16_000, 44_100)
    clip = hello()
    at_44100 = AudioClip(np.concatenate([resampler.write(clip.samples), resampler.finish()]), 44_100)
    assert similarity(encoder.embed(clip), encoder.embed(at_44100)) > 0.99


def test_many_threads_load_one_network(encoder: SpeakerEncoder) -> None:
    begin = threading.Barrier(6)

    def listen(_: int) -> int:
        begin.wait()
        encoder.embed(hello())
        return id(encoder._engine)

    with ThreadPoolExecutor(6) as threads:
        assert len(set(threads.map(listen, range(6)))) == 1


def test_a_model_that_cannot_be_had_is_told_each_time(tmp_path: Path) -> None:
    encoder = encoder_with(speaker_model=str(tmp_path))
    for _ in range(2):
        with pytest.raises(EngineUnavailableError, match=r"holds no CAM\+\+ network"):
            encoder.embed(hello())


def test_an_engine_that_does_not_exist_stops_the_start() -> None:
    with pytest.raises(SettingsError, match="SPEAKER_ENGINE='nobody'"):
        encoder_with(speaker_engine="nobody")


def test_the_threshold_is_the_models_or_the_settings(tiny_campplus: Path) -> None:
    assert encoder_with(speaker_model=str(tiny_campplus)).calibration.same == 0.54
    own = encoder_with(speaker_model=str(tiny_campplus), speaker_threshold="0.7").calibration
    assert (own.same, own.source) == (0.7, "SPEAKER_THRESHOLD")


@pytest.mark.parametrize(
    ("name", "source"), [(CALIBRATED, "equal error"), ("3dspeaker_speech_campplus_sv_en_voxceleb_16k.onnx", "not cal")]
)
def test_exports_of_sherpa_onnx_are_taken(tmp_path: Path, name: str, source: str) -> None:
    facts = {"framework": "3d-speaker", "normalize_samples": "1", "feature_normalize_type": "global-mean"}
    build_network(tmp_path / name, input_name="x", facts=facts)
    encoder = encoder_with(speaker_model=str(tmp_path))
    assert encoder.embed(hello()).shape == (SIZE,)
    assert source in encoder.calibration.source


def test_a_network_for_other_features_is_refused(tmp_path: Path) -> None:
    build_network(tmp_path / "campplus.onnx", facts={"feature_normalize_type": "per_feature"})
    with pytest.raises(EngineUnavailableError, match="per_feature"):
        encoder_with(speaker_model=str(tmp_path)).embed(hello())


def test_a_model_of_the_cache_is_found(tmp_path: Path) -> None:
    storage = tmp_path / "models--someone--voices"
    build_network(storage / "snapshots" / "abc" / "my-campplus.onnx")
    for model in ("someone/voices", "someone/voices/my-campplus.onnx"):
        assert encoder_with(speaker_model=model, model_dir=str(tmp_path)).is_ready
    assert not encoder_with(speaker_model="someone/voices/other.onnx", model_dir=str(tmp_path)).is_ready
    assert not encoder_with(speaker_model="../voices", model_dir=str(tmp_path)).is_ready


def test_silence_has_no_speaker(encoder: SpeakerEncoder) -> None:
    with pytest.raises(TooLittleSpeechError, match=r"0\.0 seconds of speech"):
        encoder.embed(AudioClip(np.zeros(48_000, np.float32), 48_000))


def test_similarity_is_a_cosine() -> None:
    a, b = unit(np.array([3.0, 4.0])), unit(np.array([4.0, -3.0]))
    assert similarity(a, a) == pytest.approx(1.0)
    assert similarity(a, b) == pytest.approx(0.0, abs=1e-6)
    assert similarity(a, -a) == pytest.approx(-1.0)
    assert similarity(a, np.zeros(2, np.float32)) == 0.0
    with pytest.raises(ValueError, match="different models"):
        similarity(a, unit(np.ones(3)))
