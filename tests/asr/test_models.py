"""What a request may name, and what it gets."""

from pathlib import Path

import pytest

from voice_stack.asr.engines.openai_whisper.files import NAMES as WHISPER_NAMES
from voice_stack.asr.engines.whisper_names import REPOS
from voice_stack.asr.service import NAMES, recognition_models
from voice_stack.asr.settings import AsrSettings
from voice_stack.core.errors import ModelNotFoundError, SettingsError
from voice_stack.core.settings import load_settings
from voice_stack.serving.catalogue import Catalogue
from voice_stack.serving.spec import ModelEntry

ALIASES = NAMES.aliases
PARTS = ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt")


class Models:
    """The catalogue, and the model that answers first for a name."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.all = catalogue
        self.entries = catalogue.entries
        self.configured = catalogue.configured

    def resolve(self, name: str) -> ModelEntry:
        return self.all.chain(name)[0]


def catalogue(tmp_path: Path, **settings: object) -> Models:
    return Models(recognition_models(load_settings(AsrSettings, **{"model_dir": tmp_path, **settings})))


def add_snapshot(model_dir: Path, repo: str) -> None:
    folder = model_dir / f"models--{repo.replace('/', '--')}" / "snapshots" / "abc"
    folder.mkdir(parents=True)
    for part in PARTS:
        (folder / part).write_bytes(b"weights")


def test_configured_model_comes_first_then_the_aliases(tmp_path: Path) -> None:
    entries = catalogue(tmp_path, asr_model="base").entries()
    assert [entry.id for entry in entries] == ["base", *ALIASES, "moonshine-tiny", "pocketsphinx"]
    assert {entry.source for entry in entries[:-2]} == {"base"}
    assert not entries[0].installed


@pytest.mark.parametrize("alias", ALIASES)
def test_aliases_mean_the_configured_model(tmp_path: Path, alias: str) -> None:
    models = catalogue(tmp_path, asr_model="Systran/faster-whisper-base")
    assert models.resolve(alias) == models.configured
    assert models.configured.owned_by == "Systran"


def test_id_of_a_local_folder_hides_its_path(tmp_path: Path, tiny_ct2: Path) -> None:
    models = catalogue(tmp_path, asr_model=str(tiny_ct2))
    first = models.entries()[0]
    assert (first.id, first.source, first.owned_by) == (tiny_ct2.name, str(tiny_ct2), "local")
    assert first.installed
    assert models.resolve(first.id) == first
    assert not any(str(tmp_path) in entry.id or "/" in entry.id for entry in models.entries())


def test_every_listed_id_can_be_named(tmp_path: Path, tiny_ct2: Path) -> None:
    add_snapshot(tmp_path, "acme/whisper-x")
    (tmp_path / "mine").symlink_to(tiny_ct2)
    (tmp_path / "old.pt").write_bytes(b"")
    models = catalogue(tmp_path, asr_model="base", asr_allowed_models="medium,org/other")
    for entry in models.entries():
        resolved = models.resolve(entry.id)
        assert (resolved.engine, resolved.source) == (entry.engine, entry.source)


def test_installed_models_are_found(tmp_path: Path, tiny_ct2: Path, tiny_pt: Path) -> None:
    add_snapshot(tmp_path, "acme/whisper-x")
    (tmp_path / "mine").symlink_to(tiny_ct2)
    (tmp_path / tiny_pt.name).symlink_to(tiny_pt)
    (tmp_path / "whisper").mkdir()
    (tmp_path / "whisper" / "tiny.pt").symlink_to(tiny_pt)
    (tmp_path / "notes").mkdir()
    found = {entry.id: entry for entry in catalogue(tmp_path).entries()}
    assert found["acme/whisper-x"].engine == "faster-whisper"
    assert found["mine"].source == str(tmp_path / "mine")
    assert found[tiny_pt.stem].engine == "whisper"
    assert found["tiny"].engine == "whisper"
    assert "notes" not in found


def test_short_name_finds_the_installed_repository(tmp_path: Path) -> None:
    add_snapshot(tmp_path, "Systran/faster-whisper-tiny")
    assert catalogue(tmp_path).resolve("tiny").source == "Systran/faster-whisper-tiny"


def test_interrupted_download_is_not_installed(tmp_path: Path) -> None:
    (tmp_path / "models--acme--half" / "snapshots" / "abc").mkdir(parents=True)
    assert "acme/half" not in {entry.id for entry in catalogue(tmp_path).entries()}


@pytest.mark.parametrize("missing", PARTS)
def test_a_download_of_which_a_part_is_missing_is_not_installed(tmp_path: Path, missing: str) -> None:
    add_snapshot(tmp_path, "acme/half")
    (tmp_path / "mine").mkdir()
    for part in PARTS:
        (tmp_path / "mine" / part).write_bytes(b"weights")
    assert {"acme/half", "mine"} <= {entry.id for entry in catalogue(tmp_path).entries()}
    (tmp_path / "models--acme--half" / "snapshots" / "abc" / missing).unlink()
    (tmp_path / "mine" / missing).unlink()
    assert not {"acme/half", "mine"} & {entry.id for entry in catalogue(tmp_path).entries()}


@pytest.mark.parametrize("name", ["medium", "gpt-5", "", "../../etc/passwd", "/etc/passwd", "org/name", ".", "models"])
def test_unknown_names_are_not_found(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelNotFoundError, match="small, whisper-1"):
        catalogue(tmp_path).resolve(name)


def test_path_of_an_existing_folder_is_no_name(tmp_path: Path, tiny_ct2: Path) -> None:
    for settings in ({}, {"asr_allowed_models": "*"}):
        with pytest.raises(ModelNotFoundError):
            catalogue(tmp_path, **settings).resolve(str(tiny_ct2))


def test_allowed_models_can_be_named(tmp_path: Path) -> None:
    models = catalogue(tmp_path, asr_allowed_models="medium, org/name")
    assert models.resolve("medium").engine == "faster-whisper"
    assert models.resolve("org/name").source == "org/name"
    with pytest.raises(ModelNotFoundError):
        models.resolve("large-v3")


def test_star_allows_known_names_and_hub_ids(tmp_path: Path) -> None:
    models = catalogue(tmp_path, asr_allowed_models="*")
    assert models.resolve("large-v3-turbo").source == "large-v3-turbo"
    assert models.resolve("some-org/whisper.v2_x").source == "some-org/whisper.v2_x"
    for bad in ("larch", "a/b/c", "../x", "x/..", "org/", "/org", "org/na me", "~/x", "org/name/", "a/.b", "org/x\n"):
        with pytest.raises(ModelNotFoundError):
            models.resolve(bad)


def test_diarizing_model_is_the_configured_one(tmp_path: Path) -> None:
    models = catalogue(tmp_path)
    assert models.resolve("gpt-4o-transcribe-diarize").source == models.resolve("whisper-1").source


def test_pocketsphinx_as_the_configured_engine(tmp_path: Path) -> None:
    models = catalogue(tmp_path, asr_engine="pocketsphinx")
    assert models.entries()[0].id == "pocketsphinx"
    assert models.resolve("whisper-1").engine == "pocketsphinx"


def test_unknown_engine_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"ASR_ENGINE='parakeat'.*faster-whisper, onnx, whisper, moonshine, pocketsphinx"
    ):
        catalogue(tmp_path, asr_engine="parakeat")
    with pytest.raises(SettingsError, match=r"ASR_FALLBACK_ENGINES='sphinx'.*pocketsphinx"):
        catalogue(tmp_path, asr_fallback_engines="sphinx")


@pytest.mark.parametrize("name", ["smal", "../x", "/nowhere/model", "a/b/c"])
def test_a_configured_model_that_cannot_be_meant_stops_the_start(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="ASR_MODEL="):
        catalogue(tmp_path, asr_model=name)


def test_the_embedded_engine_takes_a_model_that_it_knows(tmp_path: Path) -> None:
    assert catalogue(tmp_path, asr_engine="moonshine").configured.id == "moonshine-tiny"
    assert catalogue(tmp_path, asr_engine="moonshine", asr_model="moonshine-base").configured.id == "moonshine-base"


def test_auto_takes_the_first_that_can_be_had(tmp_path: Path) -> None:
    models = catalogue(tmp_path, asr_engine="auto")
    engines = [entry.engine for entry in models.all.chain("whisper-1")]
    assert (engines[0], engines[-1]) == ("faster-whisper", "pocketsphinx")


def test_a_language_goes_to_the_engine_that_is_set_for_it(tmp_path: Path) -> None:
    models = catalogue(tmp_path, asr_engines_by_language="en=pocketsphinx, german=medium, *=faster-whisper").all
    assert [entry.engine for entry in models.chain("whisper-1", "en")] == [
        "pocketsphinx",
        "faster-whisper",
        "moonshine",
    ]
    assert models.chain("whisper-1", "de")[0].id == "medium"
    assert models.chain("whisper-1", "fr")[0] == models.configured
    assert models.chain("whisper-1")[0] == models.configured
    assert models.chain("small", "en")[0] == models.configured, "a client that names a model wants that one"


def test_a_language_for_an_engine_that_does_not_exist_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="ASR_ENGINES_BY_LANGUAGE: 'parakeat' is neither an engine"):
        catalogue(tmp_path, asr_engines_by_language="en=parakeat")
    for wrong in ("en", "en=", "xx=whisper", "=whisper"):
        with pytest.raises(SettingsError, match="ASR_ENGINES_BY_LANGUAGE"):
            catalogue(tmp_path, asr_engines_by_language=wrong)


def test_names_are_those_of_faster_whisper() -> None:
    from faster_whisper.utils import _MODELS

    assert dict(REPOS) == _MODELS


def test_names_are_those_of_openai_whisper() -> None:
    whisper = pytest.importorskip("whisper")
    assert sorted(WHISPER_NAMES) == sorted(whisper.available_models())
