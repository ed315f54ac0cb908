"""`voice-stack speaker`: people in DATA_DIR, without a server."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from tests.e2e.conftest import HELLO, write_wav
from tests.test_imports import loaded_by
from voice_stack.cli.main import app
from voice_stack.core.errors import InvalidRequestError, SpeakerNotFoundError, TooLittleSpeechError

AGREED = ("--consent-by", "Anna", "--consent", "You may know my voice.")


@pytest.fixture(autouse=True)
def _here(tiny_campplus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SPEAKER_MODEL", str(tiny_campplus))


def speaker(*words: str) -> str:
    done = CliRunner().invoke(app, ["speaker", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_person_is_enrolled_recognised_renamed_and_forgotten(tmp_path: Path) -> None:
    assert "Anna: 1 recording" in speaker("enroll", "Anna", str(HELLO), *AGREED)
    assert "Anna: 2 recordings" in speaker("enroll", "anna", str(HELLO))
    found = json.loads(speaker("identify", "--json", str(HELLO)))
    assert (found["name"], found["score"]) == ("Anna", pytest.approx(1, abs=1e-3))
    assert f"{HELLO}: Anna (1.00" in speaker("identify", str(HELLO))
    assert "Anna: yes" in speaker("verify", "Anna", str(HELLO))
    assert "one person" in speaker("compare", str(HELLO), str(HELLO))
    speaker("enroll", "Twin", str(HELLO), *AGREED)
    assert "3 recordings" in speaker("merge", "anna", "Twin")
    speaker("rename", "Anna", "Änne")
    listed = json.loads(speaker("list", "--json"))
    assert (listed["name"], listed["consents"][0]["by"]) == ("Änne", "Anna")
    assert "Änne" in speaker("list")
    assert "forgotten" in speaker("forget", listed["id"])
    assert "unknown (nobody is enrolled)" in speaker("identify", str(HELLO))
    assert list((tmp_path / "data" / "speakers").glob("*.json")) == []


def test_what_is_not_so_is_1_and_said(tmp_path: Path) -> None:
    with pytest.raises(SpeakerNotFoundError, match="speaker list"):
        speaker("forget", "Nobody")
    with pytest.raises(InvalidRequestError, match="consent_by"):
        speaker("enroll", "Anna", str(HELLO))
    silent = write_wav(tmp_path / "silent.wav", np.zeros(48_000, np.float32))
    with pytest.raises(TooLittleSpeechError, match="silent"):
        speaker("compare", str(silent), str(HELLO))
    assert CliRunner().invoke(app, ["speaker", "verify", "Anna"]).exit_code == 2


def test_the_group_starts_without_numpy() -> None:
    assert "numpy" not in loaded_by("import voice_stack.cli.speaker")
