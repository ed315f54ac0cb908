"""`voice-stack voices check`: by its exit status a script knows, by its table people do."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from tests.audio.quality.conftest import voice as voice
from tests.cli.test_main import voice_stack
from tests.e2e.conftest import write_wav
from tests.test_imports import loaded_by
from voice_stack.audio.clip import AudioClip
from voice_stack.cli.main import app


@pytest.fixture
def good(voice: AudioClip, tmp_path: Path) -> Path:
    return write_wav(tmp_path / "good.wav", voice.samples)


def test_a_good_recording_is_0_and_its_best_part_is_written(good: Path, tmp_path: Path) -> None:
    target = tmp_path / "prepared" / "anna.wav"
    done = voice_stack(tmp_path, "voices", "check", str(good), "-o", str(target))
    assert done.returncode == 0, done.stderr
    assert "good.wav: good" in done.stdout
    assert "PREPARED" in done.stdout
    again = CliRunner().invoke(app, ["voices", "check", str(target), "--json"])
    assert again.exit_code == 0
    told = json.loads(again.stdout)
    assert told["verdict"] == "good"
    loudness = next(one for one in told["findings"] if one["measure"] == "loudness")
    assert loudness["value"] == pytest.approx(-23, abs=0.5)


def test_an_unusable_one_is_1_and_each_file_has_its_line(good: Path, tmp_path: Path) -> None:
    silent = write_wav(tmp_path / "silent.wav", np.zeros(64_000, np.float32))
    text = tmp_path / "no.wav"
    text.write_text("no sound")
    done = voice_stack(tmp_path, "voices", "check", "--json", str(silent), str(text), str(good))
    assert done.returncode == 1
    verdicts = [json.loads(line)["verdict"] for line in done.stdout.splitlines()]
    assert verdicts == ["unusable", "good"]
    assert "no.wav" in done.stderr


def test_wrong_usage_is_2(good: Path, tmp_path: Path) -> None:
    file, missing = str(good), str(tmp_path / "missing.wav")
    for arguments in ([], [missing], [file, file, "-o", "x.wav"], [file, "-o", file], [file, "--wav"]):
        assert CliRunner().invoke(app, ["voices", "check", *arguments]).exit_code == 2, arguments
    wrong = voice_stack(tmp_path, "voices", "check", str(good), TTS_REFERENCE_MIN_S="soon")
    assert wrong.returncode == 2
    assert "TTS_REFERENCE_MIN_S" in wrong.stderr


def test_the_doctor_needs_no_torch(good: Path) -> None:
    loaded = loaded_by(
        "from typer.testing import CliRunner; from voice_stack.cli.main import app; "
        f"done = CliRunner().invoke(app, ['voices', 'check', {str(good)!r}]); assert done.exit_code == 0, done.output"
    )
    assert not loaded & {"torch", "librosa", "TTS", "transformers", "scipy"}
    assert "voice_stack" in loaded
