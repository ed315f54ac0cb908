"""`voice-stack config show` says each value and where it is from."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from voice_stack.cli.env_example import setting_classes
from voice_stack.cli.main import app
from voice_stack.core.errors import SettingsError
from voice_stack.core.settings import SettingsGroup
from voice_stack.core.settings_report import owned_settings


def shown(*arguments: str) -> dict[str, dict[str, str]]:
    done = CliRunner().invoke(app, ["config", "show", "--json", *arguments])
    assert done.exception is None, done.exception
    return {one["variable"]: one for one in json.loads(done.stdout)}


def test_every_setting_is_shown_with_its_owner_and_its_description() -> None:
    declared = {
        variable: owned.title for owned in owned_settings(*setting_classes()) for variable in owned.variables.values()
    }
    settings = shown()
    assert {variable: one["owner"] for variable, one in settings.items()} == declared
    assert all(one["description"] for one in settings.values())


def test_each_value_is_shown_with_its_origin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(SettingsGroup.model_config, "env_file", str(tmp_path / ".env"))
    (tmp_path / ".env").write_text("LOG_LEVEL=debug\nASR_PORT=1\n", encoding="utf-8")
    (tmp_path / "config.yaml").write_text("cors_origins: ['http://a', 'http://b']\n", encoding="utf-8")
    (tmp_path / "key").write_text("hush\n", encoding="utf-8")
    monkeypatch.setenv("VOICE_STACK_CONFIG", str(tmp_path / "config.yaml"))
    monkeypatch.setenv("API_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("ASR_PORT", "5003")
    told = {variable: (one["value"], one["origin"]) for variable, one in shown().items()}
    assert told["LOG_LEVEL"] == ("DEBUG", ".env")
    assert told["CORS_ORIGINS"] == ("http://a,http://b", "config.yaml")
    assert told["API_KEY"] == ("***", "API_KEY_FILE")
    assert told["ASR_PORT"] == ("5003", "environment")
    assert told["TTS_PORT"] == ("5002", "default")
    assert told["JOB_CALLBACK_SECRET"] == ("", "default")


def test_one_service_shows_its_own() -> None:
    asr, tts = shown("--service", "asr"), shown("--service", "tts")
    assert "ASR_PORT" in asr
    assert "TTS_PORT" not in asr
    assert "TTS_PORT" in tts
    assert "ASR_PORT" not in tts
    assert asr["LOG_LEVEL"] == tts["LOG_LEVEL"]


def test_people_get_a_heading_for_each_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", "hush")
    done = CliRunner().invoke(app, ["config", "show"])
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.startswith("# ")] == [
        f"# {owned.title}" for owned in owned_settings(*setting_classes())
    ]
    assert "hush" not in done.output
    (line,) = [line for line in lines if line.startswith("API_KEY ")]
    assert line.split() == ["API_KEY", "***", "environment"]


def test_names_that_are_none_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("tts_prot: 1\ngarden: green\nasr_port: 5003\n", encoding="utf-8")
    monkeypatch.setenv("VOICE_STACK_CONFIG", str(tmp_path / "config.yaml"))
    monkeypatch.setenv("ASR_PROT", "1")
    done = CliRunner().invoke(app, ["config", "show"])
    assert done.exit_code == 0
    assert done.stderr.splitlines() == [
        "ASR_PROT is no setting; is ASR_PORT meant?",
        "GARDEN (config.yaml) is no setting.",
        "TTS_PROT (config.yaml) is no setting; is TTS_PORT meant?",
    ]


def test_what_is_wrong_with_any_service_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "LOUD")
    monkeypatch.setenv("ASR_PORT", "no")
    monkeypatch.setenv("TTS_PORT", "no")
    done = CliRunner().invoke(app, ["config", "show"])
    assert isinstance(done.exception, SettingsError)
    names = [line.partition("=")[0] for line in str(done.exception).splitlines()]
    assert sorted(names) == ["ASR_PORT", "LOG_LEVEL", "TTS_PORT"]
