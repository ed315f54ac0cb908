"""`voice-stack models`, without a network."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.asr.engines.fake_hub import FakeHub, serve_hub, use_hub
from tests.cli.test_main import voice_stack
from voice_stack.cli.downloads import find_fetch
from voice_stack.core.settings import load_settings
from voice_stack.tts.engines.kokoro import options as kokoro_options
from voice_stack.tts.engines.piper import options as piper_options
from voice_stack.tts.service import speech_models
from voice_stack.tts.settings import TtsSettings


def lay_model(folder: Path, name: str) -> Path:
    """A folder that looks like a faster-whisper model of 3 MB."""
    model = folder / "models" / name
    model.mkdir(parents=True)
    (model / "model.bin").write_bytes(bytes(3_000_000))
    for part in ("config.json", "tokenizer.json", "vocabulary.txt"):
        (model / part).write_bytes(b"{}")
    return model


def test_list_shows_engine_state_and_size(tmp_path: Path) -> None:
    lay_model(tmp_path, "my-model")
    done = voice_stack(tmp_path, "models", "list", ASR_ENGINE="faster-whisper", ASR_MODEL="small")
    assert done.returncode == 0
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["small", "asr", "faster-whisper", "no", "MIT"] in rows
    assert ["my-model", "asr", "faster-whisper", "yes", "3", "MB", "its", "own"] in rows
    assert ["pocketsphinx", "asr", "pocketsphinx", "yes", "built", "in", "BSD-2-Clause"] in rows


def test_list_shows_speech_models(tmp_path: Path) -> None:
    piper = tmp_path / "voices-of-mine"
    piper.mkdir()
    (piper / "anna.onnx").write_bytes(bytes(2_000_000))
    (piper / "anna.onnx.json").write_text('{"espeak": {"voice": "de"}}', encoding="utf-8")
    settings = {"TTS_ENGINE": "kokoro", "TTS_PIPER_MODEL": str(piper)}
    done = voice_stack(tmp_path, "models", "list", **settings)
    assert done.returncode == 0
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["kokoro", "tts", "kokoro", "no", "Apache-2.0"] in rows
    assert ["espeak-ng", "tts", "espeak", "yes", "built", "in", "GPL-3.0-or-later"] in rows
    assert ["voices-of-mine", "tts", "piper", "yes", "2", "MB", "its", "own"] in rows


def test_aliases_are_told_once(tmp_path: Path) -> None:
    done = voice_stack(tmp_path, "models", "list", ASR_ENGINE="faster-whisper", ASR_MODEL="tiny")
    for alias, configured in (("whisper-1", "tiny"), ("tts-1,", "espeak-ng")):
        (line,) = [line for line in done.stdout.splitlines() if alias in line]
        assert line.endswith(f"the configured model, {configured}.")


def test_pull_of_what_is_there_needs_no_network(tmp_path: Path) -> None:
    model = lay_model(tmp_path, "my-model")
    done = voice_stack(tmp_path, "models", "pull", str(model), ASR_ENGINE="faster-whisper", HF_HUB_OFFLINE="1")
    assert done.returncode == 0
    assert f"{model} (3 MB)" in done.stderr


@pytest.mark.parametrize(
    "settings",
    [{"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": "http://127.0.0.1:9", "HUB_TIMEOUT_S": "5"}],
    ids=["told to be offline", "hub refuses"],
)
def test_pull_without_a_network_fails_in_one_line(tmp_path: Path, settings: dict[str, str]) -> None:
    done = voice_stack(tmp_path, "models", "pull", "small", "pocketsphinx", **settings)
    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("small: ")]
    assert "small" in line
    assert "pocketsphinx: comes with its engine" in done.stderr
    assert "Traceback" not in done.stderr


def test_pull_of_the_configured_model_takes_openais_name(tmp_path: Path) -> None:
    settings = {"ASR_ENGINE": "faster-whisper", "ASR_MODEL": "base", "HF_HUB_OFFLINE": "1"}
    done = voice_stack(tmp_path, "models", "pull", "whisper-1", **settings)
    assert done.returncode == 1
    assert "base" in done.stderr


@pytest.fixture
def kokoro_hub(tmp_path: Path) -> Iterator[FakeHub]:
    published = tmp_path / "published"
    for fill, name in enumerate(("onnx/model.onnx", "voices/af_heart.bin")):
        (published / name).parent.mkdir(parents=True, exist_ok=True)
        (published / name).write_bytes(bytes([fill]) * 3_000_000)
    with serve_hub(FakeHub(kokoro_options.DEFAULT_MODEL, published)) as hub:
        yield hub


@pytest.mark.parametrize("name", ["kokoro", kokoro_options.DEFAULT_MODEL, "tts-1"])
def test_pull_of_a_speech_model_is_listed_after(kokoro_hub: FakeHub, tmp_path: Path, name: str) -> None:
    settings = {"TTS_ENGINE": "kokoro", "HF_ENDPOINT": kokoro_hub.url}
    done = voice_stack(tmp_path, "models", "pull", name, **settings)
    assert done.returncode == 0, done.stderr
    assert f"{name}: {tmp_path}/models/models--" in done.stderr
    assert "(3 MB)" in done.stderr
    rows = [line.split() for line in voice_stack(tmp_path, "models", "list", **settings).stdout.splitlines()]
    assert ["kokoro", "tts", "kokoro", "yes", "6", "MB", "Apache-2.0"] in rows


def test_progress_of_a_speech_model_is_told(
    kokoro_hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_hub(monkeypatch, kokoro_hub.url)
    steps: list[tuple[int, int | None]] = []
    fetch = find_fetch("kokoro", [speech_models(load_settings(TtsSettings, model_dir=tmp_path / "models"))])
    fetch(lambda _, done, total: steps.append((done, total)))
    assert steps[-1] == (6_000_000, 6_000_000)


def test_pull_of_a_piper_voice_takes_its_name(tmp_path: Path) -> None:
    pytest.importorskip("piper")
    from tests.tiny_voices.piper import build_repository

    published = build_repository(tmp_path / "published")
    with serve_hub(FakeHub(piper_options.DEFAULT_MODEL, published)) as hub:
        settings = {"HF_ENDPOINT": hub.url}
        pulled = voice_stack(tmp_path, "models", "pull", "piper", "de_DE-bass-low", **settings)
        missing = voice_stack(tmp_path, "models", "pull", "de_DE-nobody-medium", **settings)
    assert pulled.returncode == 0, pulled.stderr
    assert "/de_DE-bass-low.onnx (" in pulled.stderr
    assert "/en_US-lessac-medium.onnx (" in pulled.stderr
    assert missing.returncode == 1


def test_pull_of_xtts_asks_for_the_licence_first(tmp_path: Path) -> None:
    done = voice_stack(tmp_path, "models", "pull", "xtts-v2", HF_ENDPOINT="http://127.0.0.1:9")
    assert done.returncode == 1
    assert "xtts-v2: " in done.stderr
    assert "COQUI_TOS_AGREED=1" in done.stderr
    assert "Traceback" not in done.stderr


def test_pull_of_what_is_built_in_says_so(tmp_path: Path) -> None:
    done = voice_stack(tmp_path, "models", "pull", "espeak", "espeak-ng", "tts-1")
    assert done.returncode == 0
    assert done.stderr.count("comes with its engine, nothing to download") == 3


def test_name_of_whisper_is_never_a_voice_of_piper(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "piper"
    folder.mkdir(parents=True)
    (folder / "small.onnx").write_bytes(b"network")
    (folder / "small.onnx.json").write_text('{"espeak": {"voice": "de"}}', encoding="utf-8")
    done = voice_stack(tmp_path, "models", "pull", "small", HF_HUB_OFFLINE="1")
    assert done.returncode == 1
    assert "small: The model small is not on the disk" in done.stderr


def test_remove_takes_what_was_pulled(kokoro_hub: FakeHub, tmp_path: Path) -> None:
    settings = {"TTS_ENGINE": "kokoro", "HF_ENDPOINT": kokoro_hub.url}
    assert voice_stack(tmp_path, "models", "pull", "kokoro", **settings).returncode == 0
    done = voice_stack(tmp_path, "models", "remove", "kokoro", **settings)
    assert done.returncode == 0, done.stderr
    assert "kokoro: removed (6 MB)" in done.stderr
    assert list((tmp_path / "models").iterdir()) == []
    again = voice_stack(tmp_path, "models", "remove", "kokoro", **settings)
    assert again.returncode == 1
    assert "kokoro: The model 'kokoro' is not on the disk." in again.stderr


def test_remove_leaves_what_is_the_owners(tmp_path: Path) -> None:
    outside = lay_model(tmp_path / "elsewhere", "my-model")
    done = voice_stack(tmp_path, "models", "remove", str(outside), "pocketsphinx", "nothing-such")
    assert done.returncode == 1
    assert "does not lie in MODEL_DIR" in done.stderr
    assert "pocketsphinx: The model 'pocketsphinx' comes with its engine" in done.stderr
    assert "nothing-such: No engine has a model" in done.stderr
    assert "Traceback" not in done.stderr
    assert (outside / "model.bin").is_file()
