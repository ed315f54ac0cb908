"""The models of the engine onnx: their names, what is complete, and how they come from a hub."""

import json
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.asr.engines.conftest import build_engine, text_of
from tests.asr.engines.fake_hub import FakeHub, serve_hub, use_hub
from tests.cli.test_main import voice_stack
from tests.tiny_onnx.nemo import build_ctc
from tests.tiny_onnx.sound import say
from voice_stack.asr.engines.onnx.architectures import ARCHITECTURES, KNOWN, SYNONYMS, TOLD_BY_FILES, known_model
from voice_stack.asr.engines.onnx.engine import OnnxEngine
from voice_stack.asr.engines.onnx.files import ensure_model, find, models, on_disk
from voice_stack.asr.engines.onnx.options import OnnxOptions
from voice_stack.asr.service import recognition_models
from voice_stack.asr.settings import AsrSettings
from voice_stack.core.errors import EngineUnavailableError, ModelNotFoundError, SettingsError
from voice_stack.core.settings import load_settings
from voice_stack.language.codes import LANGUAGES
from voice_stack.serving.catalogue import Catalogue
from voice_stack.serving.engine import EngineConfig

TEXT = "hello world. good morning, hello world"
PARAKEET = "istupakov/parakeet-tdt-0.6b-v3-onnx"


def config(model_dir: Path, model: str = "", **options: Any) -> EngineConfig[OnnxOptions]:
    return EngineConfig(OnnxOptions(**options), model=model, model_dir=model_dir, hub_timeout_s=5.0, device="cpu")


def catalogue(tmp_path: Path, **settings: object) -> Catalogue:
    return recognition_models(load_settings(AsrSettings, **{"model_dir": tmp_path, "asr_engine": "onnx", **settings}))


def add_snapshot(model_dir: Path, repo: str, folder: Path) -> Path:
    snapshot = model_dir / f"models--{repo.replace('/', '--')}" / "snapshots" / "abc"
    shutil.copytree(folder, snapshot)
    return snapshot


def sentence() -> Any:
    return say((("hello", "world."), ("good", "morning,", "hello", "world")))[0]


def test_the_tables_are_those_of_onnx_asr() -> None:
    pytest.importorskip("onnx_asr")
    from typing import get_args

    from onnx_asr.loader import AsrNames, AsrTypeNames, create_asr_resolver
    from onnx_asr.resolver import model_repos

    there = Path(__file__).parent
    for name, architecture in ARCHITECTURES.items():
        for quantization in ("", "int8"):
            theirs = create_asr_resolver(name, there).model_type._get_model_files(quantization or None)
            assert set(architecture.files(quantization)) - {"config.json"} == set(theirs.values())
    for name in (*get_args(AsrNames), *get_args(AsrTypeNames), *SYNONYMS):
        known = known_model(name)
        ours = known.architecture if known else SYNONYMS.get(name, name)
        assert create_asr_resolver(name, there).model_type is create_asr_resolver(ours, there).model_type
        if name in model_repos and known:
            assert known.repo == model_repos[name]


def test_names_stand_for_one_model_each() -> None:
    names = [name for model in KNOWN for name in model.names]
    assert len(names) == len(set(names))
    for model in KNOWN:
        assert all(known_model(name) is model for name in model.names)
        assert model.architecture in ARCHITECTURES
        assert model.languages
    assert set(TOLD_BY_FILES) <= set(ARCHITECTURES)


