"""The engine of our own on sound, and what it says where something is missing."""

from pathlib import Path

import pytest

from tests.real_models import real_model
from tests.two_voices import two_voices
from voice_stack.asr.service import TranscriptionService
from voice_stack.asr.settings import AsrSettings
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.core.errors import EngineUnavailableError, UnsupportedError
from voice_stack.core.settings import Settings, load_settings
from voice_stack.serving.engine import EngineConfig
from voice_stack.speaker.diarization.engines.clustering.engine import ClusteringEngine
from voice_stack.speaker.diarization.engines.clustering.files import (
    COMMUNITY,
    SEGMENTATION,
    VOICE_ACTIVITY,
    find,
    models,
)
from voice_stack.speaker.diarization.engines.pyannote.engine import PyannoteEngine
from voice_stack.speaker.diarization.request import DiarizationRequest, Reference
from voice_stack.speaker.diarization.settings import ClusteringOptions, PyannoteOptions
from voice_stack.speaker.diarization.turns import SpeakerBounds
from voice_stack.speaker.encoder import SpeakerEncoder, speaker_encoder


def config(model: str = "") -> EngineConfig[ClusteringOptions]:
    return EngineConfig(ClusteringOptions(), model=model, device="cpu")


def service(**flags: str) -> TranscriptionService:
    return TranscriptionService(load_settings(AsrSettings, _env_file=None, **flags))


@pytest.fixture(scope="module")
def encoder() -> SpeakerEncoder:
    return speaker_encoder(load_settings(Settings, _env_file=None), embedded=True)


def test_voice_activity_alone_tells_two_apart(encoder: SpeakerEncoder) -> None:
    engine = ClusteringEngine(config(VOICE_ACTIVITY))
    hearing = engine.begin(encoder, SpeakerBounds())
    hearing.hear(two_voices())
    assert [turn.speaker for turn in hearing.finish().turns] == ["A", "B", "A"]
    assert (engine.model, engine.capabilities.overlap) == (VOICE_ACTIVITY, False)


@pytest.mark.long
def test_real_people_on_the_telephone(encoder: SpeakerEncoder, corpus: Path) -> None:
    with (corpus / "diarization" / "sample.wav").open("rb") as file:
        with open_audio(file, DecodeLimits(60, 60)) as sound:
            clip = sound.read(60.0)
    hearing = ClusteringEngine(config()).begin(encoder, SpeakerBounds())
    hearing.hear(clip)
    found = hearing.finish()
    assert len(found.speakers) == 2
    # As the reference has it: one says where she lives, the other where she is from.
    who = {turn.speaker for turn in found.turns if turn.start < 12.0 < turn.end}
    other = {turn.speaker for turn in found.turns if turn.start < 25.0 < turn.end}
    assert len(who) == len(other) == 1
    assert who != other


def test_models_are_named_and_none_is_a_path_to_requests(tmp_path: Path) -> None:
    assert [entry.id for entry in models(config())] == [COMMUNITY]
    assert [entry.installed for entry in models(config())] == [True]
    entry = find(SEGMENTATION, EngineConfig(ClusteringOptions(), model_dir=tmp_path))
    assert entry is not None
    assert not entry.installed
    assert find("no-such", config()) is None


def test_a_network_of_another_kind_is_refused(tmp_path: Path, tiny_campplus: Path) -> None:
    with pytest.raises(EngineUnavailableError, match="no segmentation network"):
        ClusteringEngine(config(str(tmp_path)))
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no network")
    with pytest.raises(EngineUnavailableError, match="damaged"):
        ClusteringEngine(config(str(broken)))
    with pytest.raises(EngineUnavailableError, match="its input or output is another"):
        ClusteringEngine(config(str(tiny_campplus / "campplus.onnx")))


def test_without_a_voice_model_it_says_so_before_any_work(tmp_path: Path) -> None:
    with service(speaker_model=str(tmp_path / "none.onnx"), speaker_engine="campplus") as made:
        with pytest.raises(EngineUnavailableError, match="none"):
            made.diarizing.admit(DiarizationRequest())


def test_pyannote_is_an_option_that_says_what_it_lacks() -> None:
    obstacle = PyannoteEngine.obstacle(EngineConfig(PyannoteOptions()))
    if obstacle is None:
        pytest.skip("pyannote.audio is installed")
    assert "pip install 'pyannote.audio>=4'" in obstacle
    with service(diarization_engine="pyannote") as made:
        with pytest.raises(EngineUnavailableError, match=r"pyannote\.audio"):
            made.diarizing.admit(DiarizationRequest())


def test_an_engine_of_other_voices_knows_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PyannoteEngine, "obstacle", classmethod(lambda cls, config: None))
    with service(diarization_engine="pyannote") as made:
        assert made.diarizing.admit(DiarizationRequest()) == []
        with pytest.raises(UnsupportedError):
            made.diarizing.admit(DiarizationRequest(references=(Reference("Ann", b"RIFF"),)))


def test_the_thresholds_go_with_the_network() -> None:
    folder = real_model("campplus")
    if folder is None:
        pytest.skip("CAM++ is not here: make real MODELS=campplus")
    encoder = speaker_encoder(load_settings(Settings, _env_file=None, speaker_model=str(folder)))
    hearing = ClusteringEngine(config()).begin(encoder, SpeakerBounds())
    hearing.hear(two_voices())
    assert [turn.speaker for turn in hearing.finish().turns] == ["A", "B", "A"]
