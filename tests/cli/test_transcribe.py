"""`voice-stack transcribe` on real files with the embedded engine."""

import json
import shutil
from pathlib import Path

import pytest
import typer

from tests.cli.test_main import voice_stack
from tests.live_server import ROOT
from voice_stack.asr.subtitles.options import SubtitleOptions
from voice_stack.asr.subtitles.profiles import Profile, Shape
from voice_stack.cli.transcribe import asked_shape

HELLO = ROOT / "tests" / "fixtures" / "hello.wav"
# What Moonshine hears of the sample.
HEARD = "The man was walking along the road."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(HELLO, tmp_path / "one.wav")
    shutil.copy(HELLO, tmp_path / "two.wav")
    (tmp_path / "broken.wav").write_bytes(b"RIFF this is no audio")
    return tmp_path


def test_text_goes_to_stdout_and_the_rest_to_stderr(folder: Path) -> None:
    done = voice_stack(folder, "transcribe", "one.wav")
    assert done.returncode == 0
    assert done.stdout == f"{HEARD}\n"
    assert "engine moonshine" in done.stderr


def test_transcripts_are_written_beside_each_other(folder: Path) -> None:
    done = voice_stack(folder, "transcribe", "one.wav", "two.wav", "--format", "srt", "-o", "out/deep")
    assert (done.returncode, done.stdout) == (0, "")
    for name in ("one.srt", "two.srt"):
        text = (folder / "out" / "deep" / name).read_text(encoding="utf-8")
        assert text.startswith("1\n00:00:00,")
        assert HEARD in text


def test_word_times_are_in_verbose_json(folder: Path) -> None:
    done = voice_stack(folder, "transcribe", "one.wav", "-f", "verbose_json", "--word-timestamps")
    words = json.loads(done.stdout)["words"]
    assert [word["word"] for word in words] == HEARD.rstrip(".").split()
    assert all(0 <= word["start"] <= word["end"] <= 2.8 for word in words)


def test_one_bad_file_does_not_stop_the_others(folder: Path) -> None:
    done = voice_stack(folder, "transcribe", "broken.wav", "missing.wav", "two.wav")
    assert done.returncode == 1
    assert HEARD in done.stdout
    assert "broken.wav: " in done.stderr
    assert "missing.wav: No such file or directory" in done.stderr
    assert "2 of 3 files failed." in done.stderr
    assert "Traceback" not in done.stderr


def test_folder_is_no_audio(folder: Path) -> None:
    done = voice_stack(folder, "transcribe", ".")
    assert done.returncode == 1
    assert "Is a directory" in done.stderr


def test_missing_model_is_served_by_the_stand_in_and_said(folder: Path) -> None:
    done = voice_stack(
        folder, "transcribe", "one.wav", ASR_ENGINE="faster-whisper", ASR_MODEL="small", HF_HUB_OFFLINE="1"
    )
    assert done.returncode == 0
    assert HEARD in done.stdout
    assert "moonshine answers in place of faster-whisper" in done.stderr
    assert "engine moonshine" in done.stderr


def test_missing_model_without_a_stand_in_is_an_error(folder: Path) -> None:
    settings = {"ASR_ENGINE": "faster-whisper", "ASR_FALLBACK_ENGINES": "", "HF_HUB_OFFLINE": "1"}
    done = voice_stack(folder, "transcribe", "one.wav", **settings)
    assert (done.returncode, done.stdout) == (1, "")
    assert "one.wav: " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("one.wav", "--format", "pdf"), "'pdf' is not one of json, text, srt"),
        (("one.wav", "--task", "sing"), "'sing' is not one of transcribe, translate"),
        (("one.wav", "--language", "klingon"), "'klingon' is no language"),
        (("one.wav", "sub/one.wav", "-o", "out"), "2 of the files would be written to out/one.txt"),
        (("notes.txt", "-o", "."), "would be written over notes.txt"),
        ((), "Missing argument"),
    ],
)
def test_wrong_arguments_end_with_status_2(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    done = voice_stack(folder, "transcribe", *arguments)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.replace("│", " ").split())
    assert not list(folder.glob("out/*"))


@pytest.mark.parametrize(
    ("profile", "numbers", "offset", "said"),
    [
        ("hulu", [], None, "netflix-kids"),
        (None, ["width=3"], None, "max_line_width"),
        (None, ["max_line_count=two"], None, "a whole number from 1 to 10"),
        (None, [], 1e9, "from -86400"),
    ],
)
def test_what_subtitles_cannot_be_is_said(
    profile: str | None, numbers: list[str], offset: float | None, said: str
) -> None:
    with pytest.raises(typer.BadParameter, match=said):
        asked_shape(SubtitleOptions(), profile, numbers, offset)


def test_subtitles_are_what_is_asked_and_for_the_rest_what_is_configured() -> None:
    options = SubtitleOptions(profile=Profile.BBC, max_cps=15)
    shape = asked_shape(options, None, ["max_line_width=30", "drop_non_speech=no"], -2.0)
    assert shape == Shape(
        Profile.BBC, (("max_line_width", 30.0), ("max_cps", 15.0), ("drop_non_speech", False)), start_offset=-2.0
    )
