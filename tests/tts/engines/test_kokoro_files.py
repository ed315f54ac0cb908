"""Kokoro's files are found, downloaded from a hub on loopback, and missed clearly."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.asr.engines.fake_hub import FakeHub, serve_hub, use_hub
from tests.tiny_voices.kokoro import AMPLITUDES, build_release
from voice_stack.core.errors import EngineUnavailableError
from voice_stack.serving.engine import EngineConfig
from voice_stack.tts.engines.kokoro.engine import KokoroEngine
from voice_stack.tts.engines.kokoro.files import ensure_files, files_on_disk
from voice_stack.tts.engines.kokoro.options import DEFAULT_MODEL, KokoroOptions


@pytest.fixture
def hub(tiny_kokoro: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    with serve_hub(FakeHub(DEFAULT_MODEL, tiny_kokoro)) as hub:
        use_hub(monkeypatch, hub.url)
        yield hub


def test_model_and_voices_are_downloaded_once(hub: FakeHub, tmp_path: Path) -> None:
    config = EngineConfig(KokoroOptions(), model_dir=tmp_path, device="cpu", threads=1)
    assert not KokoroEngine.is_downloaded(config)
    engine = KokoroEngine(config)
    assert engine.model == DEFAULT_MODEL
    assert KokoroEngine.is_downloaded(config)
    assert [voice.id for voice in KokoroEngine.voices(config)] == [
        "af_heart",
        *(name for name in sorted(AMPLITUDES) if name not in ("af_heart", "jf_alpha")),
    ]
    hub.requests.clear()
    KokoroEngine(config).close()
    assert hub.requests == []


def test_only_what_is_needed_is_downloaded(hub: FakeHub, tiny_kokoro: Path, tmp_path: Path) -> None:
    extra = tiny_kokoro / "onnx" / "model_q4.onnx"
    extra.write_bytes(b"another precision")
    try:
        files = ensure_files(EngineConfig(KokoroOptions(), model_dir=tmp_path))
    finally:
        extra.unlink()
    wanted = {"model.onnx", *(f"{name}.bin" for name in AMPLITUDES)}
    assert {path.name for path in files.model.parent.parent.rglob("*") if path.is_file()} == wanted
    fetched = [request.rsplit("/", 1)[1] for request in hub.requests if "resolve" in request]
    # Of voices that are the same byte for byte one is enough.
    assert "model.onnx" in fetched
    assert set(fetched) <= wanted
    assert len(fetched) == len({path.read_bytes() for path in tiny_kokoro.rglob("*") if path.name in wanted})


def test_unreachable_hub_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    use_hub(monkeypatch, f"http://127.0.0.1:{port}")
    with pytest.raises(EngineUnavailableError, match=r"Cannot reach the model hub.*TTS_KOKORO_MODEL"):
        KokoroEngine(EngineConfig(KokoroOptions(), model_dir=tmp_path))


def test_unknown_repository_is_named(hub: FakeHub, tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailableError, match="no public model acme/other"):
        ensure_files(EngineConfig(KokoroOptions(), model="acme/other", model_dir=tmp_path))


def test_a_name_that_is_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailableError, match="neither a local folder nor a hub id"):
        ensure_files(EngineConfig(KokoroOptions(), model="kokoro-v1", model_dir=tmp_path))


@pytest.mark.parametrize("missing", ["onnx/model.onnx", "voices/*.bin"])
def test_repository_without_its_parts_is_told(
    missing: str, tiny_kokoro: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "repository"
    for path in tiny_kokoro.rglob("*"):
        name = path.relative_to(tiny_kokoro)
        if path.is_file() and not name.match(missing):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(path.read_bytes())
    with serve_hub(FakeHub("acme/half", folder)) as hub:
        use_hub(monkeypatch, hub.url)
        with pytest.raises(EngineUnavailableError, match="does not hold all the files"):
            ensure_files(EngineConfig(KokoroOptions(), model="acme/half", model_dir=tmp_path / "models"))


def test_folder_without_a_model_is_told_without_its_path(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(EngineUnavailableError, match="'empty' holds no Kokoro model") as raised:
        ensure_files(EngineConfig(KokoroOptions(), model=str(tmp_path / "empty")))
    assert str(tmp_path) not in raised.value.message


def test_the_best_precision_of_a_folder_is_taken(tiny_kokoro: Path, tmp_path: Path) -> None:
    (tmp_path / "onnx").mkdir()
    (tmp_path / "voices").mkdir()
    (tmp_path / "voices" / "af_sky.bin").write_bytes((tiny_kokoro / "voices" / "af_sky.bin").read_bytes())
    chosen: list[str] = []
    for name in ("model_q4.onnx", "model_quantized.onnx", "model_fp16.onnx", "model.onnx"):
        (tmp_path / "onnx" / name).touch()
        files = files_on_disk(EngineConfig(KokoroOptions(), model=str(tmp_path)))
        assert files is not None
        chosen.append(files.model.name)
    assert chosen == ["model_q4.onnx", "model_quantized.onnx", "model_fp16.onnx", "model.onnx"]


def test_damaged_archive_of_voices_is_told(tmp_path: Path) -> None:
    folder = build_release(tmp_path / "release")
    archive = folder / "voices-v1.0.bin"
    archive.write_bytes(archive.read_bytes()[:5000])
    config = EngineConfig(KokoroOptions(), model=str(folder), device="cpu")
    assert KokoroEngine.voices(config) == []
    with pytest.raises(EngineUnavailableError, match="has no voice"):
        KokoroEngine(config)
