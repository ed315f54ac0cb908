"""Pocket TTS's models and voices: by hub id and language, by folder, and from the cache without network."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.asr.engines.fake_hub import FakeHub, serve_hub, use_hub
from voice_stack.core.errors import EngineUnavailableError, VoiceNotFoundError
from voice_stack.serving.engine import EngineConfig
from voice_stack.tts.engines.pocket.engine import PocketEngine
from voice_stack.tts.engines.pocket.options import PocketOptions
from voice_stack.tts.engines.pocket.recipe import HubFile, packaged_recipe
from voice_stack.tts.engines.pocket.sources import (
    ensure_files,
    ensure_voice,
    files_of_model,
    find_files,
    find_variant,
    language_of,
    models,
    ready_made_voices,
)

COMMUNITY = "acme/pocket-tts-tiny"
PINNED = "89abcdef0123456789abcdef0123456789abcdef"


def config(model: str = "", folder: Path = Path("nowhere")) -> EngineConfig[PocketOptions]:
    return EngineConfig(PocketOptions(), model, model_dir=folder, hub_timeout_s=5)


def put(folder: Path, repo: str, path: str, commit: str = PINNED) -> Path:
    """A file in the hub's cache."""
    file = folder / f"models--{repo.replace('/', '--')}" / "snapshots" / commit / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"content")
    return file


