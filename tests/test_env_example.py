"""`.env.example` says what the settings say."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from voice_stack.asr.engines.whisper_options import WhisperOptions
from voice_stack.asr.settings import AsrSettings, RecognitionHost
from voice_stack.cli.env_example import env_example, setting_groups
from voice_stack.core.settings import Settings, SettingsGroup, load_settings
from voice_stack.jobs.settings import JobSettings
from voice_stack.tts.engines.coqui import CoquiOptions
from voice_stack.tts.engines.piper import PiperOptions
from voice_stack.tts.settings import SpeechHost, TtsSettings

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / ".env.example"

GROUPS = setting_groups()
OPTIONS = [group for group in GROUPS if not issubclass(group, Settings)]
both = pytest.mark.parametrize("cls", [AsrSettings, TtsSettings])
every = pytest.mark.parametrize("cls", GROUPS)


def test_the_example_is_up_to_date() -> None:
    fresh = env_example()
    assert EXAMPLE.read_text(encoding="utf-8") == fresh, "run: python -m voice_stack.cli.env_example > .env.example"


def test_the_command_prints_the_example() -> None:
    command = [sys.executable, "-m", "voice_stack.cli.env_example"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == env_example()


def test_every_setting_is_in_the_example_once() -> None:
    names = re.findall(r"^([A-Z0-9_]+)=", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(names) == sorted({name for cls in GROUPS for name in variables(cls)})


@every
def test_every_setting_is_described(cls: type[SettingsGroup]) -> None:
    nested = cls.nested()
    assert not [name for name, field in cls.model_fields.items() if name not in nested and not field.description]
    for group in nested.values():
        test_every_setting_is_described(group)


@both
def test_a_copied_example_gives_the_defaults(cls: type[Settings]) -> None:
    copied = load_settings(cls, _env_file=EXAMPLE)
    plain = load_settings(cls, _env_file=None)
    for group in (cls, *OPTIONS):
        assert copied.group(group).model_dump() == plain.group(group).model_dump()
        # Each came from the file: no name in it is misspelt.
        assert {copied.origin(group, name) for name in group.variables()} <= {".env"}


def test_services_share_only_the_settings_of_the_core_and_of_jobs() -> None:
    assert variables(AsrSettings) & variables(TtsSettings) == variables(JobSettings)


@pytest.mark.parametrize(
    ("cls", "group", "line", "name", "value"),
    [
        (AsrSettings, WhisperOptions, "ASR_TEMPERATURE=0", "temperature", (0.0,)),
        (AsrSettings, RecognitionHost, "ASR_FALLBACK_ENGINES=", "fallback_engines", ()),
        (AsrSettings, WhisperOptions, "ASR_HOTWORDS=Grieg, Sibelius", "hotwords", ["Grieg", "Sibelius"]),
        (AsrSettings, WhisperOptions, "ASR_LOG_PROB_THRESHOLD=-inf", "log_prob_threshold", float("-inf")),
        (AsrSettings, AsrSettings, "PROJECT_NAME=My Own Voice", "project_name", "My Own Voice"),
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


def variables(cls: type[SettingsGroup]) -> set[str]:
    """The variables of a group and of the groups in it."""
    return set(cls.variables().values()).union(*(variables(group) for group in cls.nested().values()))
