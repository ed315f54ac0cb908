"""Which names stand for which models, and who answers for them."""

import importlib.util
from pathlib import Path

import pytest

from voice_stack.core.errors import ModelNotFoundError, SettingsError
from voice_stack.core.settings import load_settings
from voice_stack.serving.catalogue import Catalogue
from voice_stack.tts.service import NAMES, speech_models
from voice_stack.tts.settings import TtsSettings

ALIASES = NAMES.aliases


def catalogue(**settings: object) -> Catalogue:
    return speech_models(load_settings(TtsSettings, **settings))


def engines(models: Catalogue, name: str = "tts-1") -> list[str]:
    return [entry.engine for entry in models.chain(name)]


def test_auto_takes_the_best_that_is_installed_and_licensed(tmp_path: Path) -> None:
    # Nobody has agreed to XTTS's licence.
    extras = {"pocket": "pocket_tts", "piper": "piper", "supertonic": "sherpa_onnx"}
    installed = [name for name, module in extras.items() if importlib.util.find_spec(module) is not None]
    assert engines(catalogue(model_dir=tmp_path)) == ["kokoro", *installed, "espeak"]


@pytest.mark.skipif(importlib.util.find_spec("TTS") is None, reason="needs the extra `coqui`")
def test_auto_takes_xtts_once_its_licence_is_accepted(tmp_path: Path) -> None:
    assert engines(catalogue(model_dir=tmp_path, coqui_tos_agreed=True))[0] == "coqui"


def test_named_engine_comes_first_and_its_stand_ins_after_it() -> None:
    assert engines(catalogue(tts_engine="piper", tts_fallback_engines="kokoro,espeak")) == ["piper", "kokoro", "espeak"]
    assert engines(catalogue(tts_engine="espeak")) == ["espeak"]
    assert engines(catalogue(tts_engine="kokoro", tts_fallback_engines="")) == ["kokoro"]


@pytest.mark.parametrize("name", [*ALIASES, "espeak", "espeak-ng"])
def test_names_of_openai_and_of_the_engine_mean_the_configured_model(name: str) -> None:
    assert engines(catalogue(tts_engine="espeak"), name) == ["espeak"]


def test_another_engine_by_name_gets_no_stand_in(tiny_kokoro: Path) -> None:
    models = catalogue(tts_engine="tone", tts_kokoro_model=str(tiny_kokoro))
    assert engines(models, "kokoro") == ["kokoro"]
    assert engines(models, tiny_kokoro.name) == ["kokoro"]
    assert engines(models, "espeak-ng") == ["espeak"]


def test_engine_that_must_be_downloaded_has_to_be_allowed(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="Available"):
        catalogue(tts_engine="espeak", model_dir=tmp_path).chain("kokoro")
    for allowed in ("kokoro", "*"):
        assert engines(catalogue(tts_engine="espeak", model_dir=tmp_path, tts_allowed_models=allowed), "kokoro")


def test_list_begins_with_the_configured_model_and_names_each_once(tmp_path: Path) -> None:
    entries = catalogue(tts_engine="espeak", model_dir=tmp_path).entries()
    ids = [entry.id for entry in entries]
    assert ids[0] == "espeak-ng"
    assert set(ALIASES) <= set(ids)
    assert len(ids) == len(set(ids))
    assert not any("/" in id for id in ids)


def test_local_folder_is_called_by_its_name(tiny_kokoro: Path) -> None:
    entry = catalogue(tts_engine="kokoro", tts_kokoro_model=str(tiny_kokoro)).configured
    assert (entry.id, entry.owned_by, entry.installed) == (tiny_kokoro.name, "local", True)


def test_unknown_engine_is_a_wrong_setting() -> None:
    with pytest.raises(SettingsError, match="TTS_ENGINE"):
        catalogue(tts_engine="festival")
