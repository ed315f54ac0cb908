"""`voice-stack models`, without a network."""

from pathlib import Path

import pytest

from tests.cli.test_main import voice_stack


def lay_model(folder: Path, name: str) -> Path:
    """A folder that looks like a faster-whisper model of 3 MB."""
    model = folder / "models" / name
    model.mkdir(parents=True)
    (model / "model.bin").write_bytes(bytes(3_000_000))
    return model


def test_list_shows_engine_state_and_size(tmp_path: Path) -> None:
    lay_model(tmp_path, "my-model")
    done = voice_stack(tmp_path, "models", "list", ASR_ENGINE="faster-whisper", ASR_MODEL="small")
    assert done.returncode == 0
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["small", "faster-whisper", "no"] in rows
    assert ["my-model", "faster-whisper", "yes", "3", "MB"] in rows
    assert ["pocketsphinx", "pocketsphinx", "yes", "built", "in"] in rows


def test_aliases_are_told_once(tmp_path: Path) -> None:
    done = voice_stack(tmp_path, "models", "list", ASR_ENGINE="faster-whisper", ASR_MODEL="tiny")
    assert done.stdout.count("whisper-1") == 1
    assert done.stdout.rstrip().endswith("the configured model, tiny.")


def test_pull_of_what_is_there_needs_no_network(tmp_path: Path) -> None:
    model = lay_model(tmp_path, "my-model")
    done = voice_stack(tmp_path, "models", "pull", str(model), HF_HUB_OFFLINE="1")
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
