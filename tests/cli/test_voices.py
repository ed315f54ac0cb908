"""`voice-stack voices`."""

import wave
from pathlib import Path

import numpy as np

from tests.cli.test_main import voice_stack
from tests.live_server import two_roads
from voice_stack.core.settings import load_settings
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.voices.custom.checks import Checkers
from voice_stack.tts.voices.custom.library import open_library


def record(path: Path, seconds: float) -> None:
    """A recording that sounds like nobody: a tone that comes and goes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    time = np.arange(round(seconds * 24_000)) / 24_000
    sound = 0.3 * np.sin(2 * np.pi * 150 * time) * (0.5 + 0.5 * np.sin(2 * np.pi * 3 * time))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24_000)
        file.writeframes((sound * 32767).astype("<i2").tobytes())


def rows_of(folder: Path, *arguments: str, **settings: str) -> dict[str, str]:
    done = voice_stack(folder, "voices", "list", *arguments, **settings)
    assert done.returncode == 0, done.stderr
    return {line.split()[0]: line for line in done.stdout.splitlines()[1:]}


def test_openai_names_and_the_engines_own_are_listed(tmp_path: Path) -> None:
    rows = rows_of(tmp_path)
    assert rows["alloy"].split()[1] == "openai"
    assert rows["de"].split()[1:3] == ["engine", "de"]
    assert rows["de"].rstrip().endswith("usable")


def test_model_chooses_the_engine(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, "--model", "kokoro")
    assert rows["af_heart"].split()[1:4] == ["engine", "en", "female"]
    assert rows["af_heart"].rstrip().endswith("downloaded on first use")


def test_language_leaves_out_the_others(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, "--language", "french", "--model", "kokoro")
    assert "ff_siwis" in rows
    assert "af_heart" not in rows
    assert "alloy" in rows


def test_recordings_that_cannot_be_used_say_why(tmp_path: Path) -> None:
    record(tmp_path / "voices" / "brief.wav", 1.0)
    row = rows_of(tmp_path)["brief"]
    assert row.split()[1] == "library"
    assert "unusable: " in row


def test_unknown_model_is_an_error_in_one_line(tmp_path: Path) -> None:
    done = voice_stack(tmp_path, "voices", "list", "--model", "nothing")
    assert done.returncode == 1
    assert "'nothing' does not exist" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_mistake_in_openai_yaml_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "voices").mkdir()
    (tmp_path / "voices" / "openai.yaml").write_text("espeak:\n  nobody: en\n", encoding="utf-8")
    done = voice_stack(tmp_path, "voices", "list")
    assert done.returncode == 2
    assert "openai.yaml" in done.stderr
    assert "2" in done.stderr


def test_a_created_voice_goes_out_and_in_as_one_archive(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    library = open_library(load_settings(TtsSettings, data_dir=str(here), tts_require_consent=False), Checkers())
    sound = two_roads(tmp_path / "road.wav")
    with sound.open("rb") as file:
        id = library.create_voice("Zoë", None, file).id
    listed = rows_of(tmp_path, DATA_DIR=str(here))
    assert listed[id].split()[1] == "custom"
    done = voice_stack(tmp_path, "voices", "export", id, "-o", "zoe.zip", DATA_DIR=str(here))
    assert done.returncode == 0, done.stderr
    assert "Zoë" in done.stdout
    done = voice_stack(tmp_path, "voices", "import", "zoe.zip", DATA_DIR=str(there))
    assert done.returncode == 0, done.stderr
    assert rows_of(tmp_path, DATA_DIR=str(there))[done.stdout.split()[0]].rstrip().endswith("usable")


def test_what_cannot_be_exported_or_imported_is_told(tmp_path: Path) -> None:
    (tmp_path / "voice.zip").write_bytes(b"no archive")
    for arguments in (("export", "voice_none", "-o", "x.zip"), ("import", "voice.zip"), ("import", "none.zip")):
        done = voice_stack(tmp_path, "voices", *arguments, DATA_DIR=str(tmp_path / "data"))
        assert done.returncode == 1, arguments
        assert done.stderr.strip()
        assert "Traceback" not in done.stderr
    assert not (tmp_path / "x.zip").exists()
