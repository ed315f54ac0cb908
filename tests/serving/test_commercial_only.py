"""COMMERCIAL_ONLY: what may not be used commercially is never chosen, not listed, and refused by name."""

from pathlib import Path
from typing import Any

import pytest

from voice_stack.core.errors import SettingsError, UnsupportedError, UnusableVoiceError
from voice_stack.core.settings import load_settings
from voice_stack.serving.catalogue import Catalogue
from voice_stack.serving.model_files import find_model
from voice_stack.serving.registry import REGISTRY
from voice_stack.serving.spec import EngineSpec, Kind
from voice_stack.tts.engines.coqui.engine import CoquiEngine
from voice_stack.tts.service import speech_models
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.voices.catalogue import VoiceCatalogue

WHY = r"Its licence \(MPL-2.0; weights: Coqui Public Model License\) forbids commercial use"


@pytest.fixture(autouse=True)
def _everything_is_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """XTTS is on the disk and could be used, were it not for its licence."""
    monkeypatch.chdir(tmp_path)
    snapshot = tmp_path / "models" / "models--coqui--XTTS-v2" / "snapshots" / "1"
    snapshot.mkdir(parents=True)
    for name in ("config.json", "model.pth", "vocab.json"):
        (snapshot / name).write_text("{}")
    monkeypatch.setattr(CoquiEngine, "obstacle", classmethod(lambda cls, config: None))


def settings(**further: Any) -> TtsSettings:
    return load_settings(TtsSettings, model_dir="models", **{"tts_commercial_only": "true", **further})


def speech(**further: Any) -> Catalogue:
    return speech_models(settings(**further))


def test_auto_does_not_choose_it() -> None:
    assert speech(tts_commercial_only="false").configured.id == "xtts-v2"
    assert speech().configured.engine != "coqui"


def test_it_is_not_listed_and_what_is_left_out_is_told() -> None:
    assert "xtts-v2" in [entry.id for entry in speech(tts_commercial_only="false").entries()]
    models = speech(tts_allowed_models="*")
    assert "xtts-v2" not in [entry.id for entry in models.entries()]
    assert [entry.id for entry in models.left_out()] == ["xtts-v2"]
    assert speech(tts_commercial_only="false").left_out() == []


@pytest.mark.parametrize("name", ["xtts-v2", "coqui"])
@pytest.mark.parametrize("allowed", ["", "*", "xtts-v2"])
def test_by_name_it_is_refused_with_the_reason(name: str, allowed: str) -> None:
    with pytest.raises(UnsupportedError, match=f"left out by TTS_COMMERCIAL_ONLY. {WHY}") as raised:
        speech(tts_allowed_models=allowed).chain(name)
    assert raised.value.param == "model"


@pytest.mark.parametrize(
    ("further", "told"),
    [
        ({"tts_engine": "coqui"}, "TTS_ENGINE=coqui"),
        ({"tts_engine": "espeak", "tts_fallback_engines": "coqui"}, "TTS_FALLBACK_ENGINES: coqui"),
    ],
)
def test_who_configures_it_gets_no_service(further: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=f"{told} is left out by TTS_COMMERCIAL_ONLY=true. {WHY}"):
        speech(**further)


def test_it_is_not_downloaded() -> None:
    models = speech()
    with pytest.raises(UnsupportedError, match=WHY):
        models.check_licence(find_model("xtts-v2", [models]).entry)


def test_a_model_may_be_left_out_though_its_engine_is_not() -> None:
    """As Moonshine, whose models for other languages than English are."""
    from voice_stack.asr.service import recognition_models
    from voice_stack.asr.settings import AsrSettings

    own = {"asr_engine": "moonshine", "asr_commercial_only": "true"}
    assert recognition_models(load_settings(AsrSettings, **own)).configured.id == "moonshine-tiny"
    with pytest.raises(SettingsError, match=r"moonshine-tiny-ja is left out .*Moonshine Community License"):
        recognition_models(load_settings(AsrSettings, **own, asr_moonshine_model="moonshine-tiny-ja"))


def test_voices_have_licences_of_their_own() -> None:
    given = settings(tts_engine="pocket", tts_fallback_engines="")
    voices = VoiceCatalogue(given, speech_models(given))
    listed = {voice.id: voice for voice in voices.listing("pocket")}
    assert (listed["anna"].licence, listed["anna"].non_commercial) == ("CC-BY-4.0", False)
    assert "cosette" not in listed
    with pytest.raises(UnusableVoiceError, match=r"'cosette' is left out .* \(CC-BY-NC-4.0\) forbids commercial use"):
        voices.find("cosette", "pocket", "en")
    free = settings(tts_engine="pocket", tts_fallback_engines="", tts_commercial_only="false")
    voices = VoiceCatalogue(free, speech_models(free))
    assert {voice.id: voice.non_commercial for voice in voices.listing("pocket")}["cosette"] is True
    assert voices.find("cosette", "pocket", "en") is not None


def test_a_voice_without_a_licence_of_its_own_has_the_one_of_the_weights() -> None:
    given = settings(tts_engine="kokoro")
    listed = VoiceCatalogue(given, speech_models(given)).listing("kokoro")
    assert {voice.licence for voice in listed if voice.kind == "engine"} == {"Apache-2.0"}
    listed = VoiceCatalogue(given, speech_models(given)).listing("piper")
    assert {voice.licence for voice in listed if voice.kind == "engine"} <= {""}


def test_every_row_tells_its_licences() -> None:
    speaking: list[EngineSpec] = REGISTRY.of(Kind.SPEECH)
    told = {spec.name: (spec.licence.code, spec.licence.weights, spec.licence.non_commercial) for spec in speaking}
    assert told["pocket"] == ("MIT", "CC-BY-4.0", False)
    assert told["coqui"] == ("MPL-2.0", "Coqui Public Model License", True)
