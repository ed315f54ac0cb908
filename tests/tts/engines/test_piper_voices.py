"""Piper's voices are found on the disk and in the catalogue, and downloaded from a hub on loopback."""

import json
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.asr.engines.fake_hub import COMMIT, FakeHub, serve_hub, use_hub
from voice_stack.core.errors import EngineUnavailableError, VoiceNotFoundError
from voice_stack.serving.engine import EngineConfig
from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.tts.engines.piper.engine import PiperEngine
from voice_stack.tts.engines.piper.options import DEFAULT_MODEL, PiperOptions
from voice_stack.tts.engines.piper.voices import DEFAULT_VOICES, VoiceShelf
from voice_stack.tts.types import Utterance

pytest.importorskip("piper")

from tests.tiny_voices.piper import build_repository, build_voice


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_repository(tmp_path_factory.mktemp("repository"))


@pytest.fixture
def hub(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    with serve_hub(FakeHub(DEFAULT_MODEL, repository)) as hub:
        use_hub(monkeypatch, hub.url)
        yield hub


@pytest.fixture
def config(tmp_path: Path) -> EngineConfig[PiperOptions]:
    return EngineConfig(PiperOptions(), model_dir=tmp_path / "models", device="cpu", threads=1, hub_timeout_s=5.0)


def seconds(engine: PiperEngine, voice: str) -> float:
    utterance = Utterance((Pronounced("Hello."),), "en", voice)
    return sum(clip.duration for clip in engine.synthesize(utterance, threading.Event()))


def fetched(hub: FakeHub) -> set[str]:
    return {request.rsplit("/", 1)[1] for request in hub.requests if "resolve" in request}


def test_there_is_a_default_voice_a_language() -> None:
    assert next(iter(DEFAULT_VOICES.values())) == "en_US-lessac-medium"
    assert all(voice.split("_")[0] == language for language, voice in DEFAULT_VOICES.items())


def test_default_voice_is_downloaded_with_the_catalogue(hub: FakeHub, config: EngineConfig[PiperOptions]) -> None:
    assert not PiperEngine.is_downloaded(config)
    engine = PiperEngine(config)
    assert engine.model == DEFAULT_MODEL
    assert fetched(hub) == {"voices.json", "en_US-lessac-medium.onnx", "en_US-lessac-medium.onnx.json"}
    assert PiperEngine.is_downloaded(config)
    listed = {voice.id: voice.downloaded for voice in PiperEngine.voices(config)}
    assert next(iter(listed)) == "en_US-lessac-medium"
    assert listed == {
        "en_US-lessac-medium": True,
        "en_US-choir-medium": False,
        "de_DE-bass-low": False,
        "pt_PT-tugão-medium": False,
    }
    assert engine.capabilities.languages == {"en", "de", "pt"}


def test_downloaded_voices_need_no_network(hub: FakeHub, config: EngineConfig[PiperOptions]) -> None:
    PiperEngine(config)
    hub.requests.clear()
    assert seconds(PiperEngine(config), "en_US-lessac-medium") > 0
    assert hub.requests == []


def test_further_voices_are_downloaded_when_asked_for(hub: FakeHub, config: EngineConfig[PiperOptions]) -> None:
    engine = PiperEngine(config)
    for voice in ("de_DE-bass-low", "pt_PT-tugão-medium", "en_US-choir-medium#bert"):
        assert PiperEngine.knows_voice(config, voice)
        assert seconds(engine, voice) > 0
    assert {voice.id for voice in PiperEngine.voices(config) if voice.downloaded} == {
        *("en_US-lessac-medium", "de_DE-bass-low", "pt_PT-tugão-medium", "en_US-choir-medium")
    }


def test_two_requests_for_a_new_voice_download_it_once(hub: FakeHub, config: EngineConfig[PiperOptions]) -> None:
    engine = PiperEngine(config)
    hub.requests.clear()
    found: list[float] = []
    threads = [threading.Thread(target=lambda: found.append(seconds(engine, "de_DE-bass-low"))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert len([request for request in hub.requests if request.startswith("GET") and request.endswith("low.onnx")]) == 1


def test_made_up_voice_is_refused_once_the_catalogue_is_known(hub: FakeHub, config: EngineConfig[PiperOptions]) -> None:
    # Before that only the form can be judged.
    assert PiperEngine.knows_voice(config, "en_US-nobody-medium")
    assert not PiperEngine.knows_voice(config, "en_US-../../nobody-medium")
    engine = PiperEngine(config)
    hub.requests.clear()
    for voice in ("en_US-nobody-medium", "en_US-choir-medium#nobody", "../voices", "en/en_US/lessac/medium"):
        assert not PiperEngine.knows_voice(config, voice)
    for voice in ("en_US-nobody-medium", "../voices", "en/en_US/lessac/medium"):
        with pytest.raises(VoiceNotFoundError, match="no voice"):
            seconds(engine, voice)
    assert hub.requests == []


def test_made_up_voice_is_looked_up_in_the_catalogue(hub: FakeHub, config: EngineConfig[PiperOptions]) -> None:
    with pytest.raises(VoiceNotFoundError, match="no voice 'en_US-nobody-medium'"):
        VoiceShelf(config).ensure("en_US-nobody-medium")
    assert fetched(hub) == {"voices.json"}


def test_unreachable_hub_says_what_to_do(config: EngineConfig[PiperOptions], monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    use_hub(monkeypatch, f"http://127.0.0.1:{port}")
    with pytest.raises(EngineUnavailableError, match=r"Cannot reach the model hub.*TTS_PIPER_MODEL"):
        PiperEngine(config)


def test_what_is_on_the_disk_speaks_without_the_hub(
    hub: FakeHub, config: EngineConfig[PiperOptions], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = PiperEngine(config)
    use_hub(monkeypatch, "http://127.0.0.1:9")
    assert seconds(engine, "en_US-lessac-medium") > 0
    with pytest.raises(EngineUnavailableError, match="Cannot reach the model hub"):
        seconds(engine, "de_DE-bass-low")
    # And it works again when the hub does.
    use_hub(monkeypatch, hub.url)
    assert seconds(engine, "de_DE-bass-low") > 0


def test_voices_in_the_model_folder_speak_too(config: EngineConfig[PiperOptions]) -> None:
    folder = config.model_dir / "piper"
    folder.mkdir(parents=True)
    build_voice(folder, "de_DE-mine-medium", espeak="de")
    assert PiperEngine.is_downloaded(config)
    engine = PiperEngine(config)  # without any hub
    assert PiperEngine.voices(config)[0].id == "de_DE-mine-medium"
    assert seconds(engine, "de_DE-mine-medium") > 0


def test_the_voices_of_the_user_are_no_part_of_the_model_that_may_be_removed(
    hub: FakeHub, config: EngineConfig[PiperOptions]
) -> None:
    folder = config.model_dir / "piper"
    folder.mkdir(parents=True)
    build_voice(folder, "de_DE-mine-medium", espeak="de")
    assert PiperEngine.files(config) == []
    VoiceShelf(config).ensure("en_US-lessac-medium")
    (found,) = PiperEngine.files(config)
    assert list(found.rglob("en_US-lessac-medium.onnx"))
    assert not found.is_relative_to(folder)
    assert not folder.is_relative_to(found)


def test_voices_of_an_older_state_of_the_hub_are_kept(hub: FakeHub, config: EngineConfig[PiperOptions]) -> None:
    PiperEngine(config)
    storage = config.model_dir / "models--rhasspy--piper-voices"
    newer = storage / "snapshots" / ("f" * 40)
    newer.mkdir()
    shutil.copy(storage / "snapshots" / COMMIT / "voices.json", newer)
    (storage / "refs" / "main").write_text(newer.name)
    assert PiperEngine.is_downloaded(config)
    assert seconds(PiperEngine(config), "en_US-lessac-medium") > 0


def test_paths_that_leave_the_repository_are_not_taken(config: EngineConfig[PiperOptions]) -> None:
    snapshot = config.model_dir / "models--rhasspy--piper-voices" / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    entry = {"language": {"family": "en"}, "num_speakers": 1, "speaker_id_map": {}}
    catalogue = {
        "en_US-good-medium": {**entry, "files": {"en/good.onnx": {}, "en/good.onnx.json": {}}},
        "en_US-evil-medium": {**entry, "files": {"../evil.onnx": {}, "../evil.onnx.json": {}}},
        "en_US-root-medium": {**entry, "files": {"/root.onnx": {}, "/root.onnx.json": {}}},
        "../evil": {**entry, "files": {"en/evil.onnx": {}, "en/evil.onnx.json": {}}},
    }
    (snapshot / "voices.json").write_text(json.dumps(catalogue))
    assert list(VoiceShelf(config).catalogue()) == ["en_US-good-medium"]


@pytest.mark.parametrize("content", ["{", "[]", '{"en_US-a-low": {}}'])
def test_damaged_catalogue_is_told_in_the_log(
    config: EngineConfig[PiperOptions], content: str, caplog: pytest.LogCaptureFixture
) -> None:
    snapshot = config.model_dir / "models--rhasspy--piper-voices" / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (snapshot / "voices.json").write_text(content)
    assert VoiceShelf(config).catalogue() == {}
    assert "catalogue of Piper's voices cannot be read" in caplog.text


def test_local_folder_has_its_own_voices_only(tiny_piper: Path, config: EngineConfig[PiperOptions]) -> None:
    local = replace(config, model=str(tiny_piper))
    listed = {voice.id: voice for voice in PiperEngine.voices(local)}
    assert list(listed) == [
        *("en_US-alto-medium", "de_DE-bass-low", "en_US-choir-medium", "en_US-soft-medium"),
    ]
    assert listed["de_DE-bass-low"].languages == ("de",)
    assert "3 speakers" in listed["en_US-choir-medium"].description
    assert PiperEngine.languages(local) == {"en", "de"}
    assert not PiperEngine.knows_voice(local, "en_US-lessac-medium")


def test_names_may_end_in_the_letters_of_the_suffix(config: EngineConfig[PiperOptions], tmp_path: Path) -> None:
    build_voice(tmp_path, "en_US-xenon-medium").rename(tmp_path / "xenonno.onnx")
    (tmp_path / "en_US-xenon-medium.onnx.json").rename(tmp_path / "xenonno.onnx.json")
    local = replace(config, model=str(tmp_path))
    assert [voice.id for voice in PiperEngine.voices(local)] == ["xenonno"]
    assert seconds(PiperEngine(local), "xenonno") > 0


def test_network_without_a_configuration_is_no_voice(config: EngineConfig[PiperOptions], tmp_path: Path) -> None:
    voice = build_voice(tmp_path / "half", "en_US-half-medium")
    voice.with_name(voice.name + ".json").unlink()
    with pytest.raises(EngineUnavailableError, match="'half' holds no Piper voice") as raised:
        PiperEngine(replace(config, model=str(tmp_path / "half")))
    assert str(tmp_path) not in raised.value.message
