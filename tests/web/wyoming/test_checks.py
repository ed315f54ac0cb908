"""Whom the Wyoming port lets in is decided before it opens."""

import importlib.util
from typing import Any

import pytest

from voice_stack.apps.asr import create_asr_app
from voice_stack.apps.tts import create_tts_app
from voice_stack.asr.settings import AsrSettings
from voice_stack.core.errors import SettingsError
from voice_stack.core.settings import load_settings
from voice_stack.tts.settings import TtsSettings
from voice_stack.web.wyoming.checks import check_wyoming, is_loopback


def check(host: str = "0.0.0.0", **flags: Any) -> None:
    settings = load_settings(AsrSettings, _env_file=None, wyoming_enabled=True, **flags)
    check_wyoming(settings, settings.wyoming_door, host)


def test_without_a_key_it_is_as_open_as_http() -> None:
    check()


def test_a_key_is_not_left_out_by_mistake() -> None:
    with pytest.raises(SettingsError, match=r"ASR_WYOMING_HOST=127\.0\.0\.1.*WYOMING_KEYLESS=true"):
        check(api_key="secret")
    for host in ("127.0.0.1", "::1", "localhost"):
        check(host, api_key="secret")
    check(api_key="secret", wyoming_keyless=True)
    check(api_key="secret", asr_wyoming_host="127.0.0.1")
    with pytest.raises(SettingsError, match="port 10300"):
        check("127.0.0.1", api_key="secret", asr_wyoming_host="192.168.1.5")


def test_a_name_is_not_taken_for_this_machine() -> None:
    assert [is_loopback(host) for host in ("127.3.2.1", "::1", "localhost")] == [True] * 3
    assert [is_loopback(host) for host in ("", "::", "0.0.0.0", "example.org", "10.0.0.1")] == [False] * 5


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=r"pip install 'voice-stack\[wyoming\]'"):
        check()


def test_the_services_refuse_to_start_so(tmp_path: Any) -> None:
    flags = {"_env_file": None, "wyoming_enabled": True, "api_key": "secret", "data_dir": str(tmp_path)}
    with pytest.raises(SettingsError, match="API_KEY is set"):
        create_asr_app(load_settings(AsrSettings, **flags))
    with pytest.raises(SettingsError, match="TTS_WYOMING_HOST"):
        create_tts_app(load_settings(TtsSettings, **flags, tts_engine="espeak", tts_voices_dir=str(tmp_path)))
