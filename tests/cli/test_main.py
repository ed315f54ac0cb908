"""The command line as its users run it: in a process of its own."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.live_server import is_fresh
from tests.nursery import nursery
from voice_stack import __version__


def voice_stack(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run `voice-stack` in a folder without a `.env`, with the engines that need nothing unless told otherwise."""
    environment = os.environ | {"ASR_ENGINE": "moonshine", "TTS_ENGINE": "espeak", "COLUMNS": "200"} | settings
    if is_fresh(settings):
        command = [sys.executable, "-m", "voice_stack.cli.main", *arguments]
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        code = nursery("cli").run(arguments, environment, folder, output, errors).wait()
        output.seek(0)
        errors.seek(0)
        return subprocess.CompletedProcess(arguments, code, output.read().decode(), errors.read().decode())


@pytest.mark.parametrize("arguments", [("version",), ("--version",)])
def test_version_is_printed(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = voice_stack(tmp_path, *arguments)
    assert (done.returncode, done.stdout) == (0, f"{__version__}\n")


def test_help_names_every_command(tmp_path: Path) -> None:
    done = voice_stack(tmp_path, "--help")
    assert done.returncode == 0
    for command in ("serve", "up", "transcribe", "speak", "models", "voices", "evaluate", "config", "version"):
        assert f" {command} " in done.stdout


def test_help_names_every_format(tmp_path: Path) -> None:
    from voice_stack.asr.render import TranscriptFormat
    from voice_stack.audio.formats import AudioFormat

    for command, formats in (("transcribe", TranscriptFormat), ("speak", AudioFormat)):
        shown = voice_stack(tmp_path, command, "--help").stdout
        assert not [fmt for fmt in formats if fmt.value not in shown]


@pytest.mark.parametrize(
    ("setting", "command"),
    [
        ("ASR_PORT", ("serve", "asr")),
        ("ASR_PORT", ("up",)),
        ("ASR_PORT", ("models", "list")),
        ("ASR_PORT", ("transcribe", "a.wav")),
        ("TTS_PORT", ("serve", "tts")),
        ("TTS_PORT", ("up",)),
        ("TTS_PORT", ("models", "list")),
        ("TTS_PORT", ("speak", "Hello", "-o", "a.mp3")),
        ("TTS_PORT", ("voices", "list")),
        ("ASR_PORT", ("config", "show")),
        ("TTS_PORT", ("config", "show")),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_wrong_setting_ends_with_status_2_and_one_line(tmp_path: Path, setting: str, command: tuple[str, ...]) -> None:
    done = voice_stack(tmp_path, *command, **{setting: "none"})
    assert done.returncode == 2
    assert done.stderr.startswith(f"{setting}='none': ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("service", ["asr", "tts"])
def test_wrong_option_names_the_setting(tmp_path: Path, service: str) -> None:
    done = voice_stack(tmp_path, "serve", service, "--port", "99999")
    assert done.returncode == 2
    assert done.stderr.startswith(f"{service.upper()}_PORT=99999: ")


def test_hidden_value_stays_hidden(tmp_path: Path) -> None:
    done = voice_stack(tmp_path, "models", "list", API_KEY="sk-secret", ASR_PORT="0")
    assert done.returncode == 2
    assert "sk-secret" not in done.stdout + done.stderr


def test_settings_come_from_the_env_file_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ASR_PORT=none\n", encoding="utf-8")
    assert voice_stack(tmp_path, "models", "list").returncode == 2


def test_unknown_command_is_a_usage_error(tmp_path: Path) -> None:
    done = voice_stack(tmp_path, "sing")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