@pytest.mark.parametrize(
    ("name", "repo", "languages"),
    [
        ("parakeet", PARAKEET, 25),
        ("parakeet-v3", PARAKEET, 25),
        ("nemo-parakeet-tdt-0.6b-v3", PARAKEET, 25),
        (PARAKEET, PARAKEET, 25),
        ("parakeet-v2", "istupakov/parakeet-tdt-0.6b-v2-onnx", 1),
        ("canary", "istupakov/canary-1b-v2-onnx", 25),
        ("canary-1b-flash", "istupakov/canary-1b-flash-onnx", 4),
        ("gigaam", "istupakov/gigaam-v3-onnx", 1),
        ("gigaam-v3-ctc", "istupakov/gigaam-v3-onnx", 1),
        ("whisper-onnx", "onnx-community/whisper-base", len(LANGUAGES)),
        ("onnx-community/whisper-large-v3-turbo", "onnx-community/whisper-large-v3-turbo", len(LANGUAGES)),
        ("acme/parakeet-klingon-ONNX", "acme/parakeet-klingon-ONNX", len(LANGUAGES)),
        ("acme/whisper-tiny.en-onnx", "acme/whisper-tiny.en-onnx", len(LANGUAGES)),
    ],
)
def test_models_are_found_by_name(tmp_path: Path, name: str, repo: str, languages: int) -> None:
    entry = find(name, config(tmp_path))
    assert entry is not None
    assert (entry.id, entry.source, entry.owned_by, entry.installed) == (name, name, repo.partition("/")[0], False)
    assert name not in entry.names
    assert len(OnnxEngine.languages(config(tmp_path, name))) == languages


@pytest.mark.parametrize(
    "name",
    ["small", "large-v3", "", "gpt-5", "Systran/faster-whisper-small", "onnx", "../onnx/x", "/etc/onnx", "a/b/onnx"],
)
def test_names_of_other_engines_are_not_taken(tmp_path: Path, name: str) -> None:
    assert find(name, config(tmp_path)) is None


def test_the_settings_say_the_languages(tmp_path: Path) -> None:
    assert OnnxEngine.languages(config(tmp_path, "parakeet", languages=["eu", "es"])) == {"eu", "es"}
    with pytest.raises(SettingsError, match=r"ASR_ONNX_LANGUAGES.*klingon: no language"):
        load_settings(AsrSettings, asr_onnx_languages="English, klingon").group(OnnxOptions)
    named = load_settings(AsrSettings, asr_onnx_languages="English, de-AT").group(OnnxOptions)
    assert named.languages == ["en", "de"]


def test_a_folder_that_is_called_like_its_repository_has_its_languages(tiny_onnx: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_onnx / "tdt", tmp_path / "parakeet-tdt-0.6b-v2-onnx")
    assert OnnxEngine.languages(config(tmp_path, str(tmp_path / "parakeet-tdt-0.6b-v2-onnx"))) == {"en"}
    assert OnnxEngine.languages(config(tmp_path, str(tiny_onnx / "tdt"))) == frozenset(LANGUAGES)


def test_parakeet_is_the_model_when_none_is_named(tmp_path: Path) -> None:
    entry = catalogue(tmp_path).configured
    assert (entry.id, entry.engine, entry.source) == ("parakeet-v3", "onnx", "parakeet-v3")
    assert catalogue(tmp_path, asr_onnx_model="canary").configured.source == "canary"


def test_asr_model_names_the_model_too(tmp_path: Path) -> None:
    for name in ("parakeet-v3", "nemo-parakeet-tdt-0.6b-v2", PARAKEET):
        found = catalogue(tmp_path, asr_model=name, asr_onnx_model="canary")
        assert (found.configured.id, found.configured.engine) == (name, "onnx")
        assert found.config("onnx", found.configured.source).model == name
        assert found.chain("whisper-1")[0] == found.configured


@pytest.mark.parametrize("name", ["asr_model", "asr_onnx_model"])
def test_a_model_that_is_none_stops_the_start(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=rf"{name.upper()}='parakeet-v9': not a model of onnx.*parakeet-v3"):
        catalogue(tmp_path, **{name: "parakeet-v9"})
    with pytest.raises(SettingsError, match=rf"{name.upper()}='/no/such': there is no such"):
        catalogue(tmp_path, **{name: "/no/such"})


def test_a_wrong_model_of_an_engine_that_nobody_asked_for_hurts_no_one(tmp_path: Path) -> None:
    found = catalogue(tmp_path, asr_engine="faster-whisper", asr_onnx_model="parakeet-v9")
    assert found.configured.engine == "faster-whisper"
    assert "onnx" not in {entry.engine for entry in found.entries()}


