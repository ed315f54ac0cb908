"""The recipe "add a setting" of CONTRIBUTING, followed: a class, and nothing else is edited."""

from pathlib import Path

import pytest
from pydantic_settings import SettingsConfigDict

from voice_stack.asr.settings import AsrSettings
from voice_stack.core.errors import SettingsError
from voice_stack.core.settings import SettingsGroup, load_settings, setting, shaping_settings
from voice_stack.core.settings_report import misspelt_settings, render_env_example, shown_settings


class KettleOptions(SettingsGroup):
    """The kettle that tea is made with."""

    model_config = SettingsConfigDict(env_prefix="ASR_KETTLE_")

    watts: int = setting(1000, ge=1, description="Power, in watts.")
    noise: bool = setting(True, shapes=False, description="Whistle when the water boils.")
    key: str = setting("", secret=True, shapes=False, description="Key of the lid.")


def test_it_is_read_from_every_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("hush\n", encoding="utf-8")
    monkeypatch.setenv("ASR_KETTLE_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("ASR_KETTLE_NOISE", "no")
    options = load_settings(AsrSettings, asr_kettle_watts=2000).group(KettleOptions)
    assert options == KettleOptions(watts=2000, noise=False, key="hush")


def test_a_wrong_value_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASR_KETTLE_WATTS", "0")
    settings = load_settings(AsrSettings)
    with pytest.raises(SettingsError, match=r"^ASR_KETTLE_WATTS='0': .* Power, in watts\.$"):
        settings.group(KettleOptions)


def test_it_is_in_the_example() -> None:
    text = render_env_example(AsrSettings, KettleOptions)
    assert text.endswith(
        "# ---- The kettle that tea is made with (tests.core.test_new_setting) ----\n\n"
        "# Power, in watts.\nASR_KETTLE_WATTS=1000\n\n"
        "# Whistle when the water boils.\nASR_KETTLE_NOISE=true\n\n"
        "# Key of the lid.\nASR_KETTLE_KEY=\n"
    )


def test_it_is_shown_with_its_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASR_KETTLE_WATTS", "500")
    monkeypatch.setenv("ASR_KETTLE_KEY", "hush")
    settings = load_settings(AsrSettings)
    settings.group(KettleOptions)
    shown = {one.variable: (one.value, one.origin) for one in shown_settings(settings)}
    assert shown["ASR_KETTLE_WATTS"] == ("500", "environment")
    assert shown["ASR_KETTLE_NOISE"] == ("true", "default")
    assert shown["ASR_KETTLE_KEY"] == ("***", "environment")


def test_it_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASR_KETTLE_WATTS", "500")
    monkeypatch.setenv("ASR_KETTLE_WATS", "500")
    settings = load_settings(AsrSettings)
    assert misspelt_settings(settings, KettleOptions, prefix="ASR_") == [
        "ASR_KETTLE_WATS is no setting; is ASR_KETTLE_WATTS meant?"
    ]


def test_it_says_whether_it_shapes_the_answer() -> None:
    assert shaping_settings(KettleOptions()) == [("ASR_KETTLE_WATTS", 1000)]
