"""Where settings come from: what wins, what is said of it, and names that are none."""

import logging
from pathlib import Path

import pytest
from pydantic import field_validator
from pydantic_settings import SettingsConfigDict

from voice_stack.core.errors import SettingsError
from voice_stack.core.settings import CommaList, Settings, SettingsGroup, load_settings, setting, shaping_settings
from voice_stack.core.settings_report import misspelt_settings, owned_settings


class _Speed(SettingsGroup):
    """How fast the kettle boils."""

    model_config = SettingsConfigDict(env_prefix="KETTLE_SPEED_")

    watts: int = setting(1000, ge=1, description="Power in watts.")
    timeout_s: float = setting(5.0, shapes=False, validation_alias="BOIL_TIMEOUT_S", description="Seconds.")


class _Later(SettingsGroup):
    """What only some kettles have."""

    model_config = SettingsConfigDict(env_prefix="KETTLE_WHISTLE_")

    hertz: int = setting(440, le=20_000, description="Pitch in hertz.")
    token: str = setting("", secret=True, shapes=False, description="Token of the whistle.")


class _Kettle(Settings):
    """A kettle."""

    kettle_name: str = setting("Kettle", description="Name.")
    kettle_teas: CommaList = setting([], description="Teas, comma-separated.")
    kettle_key: str = setting("", secret=True, shapes=False, description="Key of the lid.")
    speed: _Speed = _Speed()

    @field_validator("kettle_key", mode="after")
    @classmethod
    def _long(cls, value: str) -> str:
        if value and len(value) < 3:
            raise ValueError("is too short")
        return value


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text("", encoding="utf-8")
    monkeypatch.setenv("VOICE_STACK_CONFIG", str(path))
    return path


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    path = tmp_path / ".env"
    path.write_text("", encoding="utf-8")
    return path


def test_each_place_wins_over_the_next(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, config: Path, env_file: Path
) -> None:
    def read(**flags: object) -> tuple[str, str]:
        settings = load_settings(_Kettle, _env_file=env_file, **flags)
        return settings.kettle_key, settings.origin(_Kettle, "kettle_key")

    assert read() == ("", "default")
    config.write_text("KETTLE_KEY: of config", encoding="utf-8")
    assert read() == ("of config", "config.yaml")
    env_file.write_text("KETTLE_KEY=of dotenv\n", encoding="utf-8")
    assert read() == ("of dotenv", ".env")
    monkeypatch.setenv("KETTLE_KEY", "of environment")
    assert read() == ("of environment", "environment")
    (tmp_path / "key").write_text("of file\n", encoding="utf-8")
    monkeypatch.setenv("KETTLE_KEY_FILE", str(tmp_path / "key"))
    assert read() == ("of file", "KETTLE_KEY_FILE")
    assert read(kettle_key="of flag") == ("of flag", "flag")


def test_groups_are_read_from_all_places_too(monkeypatch: pytest.MonkeyPatch, config: Path, env_file: Path) -> None:
    config.write_text("kettle_speed_watts: 1\nboil_timeout_s: 7\nkettle_whistle_hertz: 50\n", encoding="utf-8")
    env_file.write_text("KETTLE_SPEED_WATTS=2\n", encoding="utf-8")
    settings = load_settings(_Kettle, _env_file=env_file)
    assert (settings.speed.watts, settings.speed.timeout_s) == (2, 7.0)
    assert (settings.origin(_Speed, "watts"), settings.origin(_Speed, "timeout_s")) == (".env", "config.yaml")
    monkeypatch.setenv("KETTLE_SPEED_WATTS", "3")
    assert load_settings(_Kettle, _env_file=env_file).speed.watts == 3
    assert load_settings(_Kettle, _env_file=env_file, kettle_speed_watts=4).speed.watts == 4
    assert settings.group(_Later).hertz == 50
    assert load_settings(_Kettle, _env_file=env_file, kettle_whistle_hertz=60).group(_Later).hertz == 60


def test_a_group_is_made_once() -> None:
    settings = load_settings(_Kettle)
    assert settings.group(_Speed) is settings.speed
    assert settings.group(_Later) is settings.group(_Later)


def test_a_later_group_is_of_the_places_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(_Kettle)
    monkeypatch.setenv("KETTLE_WHISTLE_HERTZ", "50")
    assert settings.group(_Later).hertz == 440


def test_a_group_made_by_hand_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KETTLE_SPEED_WATTS", "3")
    monkeypatch.setenv("WATTS", "4")
    monkeypatch.setenv("SPEED", "{}")
    assert _Speed().watts == 1000
    assert _Speed(timeout_s=3.0).timeout_s == 3.0
    assert _Kettle().group(_Speed).watts == 1000
    assert _Kettle().group(_Later) == _Later()