def test_languages_go_to_the_engine_that_is_set_for_them(tmp_path: Path) -> None:
    both = {"asr_engine": "faster-whisper", "asr_engines_by_language": "en=onnx,ru=gigaam,*=faster-whisper"}
    found = catalogue(tmp_path, **both, asr_onnx_model="parakeet-v2")
    english = found.chain("whisper-1", "en")[0]
    assert (english.engine, english.source) == ("onnx", "parakeet-v2")
    assert found.chain("whisper-1", "ru")[0].source == "gigaam"
    assert found.chain("whisper-1", "de")[0].engine == "faster-whisper"
    assert found.chain("whisper-1")[0].engine == "faster-whisper"


def test_what_lies_in_the_model_folder_is_listed(tiny_onnx: Path, tmp_path: Path) -> None:
    for name in ("tdt", "ctc", "canary", "gigaam"):
        (tmp_path / name).symlink_to(tiny_onnx / name)
    (tmp_path / "notes").mkdir()
    add_snapshot(tmp_path, PARAKEET, tiny_onnx / "tdt")
    add_snapshot(tmp_path, "acme/tiny-onnx", tiny_onnx / "canary")
    listed = {entry.id: entry for entry in models(config(tmp_path)) if entry.installed}
    assert set(listed) == {"parakeet-v3", "acme/tiny-onnx", "tdt", "ctc", "canary", "gigaam"}
    # Requests to a service with another engine may name each.
    found = catalogue(tmp_path, asr_engine="faster-whisper")
    for name in (*listed, "parakeet", "nemo-parakeet-tdt-0.6b-v3"):
        assert found.chain(name)[0].engine == "onnx"
    with pytest.raises(ModelNotFoundError):
        found.chain("parakeet-v2")


@pytest.mark.parametrize("lost", ["encoder-model.onnx", "decoder_joint-model.onnx", "vocab.txt", "config.json"])
def test_half_a_model_is_not_listed_and_not_loaded(tiny_onnx: Path, tmp_path: Path, lost: str) -> None:
    shutil.copytree(tiny_onnx / "tdt", tmp_path / "half")
    add_snapshot(tmp_path, "acme/half-onnx", tiny_onnx / "tdt")
    assert {"half", "acme/half-onnx"} <= {entry.id for entry in models(config(tmp_path))}
    (tmp_path / "half" / lost).unlink()
    (tmp_path / "models--acme--half-onnx" / "snapshots" / "abc" / lost).unlink()
    assert not {"half", "acme/half-onnx"} & {entry.id for entry in models(config(tmp_path))}
    assert on_disk(config(tmp_path, "acme/half-onnx")) is None
    with pytest.raises(
        EngineUnavailableError, match=r"'half' is no.*" + (lost if lost != "config.json" else "model_type")
    ):
        ensure_model(config(tmp_path, str(tmp_path / "half")))


def test_weights_beside_the_network_belong_to_it(tmp_path: Path) -> None:
    pytest.importorskip("onnx_asr")
    folder = tmp_path / "big"
    folder.mkdir()
    build_ctc(folder, weights="model.onnx.data")
    there = on_disk(config(tmp_path, str(folder)))
    assert there is not None
    (folder / "model.onnx.data").rename(folder / "elsewhere")
    assert on_disk(config(tmp_path, str(folder))) is None
    with pytest.raises(
        EngineUnavailableError, match=r"'big' is no whole nemo-conformer-ctc model: it lacks model\.onnx\.data"
    ):
        ensure_model(config(tmp_path, str(folder)))


