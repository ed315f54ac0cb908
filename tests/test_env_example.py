"""`.env.example` says what the settings say."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from voice_stack.asr.engines.whisper_options import WhisperOptions
from voice_stack.asr.settings import AsrSettings, RecognitionHost
from voice_stack.cli.env_example import env_example, setting_classes
from voice_stack.core.settings import Settings, SettingsGroup, is_secret, load_settings
from voice_stack.core.settings_report import owned_settings
from voice_stack.hub.settings import HubOptions
from voice_stack.tts.engines.coqui.options import CoquiOptions
from voice_stack.tts.engines.piper.options import PiperOptions
from voice_stack.tts.settings import SpeechHost, TtsSettings
from voice_stack.web.settings import ServiceSettings, WebOptions

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / ".env.example"

GROUPS = setting_classes()
OPTIONS = [group for group in GROUPS if not issubclass(group, Settings)]
OWNED = owned_settings(*GROUPS)
VARIABLES = [variable for owned in OWNED for variable in owned.variables.values()]
both = pytest.mark.parametrize("cls", [AsrSettings, TtsSettings])


def test_the_example_is_up_to_date() -> None:
    fresh = env_example()
    assert EXAMPLE.read_text(encoding="utf-8") == fresh, "run: python -m voice_stack.cli.env_example > .env.example"


def test_the_command_prints_the_example() -> None:
    command = [sys.executable, "-m", "voice_stack.cli.env_example"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == env_example()


def test_every_setting_is_in_the_example_once() -> None:
    names = re.findall(r"^([A-Z0-9_]+)=", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    assert names == VARIABLES


def test_every_setting_is_described() -> None:
    assert VARIABLES
    assert not [
        variable
        for owned in OWNED
        for name, variable in owned.variables.items()
        if not owned.owner.model_fields[name].description
    ]


def test_what_must_not_be_seen_is_a_secret() -> None:
    secrets = {
        variable
        for owned in OWNED
        for name, variable in owned.variables.items()
        if is_secret(owned.owner.model_fields[name])
    }
    assert {"API_KEY", "JOB_DATABASE_URL", "JOB_CALLBACK_SECRET"} <= secrets
    telling = re.compile(r"_KEY$|SECRET|TOKEN|PASSWORD|_URL$")
    assert {variable for variable in VARIABLES if telling.search(variable)} - {"ASR_BAZARR_REQUIRE_KEY"} <= secrets


@both
def test_a_copied_example_gives_the_defaults(cls: type[Settings]) -> None:
    copied = load_settings(cls, _env_file=EXAMPLE, data_dir="data")
    plain = load_settings(cls, _env_file=None, data_dir="data")
    origins: dict[str, str] = {}
    for group in (cls, *OPTIONS):
        assert copied.group(group) == plain.group(group)
        # Each came from the file: no name in it is misspelt.
        origins |= {
            variable: copied.origin(owned.owner, name)
            for owned in owned_settings(group)
            for name, variable in owned.variables.items()
        }
    assert set(origins.values()) == {".env.example", "flag"}
    assert [variable for variable, origin in origins.items() if origin == "flag"] == ["DATA_DIR"]


def test_services_share_only_what_every_service_has_and_the_hub() -> None:
    def variables(*classes: type[SettingsGroup]) -> set[str]:
        return {variable for owned in owned_settings(*classes) for variable in owned.variables.values()}

    assert variables(AsrSettings) & variables(TtsSettings) == variables(ServiceSettings, HubOptions)


@pytest.mark.parametrize(
    ("cls", "group", "line", "name", "value"),
    [
        (AsrSettings, WhisperOptions, "ASR_TEMPERATURE=0", "temperature", (0.0,)),
        (AsrSettings, RecognitionHost, "ASR_FALLBACK_ENGINES=", "fallback_engines", ()),
        (AsrSettings, WhisperOptions, "ASR_HOTWORDS=Grieg, Sibelius", "hotwords", ["Grieg", "Sibelius"]),
        (AsrSettings, WhisperOptions, "ASR_LOG_PROB_THRESHOLD=-inf", "log_prob_threshold", float("-inf")),
        (AsrSettings, WebOptions, "PROJECT_NAME=My Own Voice", "project_name", "My Own Voice"),
        (TtsSettings, SpeechHost, "TTS_FALLBACK_ENGINES=piper, espeak", "fallback_engines", ("piper", "espeak")),
        (TtsSettings, SpeechHost, "TTS_FALLBACK_ENGINES=", "fallback_engines", ()),
        (TtsSettings, PiperOptions, "TTS_PIPER_NOISE_SCALE=0.5", "noise_scale", 0.5),
        (TtsSettings, PiperOptions, "TTS_PIPER_NOISE_SCALE=", "noise_scale", None),
        (TtsSettings, CoquiOptions, "COQUI_TOS_AGREED=1", "licence_accepted", True),
        (TtsSettings, TtsSettings, "TTS_VOICES_DIR=/srv/voices", "tts_voices_dir", Path("/srv/voices")),
    ],
)
def test_an_edited_line_counts(
    tmp_path: Path, cls: type[Settings], group: type[SettingsGroup], line: str, name: str, value: object
) -> None:
    changed = f"{line.partition('=')[0]}="
    lines = [line if old.startswith(changed) else old for old in EXAMPLE.read_text(encoding="utf-8").splitlines()]
    assert line in lines
    edited = tmp_path / ".env"
    edited.write_text("\n".join(lines), encoding="utf-8")
    assert getattr(load_settings(cls, _env_file=edited).group(group), name) == value
