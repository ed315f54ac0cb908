"""`voice-stack diarize` and `transcribe --diarize`: speakers in the terminal, without a download."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.e2e.conftest import write_wav
from tests.two_voices import RATE, two_voices
from voice_stack.cli.main import app
from voice_stack.speaker.diarization.rttm import from_rttm


@pytest.fixture
def talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ASR_ENGINE", "pocketsphinx")
    return write_wav(tmp_path / "talk.wav", two_voices().samples, RATE)


def run(*words: str) -> Result:
    return CliRunner().invoke(app, [*words])


def test_a_file_becomes_rttm(talk: Path, tmp_path: Path) -> None:
    done = run("diarize", str(talk), "-o", str(tmp_path / "out.rttm"))
    assert done.exit_code == 0, done.output
    turns = from_rttm((tmp_path / "out.rttm").read_text(), "talk")
    assert [turn.speaker for turn in turns] == ["A", "B", "A"]
    assert "A, B; engine clustering" in done.stderr


def test_subtitles_of_a_file_name_its_speakers(talk: Path) -> None:
    done = run("transcribe", str(talk), "--diarize", "--format", "srt")
    assert done.exit_code == 0, done.output
    assert done.stdout.index("A: ") < done.stdout.index("B: ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--speakers", "2", "--max-speakers", "3"), "excludes"),
        (("--speakers", "0"), "speakers"),
        (("--min-speakers", "3", "--max-speakers", "2"), "speakers"),
    ],
)
def test_numbers_that_cannot_be_are_refused(talk: Path, words: tuple[str, ...], said: str) -> None:
    done = run("diarize", str(talk), *words)
    assert done.exit_code == 2
    assert said in done.stderr


def test_what_is_no_file_is_refused(talk: Path) -> None:
    assert run("diarize", str(talk.with_name("none.wav"))).exit_code == 2