def test_a_variable_named_like_a_group_means_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPEED", '{"watts": 5}')
    assert load_settings(_Kettle).speed == _Speed()


def test_all_problems_of_all_groups_come_at_once(monkeypatch: pytest.MonkeyPatch, config: Path, tmp_path: Path) -> None:
    config.write_text("kettle_speed_watts: none\n", encoding="utf-8")
    (tmp_path / "short").write_text("k", encoding="utf-8")
    monkeypatch.setenv("KETTLE_KEY_FILE", str(tmp_path / "short"))
    monkeypatch.setenv("BOIL_TIMEOUT_S", "soon")
    with pytest.raises(SettingsError) as caught:
        load_settings(_Kettle)
    lines = str(caught.value).splitlines()
    assert [line.partition(": ")[0] for line in lines] == [
        "KETTLE_SPEED_WATTS='none' (config.yaml)",
        "BOIL_TIMEOUT_S='soon'",
        "KETTLE_KEY=(hidden) (KETTLE_KEY_FILE",
    ]
    assert "(KETTLE_KEY_FILE: short): Value error, is too short. Key of the lid." in lines[2]


def test_a_wrong_later_group_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KETTLE_WHISTLE_HERTZ", "30000")
    settings = load_settings(_Kettle)
    with pytest.raises(SettingsError, match=r"^KETTLE_WHISTLE_HERTZ='30000': .*20000\. Pitch in hertz\.$"):
        settings.group(_Later)


@pytest.mark.parametrize("content", [b"key", b"key\n", b"key\r\n", b"\xef\xbb\xbfkey\n"])
def test_the_line_end_of_a_secret_file_is_no_part_of_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "key").write_bytes(content)
    monkeypatch.setenv("KETTLE_KEY_FILE", str(tmp_path / "key"))
    assert load_settings(_Kettle).kettle_key == "key"


def test_a_secret_file_may_be_named_in_the_env_file(tmp_path: Path, env_file: Path) -> None:
    (tmp_path / "key").write_text("two words ", encoding="utf-8")
    env_file.write_text(f"KETTLE_KEY_FILE={tmp_path / 'key'}\n", encoding="utf-8")
    assert load_settings(_Kettle, _env_file=env_file).kettle_key == "two words "


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "No such file"), (b"\xff\xfe", "not UTF-8"), (b"k" * 70_000, "larger than 64 KiB")],
)
def test_a_secret_file_that_cannot_be_used_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None, reason: str
) -> None:
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    monkeypatch.setenv("KETTLE_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("KETTLE_SPEED_WATTS", "0")
    with pytest.raises(SettingsError) as caught:
        load_settings(_Kettle)
    first, second = str(caught.value).splitlines()
    assert first.startswith(f"KETTLE_KEY_FILE='{tmp_path / 'key'}': ")
    assert reason in first
    assert second.startswith("KETTLE_SPEED_WATTS='0': ")


def test_a_secret_that_stands_twice_is_warned_about(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "key").write_text("of file", encoding="utf-8")
    monkeypatch.setenv("KETTLE_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("KETTLE_KEY", "plain")
    with caplog.at_level(logging.WARNING):
        settings = load_settings(_Kettle)
    assert settings.kettle_key == "of file"
    assert caplog.messages == ["KETTLE_KEY_FILE is used, and not KETTLE_KEY, which is set too (environment)."]


def test_only_secrets_come_from_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "name").write_text("of file", encoding="utf-8")
    monkeypatch.setenv("KETTLE_NAME_FILE", str(tmp_path / "name"))
    settings = load_settings(_Kettle)
    assert settings.kettle_name == "Kettle"
    assert misspelt_settings(settings, prefix="KETTLE_") == ["KETTLE_NAME_FILE is no setting; is KETTLE_NAME meant?"]


def test_config_values_mean_what_they_mean_in_the_environment(config: Path) -> None:
    config.write_text(
        "KETTLE_NAME: no\nkettle_teas: [Assam, 'Earl, Grey', 7]\nkettle_key: 0123\nBOIL_TIMEOUT_S: 1e1\n",
        encoding="utf-8",
    )
    settings = load_settings(_Kettle)
    assert (settings.kettle_name, settings.kettle_key, settings.speed.timeout_s) == ("no", "0123", 10.0)
    assert settings.kettle_teas == ["Assam", "Earl, Grey", "7"]
    config.write_text("kettle_teas: Assam, Darjeeling\n", encoding="utf-8")
    assert load_settings(_Kettle).kettle_teas == ["Assam", "Darjeeling"]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("kettle_name: a\nkettle_teas: [", 2, "expected"),
        ("- kettle_name", 1, "must hold names and values"),
        ("a: 1\nkettle_speed:\n  watts: 3\n", 3, "kettle_speed must be a text, a number or a list"),
        ("kettle_name: a\nKETTLE_NAME: b\n", 2, "stands here twice"),
        ("? [a]\n: b\n", 1, "must be the name of a setting"),
    ],
)
def test_a_wrong_config_file_is_told_with_its_line(config: Path, text: str, line: int, reason: str) -> None:
    config.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings(_Kettle)
    assert str(caught.value).startswith(f"{config}, line {line}: ")
    assert reason in str(caught.value)