@pytest.mark.parametrize("content", [b"", b"\x0a\x08location\x12", b"\x0a\x08location\x12\x7fx", b"\xff" * 9])
def test_a_damaged_network_does_not_keep_others_from_being_listed(
    tiny_onnx: Path, tmp_path: Path, content: bytes
) -> None:
    shutil.copytree(tiny_onnx / "tdt", tmp_path / "damaged")
    (tmp_path / "whole").symlink_to(tiny_onnx / "ctc")
    (tmp_path / "damaged" / "encoder-model.onnx").write_bytes(content)
    assert "whole" in {entry.id for entry in models(config(tmp_path)) if entry.installed}


def test_the_quantization_says_which_files_are_needed(tiny_onnx: Path, tmp_path: Path) -> None:
    folder = tmp_path / "both"
    shutil.copytree(tiny_onnx / "ctc", folder)
    quantized = config(tmp_path, str(folder), quantization="int8")
    assert on_disk(quantized) is None
    with pytest.raises(EngineUnavailableError, match=r"lacks model\?int8\.onnx"):
        ensure_model(quantized)
    build_ctc(folder, suffix=".int8")
    (folder / "model.onnx").unlink()
    assert on_disk(quantized) is not None
    engine = build_engine("onnx", model=str(folder), quantization="int8", device="cpu")
    assert text_of(engine, sentence()) == TEXT
    engine.close()


def test_files_tell_what_a_folder_without_a_config_is_where_they_can(tiny_onnx: Path, tmp_path: Path) -> None:
    for name in ("ctc", "canary", "tdt"):
        shutil.copytree(tiny_onnx / name, tmp_path / name, ignore=shutil.ignore_patterns("config.json"))
    assert [entry.id for entry in models(config(tmp_path)) if entry.installed] == ["canary", "ctc"]
    # A TDT and an RNN-T have the same files.
    with pytest.raises(EngineUnavailableError, match=r"'tdt' is no model.*nemo-conformer-tdt.*model_type"):
        ensure_model(config(tmp_path, str(tmp_path / "tdt")))


def test_a_folder_of_another_kind_is_not_taken_for_one_of_ours(tiny_onnx: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_onnx / "ctc", tmp_path / "bert")
    for content in ({"model_type": "bert"}, {"model_type": "t-one/../ctc"}, {"model_type": ["bert"]}):
        (tmp_path / "bert" / "config.json").write_text(json.dumps(content))
        assert [entry.id for entry in models(config(tmp_path)) if entry.installed] == []
    (tmp_path / "bert" / "config.json").write_text("no JSON")
    assert [entry.id for entry in models(config(tmp_path)) if entry.installed] == ["bert"]


