"""Settings: where they come from, what is said about wrong ones, and the example file."""

from pathlib import Path

import pytest
from pydantic import Field

from voice_stack.core.errors import SettingsError
from voice_stack.core.settings import CoreSettings, LogFormat, LogLevel, load_settings
from voice_stack.core.settings_report import render_env_example


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in CoreSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_the_defaults_are_open_and_local() -> None:
    settings = load_settings(CoreSettings)
    assert (settings.api_key, settings.cors_origins, settings.api_v1_str) == ("", [], "/v1")
    assert (settings.log_level, settings.log_format) == (LogLevel.INFO, LogFormat.HUMAN)
    assert not settings.debugpy_enable


def test_variables_beat_the_env_file_and_overrides_beat_both(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    env_file = tmp_path / "settings.env"
    env_file.write_text("PROJECT_NAME=file\nAPI_KEY=file\nLOG_FORMAT=json\n")
    monkeypatch.setenv("PROJECT_NAME", "environment")
    monkeypatch.setenv("API_KEY", "environment")
    settings = load_settings(CoreSettings, _env_file=env_file, api_key="override")
    assert (settings.log_format, settings.project_name, settings.api_key) == (
        LogFormat.JSON,
        "environment",
        "override",
    )


@pytest.mark.parametrize(
    ("text", "origins"),
    [("", []), ("*", ["*"]), (" https://a.example , ,http://b:3000,", ["https://a.example", "http://b:3000"])],
)
def test_lists_are_comma_separated(monkeypatch: pytest.MonkeyPatch, text: str, origins: list[str]) -> None:
    monkeypatch.setenv("CORS_ORIGINS", text)
    assert load_settings(CoreSettings).cors_origins == origins


def test_the_log_level_may_be_written_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "debug")
    assert load_settings(CoreSettings).log_level is LogLevel.DEBUG


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("LOG_LEVEL", "LOUD", "DEBUG, INFO, WARNING or ERROR"),
        ("LOG_FORMAT", "xml", "human, or json"),
        ("DEBUGPY_PORT", "70000", "less than or equal to 65535"),
        ("DEBUGPY_ENABLE", "perhaps", "debugpy server"),
        ("API_V1_STR", "v1/", "Path prefix"),
        ("HUB_TIMEOUT_S", "0", "greater than 0"),
    ],
)
def test_a_wrong_value_names_variable_value_and_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, allowed: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings(CoreSettings)
    assert str(caught.value).startswith(f"{name}='{value}': ")
    assert allowed in str(caught.value)


def test_every_wrong_value_has_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_FORMAT", "xml")
    monkeypatch.setenv("DEBUGPY_PORT", "0")
    with pytest.raises(SettingsError) as caught:
        load_settings(CoreSettings)
    assert [line.partition("=")[0] for line in str(caught.value).splitlines()] == ["LOG_FORMAT", "DEBUGPY_PORT"]


def test_the_key_is_never_shown() -> None:
    assert "secret" not in repr(load_settings(CoreSettings, api_key="secret"))
    with pytest.raises(SettingsError) as caught:
        load_settings(CoreSettings, api_key=["secret"])
    assert "secret" not in str(caught.value)
    assert "API_KEY=(hidden)" in str(caught.value)


def test_settings_do_not_change() -> None:
    settings = load_settings(CoreSettings)
    with pytest.raises(ValueError, match="frozen"):
        settings.api_key = "new"  # type: ignore[misc]


class _Other(CoreSettings):
    other_words: list[str] = Field(default_factory=lambda: ["a", "b"], description="Words.")
    other_flag: bool = Field(True, description="A flag.")
    other_none: str | None = Field(None, description="Nothing.")


def test_the_example_lists_every_variable_once_with_its_default(tmp_path: Path) -> None:
    text = render_env_example(_Other, CoreSettings)
    names = [line.partition("=")[0] for line in text.splitlines() if line and not line.startswith("#")]
    assert sorted(names) == sorted(name.upper() for name in _Other.model_fields)
    assert "# Words.\nOTHER_WORDS=a,b\n" in text
    assert "OTHER_FLAG=true\n" in text
    assert "OTHER_NONE=\n" in text


def test_the_example_reads_back_as_the_defaults(tmp_path: Path) -> None:
    example = tmp_path / "example.env"
    example.write_text(render_env_example(CoreSettings))
    assert load_settings(CoreSettings, _env_file=example) == load_settings(CoreSettings)