@pytest.fixture
def hub(tiny_pocket: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A repository of the community: a recipe that names its own files at a commit."""
    folder = tmp_path / "published"
    (folder / "files").mkdir(parents=True)
    for name in ("model.safetensors", "tokenizer.json"):
        (folder / "files" / name).write_bytes((tiny_pocket / name).read_bytes())
    recipe = yaml.safe_load((tiny_pocket / "english_tiny.yaml").read_text(encoding="utf-8"))
    recipe["weights_path"] = f"hf://{COMMUNITY}/files/model.safetensors@{PINNED}"
    recipe["flow_lm"]["lookup_table"]["tokenizer_path"] = f"hf://{COMMUNITY}/files/tokenizer.json@{PINNED}"
    (folder / "german_tiny.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    with serve_hub(FakeHub(COMMUNITY, folder)) as hub:
        use_hub(monkeypatch, hub.url)
        yield hub


def test_a_model_comes_from_a_hub_once(hub: FakeHub, tmp_path: Path) -> None:
    one = config(COMMUNITY, tmp_path / "models")
    assert not PocketEngine.is_downloaded(one)
    engine = PocketEngine(one)
    assert engine.model == models(one)[0].id == COMMUNITY
    assert engine.capabilities.languages == {"de"}
    assert sorted(name for name, _ in hub.starts) == ["german_tiny.yaml", "model.safetensors", "tokenizer.json"]
    assert f"GET /{COMMUNITY}/resolve/{PINNED}/files/model.safetensors" in hub.requests
    asked = len(hub.requests)
    PocketEngine(one)
    assert PocketEngine.is_downloaded(one)
    assert len(hub.requests) == asked
    assert [path.name for path in files_of_model(one)] == ["models--acme--pocket-tts-tiny"]


def test_a_gated_model_says_what_to_do(hub: FakeHub, tmp_path: Path) -> None:
    hub.gated = True
    with pytest.raises(EngineUnavailableError, match=r"wants a token.*Accept the terms at .*or set TTS_POCKET_MODEL"):
        ensure_files(config(COMMUNITY, tmp_path))


def test_kyutais_models_are_known_by_language(tmp_path: Path) -> None:
    german = find_variant("pocket-tts-german", config())
    assert german is not None
    assert (german.source, german.owned_by, german.installed) == ("kyutai/pocket-tts#german", "kyutai", False)
    assert find_variant("kyutai/pocket-tts#german", config()) == german
    assert find_variant("pocket-tts-klingon", config()) is None
    assert language_of(config(german.source)) == "de"
    assert language_of(config()) == "en"
    assert next(voice.id for voice in PocketEngine.voices(config(german.source))) == "juergen"
    assert next(voice.id for voice in PocketEngine.voices(config())) == "alba"


def test_a_language_is_there_when_its_weights_and_its_tokenizer_are(tiny_pocket: Path, tmp_path: Path) -> None:
    german = config("kyutai/pocket-tts#german", tmp_path)
    recipe = packaged_recipe("german")
    assert recipe is not None
    named = recipe.files()
    assert named["weights_path"] == HubFile(
        "kyutai/pocket-tts", "languages/german/model.safetensors", "3e82814a68665eec246ff649b14c71331f955c06"
    )
    open_repo = "kyutai/pocket-tts-without-voice-cloning"
    assert all(isinstance(file, HubFile) and file.repo == open_repo for file in list(named.values())[1:])
    weights = put(tmp_path, "kyutai/pocket-tts", "languages/german/model.safetensors")
    assert find_files(german) is None
    tokenizer = put(tmp_path, open_repo, "languages/german/tokenizer.json")
    assert find_files(german) == {"weights_path": weights, "flow_lm.lookup_table.tokenizer_path": tokenizer}
    assert [(entry.id, entry.installed) for entry in models(config(folder=tmp_path))] == [
        ("pocket-tts", False),
        ("pocket-tts-german", True),
    ]
    assert files_of_model(german) == [weights.parent, tokenizer.parent]


def test_weights_without_cloning_need_no_gated_file(tiny_pocket: Path, tmp_path: Path) -> None:
    repo = "kyutai/pocket-tts-without-voice-cloning"
    english = config(repo, tmp_path)
    for name in ("model.safetensors", "tokenizer.json"):
        put(tmp_path, repo, f"languages/english/{name}")
    assert find_files(english) is not None
    assert models(english)[0].id == repo


def test_ready_made_voices_have_licences_of_their_own(tmp_path: Path) -> None:
    voices = {voice.id: voice for voice in PocketEngine.voices(config(folder=tmp_path))}
    assert len(voices) == 27
    assert (voices["anna"].licence, voices["anna"].non_commercial) == ("CC-BY-4.0", False)
    assert (voices["cosette"].licence, voices["cosette"].non_commercial) == ("CC-BY-NC-4.0", True)
    assert voices["juergen"].licence == ""
    assert not voices["anna"].downloaded
    file = put(tmp_path, "kyutai/pocket-tts-without-voice-cloning", "languages/english/embeddings/anna.safetensors")
    assert ready_made_voices(config(folder=tmp_path))["anna"] == file
    assert ensure_voice(config(folder=tmp_path), "anna") == file


def test_a_folder_brings_its_voices(tiny_pocket: Path) -> None:
    folder = config(str(tiny_pocket))
    assert [voice.id for voice in PocketEngine.voices(folder)] == ["alba", "mary"]
    assert all(voice.downloaded for voice in PocketEngine.voices(folder))
    with pytest.raises(VoiceNotFoundError):
        ensure_voice(folder, "cosette")


def test_a_folder_by_the_name_of_a_language_needs_no_recipe(tiny_pocket: Path, tmp_path: Path) -> None:
    folder = tmp_path / "german"
    folder.mkdir()
    for name in ("model.safetensors", "tokenizer.json"):
        (folder / name).write_bytes(b"")
    found = find_files(config(str(folder)))
    assert found is not None
    assert sorted(path.parent.name for path in found.values()) == ["german", "german"]
    assert language_of(config(str(folder))) == "de"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a list", "is damaged"),
        ("{flow_lm: {}, mimi: {}}", "names no weights or no tokenizer"),
        ("a: {b", "is damaged"),
        ("{weights_path: 'https://example.com/a', flow_lm: {}, mimi: {}}", "neither here nor on a hub"),
        ("{weights_path: 'hf://a/b/../../c', flow_lm: {}, mimi: {}}", "neither here nor on a hub"),
    ],
)
def test_a_recipe_that_makes_no_sense_is_told(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "english.yaml").write_text(text, encoding="utf-8")
    one = config(str(tmp_path))
    assert find_files(one) is None
    with pytest.raises(EngineUnavailableError, match=message) as raised:
        ensure_files(one)
    assert str(tmp_path) not in raised.value.message


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("kyutai/pocket-tts#klingon", "neither a local folder nor a hub id"),
        ("nonsense", "neither a local folder nor a hub id"),
        ("./nowhere", "There is no folder 'nowhere'"),
    ],
)
def test_a_source_that_is_none_is_told(model: str, message: str, tiny_pocket: Path) -> None:
    with pytest.raises(EngineUnavailableError, match=message):
        ensure_files(config(model))


def test_it_resolves_what_it_names(tiny_pocket: Path) -> None:
    recipe, files = ensure_files(config(str(tiny_pocket)))
    resolved: dict[str, Any] = recipe.resolved(files)
    assert resolved["weights_path"] == str(tiny_pocket / "model.safetensors")
    assert resolved["flow_lm"]["lookup_table"]["tokenizer_path"] == str(tiny_pocket / "tokenizer.json")
    assert str(recipe.config["weights_path"]).startswith("hf://"), "what was read stays as it is"