def test_the_named_config_file_must_be_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VOICE_STACK_CONFIG", str(tmp_path / "none.yaml"))
    with pytest.raises(SettingsError, match=r"none\.yaml: cannot be read"):
        load_settings(_Kettle)


def test_the_usual_config_file_is_in_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("VOICE_STACK_CONFIG")
    assert load_settings(_Kettle).kettle_name == "Kettle"
    folder = tmp_path / ".config" / "voice-stack"
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text("kettle_name: At home\n", encoding="utf-8")
    assert load_settings(_Kettle).kettle_name == "At home"
    monkeypatch.setenv("VOICE_STACK_CONFIG", "")
    assert load_settings(_Kettle).kettle_name == "Kettle"


def test_an_env_file_that_is_no_text_is_told(env_file: Path) -> None:
    env_file.write_bytes(b"KETTLE_NAME=\xff\xfe\n")
    with pytest.raises(SettingsError, match=r"\.env: cannot be read"):
        load_settings(_Kettle, _env_file=env_file)


def test_names_that_are_none_are_told(monkeypatch: pytest.MonkeyPatch, config: Path, env_file: Path) -> None:
    monkeypatch.setenv("KETTLE_NAEM", "a")
    monkeypatch.setenv("KETTLE_KYE_FILE", "a")
    monkeypatch.setenv("BOIL_TIME_S", "a")
    monkeypatch.setenv("TEAPOT_NAME", "another program's")
    env_file.write_text("kettle_whistle_hertz=1\nKETTLE_LID=1\n", encoding="utf-8")
    config.write_text("kettle_speed_wats: 1\nlangauge: en\nkettle_naem: b\n", encoding="utf-8")
    settings = load_settings(_Kettle, _env_file=env_file, kettle_speed_watt=3)
    told = [
        "KETTLE_SPEED_WATT (flag) is no setting; is KETTLE_SPEED_WATTS meant?",
        "BOIL_TIME_S is no setting; is BOIL_TIMEOUT_S meant?",
        "KETTLE_KYE_FILE is no setting; is KETTLE_KEY_FILE meant?",
        "KETTLE_NAEM is no setting; is KETTLE_NAME meant?",
        "KETTLE_LID (.env) is no setting.",
        "KETTLE_SPEED_WATS (config.yaml) is no setting; is KETTLE_SPEED_WATTS meant?",
    ]
    assert misspelt_settings(settings, _Later, prefix="KETTLE_") == told
    everything = misspelt_settings(settings, _Later, prefix="KETTLE_", everything=True)
    assert everything == [*told, "LANGAUGE (config.yaml) is no setting."]
    # Without the group, its variable is none.
    assert any(line.startswith("KETTLE_WHISTLE_HERTZ") for line in misspelt_settings(settings, prefix="KETTLE_"))
    settings.group(_Later)
    assert misspelt_settings(settings, prefix="KETTLE_") == told


def test_what_shapes_an_answer_is_told_by_the_fields() -> None:
    settings = load_settings(_Kettle, kettle_name="K", kettle_speed_watts=2)
    assert shaping_settings(settings, settings.group(_Later)) == [
        ("KETTLE_NAME", "K"),
        ("KETTLE_TEAS", []),
        ("KETTLE_SPEED_WATTS", 2),
        ("KETTLE_WHISTLE_HERTZ", 440),
    ]


def test_every_variable_has_one_owner() -> None:
    class Big(_Kettle):
        """A big kettle."""

        kettle_litres: float = setting(3.0, description="Litres.")
        whistle: _Later = _Later()

    assert [(owned.owner, list(owned.variables.values())) for owned in owned_settings(Big, _Kettle, _Later)] == [
        (_Kettle, ["KETTLE_NAME", "KETTLE_TEAS", "KETTLE_KEY"]),
        (_Speed, ["KETTLE_SPEED_WATTS", "BOIL_TIMEOUT_S"]),
        (Big, ["KETTLE_LITRES"]),
        (_Later, ["KETTLE_WHISTLE_HERTZ", "KETTLE_WHISTLE_TOKEN"]),
    ]


def test_secrets_are_not_shown(config: Path) -> None:
    config.write_text("kettle_whistle_token: hush\nkettle_key: hush\n", encoding="utf-8")
    settings = load_settings(_Kettle)
    assert settings.group(_Later).token == settings.kettle_key == "hush"
    assert "hush" not in repr(settings) + repr(settings.group(_Later))