@pytest.fixture
def hub(tiny_onnx: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A hub that holds a tiny Parakeet under the name of the real one, and files that nobody needs."""
    folder = tmp_path / "hub"
    shutil.copytree(tiny_onnx / "tdt", folder)
    for name in ("encoder-model.int8.onnx", "nemo128.onnx", "README.md"):
        (folder / name).write_bytes(b"not needed")
    with serve_hub(FakeHub(PARAKEET, folder)) as hub:
        use_hub(monkeypatch, hub.url)
        yield hub


def fetched(hub: FakeHub) -> set[str]:
    """Names of the files that were asked for."""
    return {one.rsplit("/", 1)[1] for one in hub.requests if one.startswith("GET") and "/resolve/" in one}


@pytest.mark.parametrize("name", ["parakeet-v3", PARAKEET])
def test_a_known_model_is_downloaded_with_what_it_needs(
    hub: FakeHub, tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    calls: list[tuple[str, int, int | None]] = []
    wanted = config(tmp_path / "models", name)
    assert not OnnxEngine.is_downloaded(wanted)
    folder = OnnxEngine.download(wanted, lambda *call: calls.append(call))
    assert OnnxEngine.is_downloaded(wanted)
    assert folder is not None
    assert fetched(hub) == {"config.json", "encoder-model.onnx", "decoder_joint-model.onnx", "vocab.txt"}
    assert {called for called, _, _ in calls} == {name}
    assert OnnxEngine.files(wanted) == [tmp_path / "models" / f"models--{PARAKEET.replace('/', '--')}"]
    hub.requests.clear()
    caplog.set_level(logging.INFO, logger="voice_stack.asr")
    engine = build_engine("onnx", model=name, device="cpu", model_dir=tmp_path / "models")
    assert engine.model == name
    assert f"loaded onnx {name} (nemo-conformer-tdt, licence of the weights: CC-BY-4.0) on cpu" in caplog.messages
    assert len(engine.capabilities.languages) == 25
    assert text_of(engine, sentence()) == TEXT
    engine.close()
    assert hub.requests == []


def test_a_repository_of_somebody_elses_says_what_it_is(hub: FakeHub, tmp_path: Path) -> None:
    hub.repo = "acme/parakeet-onnx"
    found = ensure_model(config(tmp_path / "models", hub.repo))
    assert found.architecture == "nemo-conformer-tdt"
    assert "encoder-model.int8.onnx" not in fetched(hub)
    hub.requests.clear()
    assert ensure_model(config(tmp_path / "models", hub.repo)) == found
    assert hub.requests == []


def test_a_repository_of_another_kind_is_told_before_its_weights_are_fetched(hub: FakeHub, tmp_path: Path) -> None:
    hub.repo = "acme/bert-onnx"
    (hub.folder / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(
        EngineUnavailableError, match=r"acme/bert-onnx is no model that onnx-asr runs.*nemo-conformer-tdt"
    ):
        ensure_model(config(tmp_path / "models", hub.repo))
    assert fetched(hub) == {"config.json"}
    (hub.folder / "config.json").unlink()
    with pytest.raises(EngineUnavailableError, match="does not hold all the files"):
        ensure_model(config(tmp_path / "others", hub.repo))


def test_weights_beside_the_network_come_with_it(hub: FakeHub, tmp_path: Path) -> None:
    hub.repo = "acme/ctc-onnx"
    shutil.rmtree(hub.folder)
    hub.folder.mkdir()
    build_ctc(hub.folder, weights="model.onnx.data")
    wanted = config(tmp_path / "models", hub.repo)
    folder = ensure_model(wanted).folder
    # An interrupted download: it is no model until the rest is there.
    (folder / "model.onnx.data").unlink()
    assert not OnnxEngine.is_downloaded(wanted)
    assert not find(hub.repo, wanted).installed  # type: ignore[union-attr]
    # The hub's cache has links in its snapshots; the network finds its weights through them.
    engine = build_engine("onnx", model=hub.repo, device="cpu", model_dir=tmp_path / "models")
    assert text_of(engine, sentence()) == TEXT
    engine.close()


def test_a_hub_without_the_files_says_so(hub: FakeHub, tmp_path: Path) -> None:
    (hub.folder / "vocab.txt").unlink()
    with pytest.raises(EngineUnavailableError, match=r"does not hold all the files.*ASR_ONNX_MODEL"):
        ensure_model(config(tmp_path / "models", "parakeet-v3"))
    with pytest.raises(EngineUnavailableError, match=r"does not hold all the files"):
        ensure_model(config(tmp_path / "models", "parakeet-v3", quantization="fp16"))


def test_a_hub_out_of_reach_is_told_quickly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_hub(monkeypatch, "http://127.0.0.1:9")
    with pytest.raises(EngineUnavailableError, match=r"Cannot reach the model hub for parakeet-v3: .*ASR_ONNX_MODEL"):
        build_engine("onnx", model="parakeet-v3", device="cpu", model_dir=tmp_path)


def test_the_command_pulls_and_lists_it(hub: FakeHub, tmp_path: Path) -> None:
    pulled = voice_stack(tmp_path, "models", "pull", "parakeet-v3", HF_ENDPOINT=hub.url)
    assert pulled.returncode == 0, pulled.stderr
    assert "decoder_joint-model.onnx" in fetched(hub)
    listed = voice_stack(tmp_path, "models", "list")
    (row,) = [line.split() for line in listed.stdout.splitlines() if "parakeet" in line]
    assert row[:4] == ["parakeet-v3", "asr", "onnx", "yes"]
