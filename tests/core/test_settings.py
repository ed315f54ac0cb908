"""Settings: where they come from, what is said about wrong ones, and the example file."""

from pathlib import Path

import pytest

from voice_stack.core.errors import SettingsError
from voice_stack.core.logging import LogFormat, LogLevel
from voice_stack.core.settings import load_settings, setting
from voice_stack.core.settings_report import owned_settings, render_env_example
from voice_stack.hub.settings import HubOptions
from voice_stack.web.settings import ServiceSettings


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for owned in owned_settings(ServiceSettings):
        for name in owned.variables.values():
            monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


class _Service(ServiceSettings):
    """A service that loads models."""

    hub: HubOptions = HubOptions()


def test_the_defaults_are_open_and_local() -> None:
    settings = load_settings(ServiceSettings)
    assert (settings.web.api_key, settings.web.cors_origins, settings.web.api_v1_str) == ("", [], "/v1")
    assert (settings.log.level, settings.log.format) == (LogLevel.INFO, LogFormat.HUMAN)
    assert not settings.debug.enable


def test_variables_beat_the_env_file_and_overrides_beat_both(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    env_file = tmp_path / "settings.env"
    env_file.write_text("PROJECT_NAME=file\nAPI_KEY=file\nLOG_FORMAT=json\n")
    monkeypatch.setenv("PROJECT_NAME", "environment")
    monkeypatch.setenv("API_KEY", "environment")
    settings = load_settings(ServiceSettings, _env_file=env_file, api_key="override")
    assert (settings.log.format, settings.web.project_name, settings.web.api_key) == (
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
    assert load_settings(ServiceSettings).web.cors_origins == origins


def test_the_log_level_may_be_written_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "debug")
    assert load_settings(ServiceSettings).log.level is LogLevel.DEBUG


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
        load_settings(_Service)
    assert str(caught.value).startswith(f"{name}='{value}': ")
    assert allowed in str(caught.value)


def test_every_wrong_value_has_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_FORMAT", "xml")
    monkeypatch.setenv("DEBUGPY_PORT", "0")
    with pytest.raises(SettingsError) as caught:
        load_settings(ServiceSettings)
    assert [line.partition("=")[0] for line in str(caught.value).splitlines()] == ["LOG_FORMAT", "DEBUGPY_PORT"]


def test_the_key_is_never_shown() -> None:
    assert "secret" not in repr(load_settings(ServiceSettings, api_key="secret"))
    with pytest.raises(SettingsError) as caught:
        load_settings(ServiceSettings, api_key=["secret"])
    assert "secret" not in str(caught.value)
    assert "API_KEY=(hidden)" in str(caught.value)


def test_settings_do_not_change() -> None:
    settings = load_settings(ServiceSettings)
    with pytest.raises(ValueError, match="frozen"):
        settings.web.api_key = "new"  # type: ignore[misc]


class _Other(ServiceSettings):
    other_words: list[str] = setting(["a", "b"], description="Words.")
    other_flag: bool = setting(True, description="A flag.")
    other_none: str | None = setting(None, description="Nothing.")


def test_the_example_lists_every_variable_once_with_its_default(tmp_path: Path) -> None:
    text = render_env_example(_Other, ServiceSettings)
    names = [line.partition("=")[0] for line in text.splitlines() if line and not line.startswith("#")]
    assert sorted(names) == sorted(name for owned in owned_settings(_Other) for name in owned.variables.values())
    assert [line for line in text.splitlines() if line.startswith("# ---- ")] == [
        f"# ---- {owned.title} ----" for owned in owned_settings(_Other)
    ]
    assert "# Words.\nOTHER_WORDS=a,b\n" in text
    assert "OTHER_FLAG=true\n" in text
    assert "OTHER_NONE=\n" in text


def test_the_example_reads_back_as_the_defaults(tmp_path: Path) -> None:
    example = tmp_path / "example.env"
    example.write_text(render_env_example(ServiceSettings))
    assert load_settings(ServiceSettings, _env_file=example) == load_settings(ServiceSettings)
