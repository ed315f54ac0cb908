"""`voice-stack provenance` says what a file carries."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from voice_stack.cli.main import app
from voice_stack.core.errors import InvalidAudioError

HELLO = Path(__file__).parents[1] / "fixtures" / "hello.wav"


def run(*arguments: str) -> list[list[str]]:
    """Words of each line of the table, without its head."""
    done = CliRunner().invoke(app, list(arguments), catch_exceptions=False, env={"COLUMNS": "200"})
    assert done.exit_code == 0
    return [line.split() for line in done.stdout.splitlines()[1:]]


def test_speech_of_this_service_is_known_and_a_person_is_not_taken_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TTS_ENGINE", "tone")
    CliRunner().invoke(app, ["speak", "Hello there.", "-o", "a.wav"], catch_exceptions=False)
    spoken = {line[0]: line[1:] for line in run("provenance", "a.wav")}
    assert spoken["metadata"][:3] == ["yes", "model", "tone,"]
    person = {line[0]: line[1] for line in run("provenance", str(HELLO))}
    assert person["metadata"] == "no"


def test_a_file_that_is_none_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidAudioError, match="nothing"):
        CliRunner().invoke(app, ["provenance", str(tmp_path / "nothing.wav")], catch_exceptions=False)
