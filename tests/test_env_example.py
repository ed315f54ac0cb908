"""`.env.example` says what the settings say."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from voice_stack.asr.settings import AsrSettings
from voice_stack.cli.env_example import env_example
from voice_stack.core.settings import CoreSettings, load_settings
from voice_stack.jobs.settings import JobSettings
from voice_stack.tts.settings import EngineName, TtsSettings

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / ".env.example"

Settings = type[CoreSettings]
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
    assert sorted(names) == sorted(name.upper() for name in AsrSettings.model_fields | TtsSettings.model_fields)


@both
def test_every_setting_is_described(cls: Settings) -> None:
    assert not [name for name, field in cls.model_fields.items() if not field.description]


@both
def test_a_copied_example_gives_the_defaults(cls: Settings) -> None:
    copied = load_settings(cls, _env_file=EXAMPLE)
    assert copied == load_settings(cls, _env_file=None)
    # Each came from the file: no name in it is misspelt.
    assert copied.model_fields_set == set(cls.model_fields)


def test_services_share_only_the_settings_of_the_core_and_of_jobs() -> None:
    shared = AsrSettings.model_fields.keys() & TtsSettings.model_fields.keys()
    assert shared == JobSettings.model_fields.keys()


@pytest.mark.parametrize(
    ("cls", "line", "name", "value"),
    [
        (AsrSettings, "ASR_TEMPERATURE=0", "asr_temperature", (0.0,)),
        (AsrSettings, "ASR_FALLBACK_ENGINES=", "asr_fallback_engines", ()),
        (AsrSettings, "ASR_HOTWORDS=Grieg, Sibelius", "asr_hotwords", ["Grieg", "Sibelius"]),
        (AsrSettings, "ASR_LOG_PROB_THRESHOLD=-inf", "asr_log_prob_threshold", float("-inf")),
        (AsrSettings, "PROJECT_NAME=My Own Voice", "project_name", "My Own Voice"),
        (
            TtsSettings,
            "TTS_FALLBACK_ENGINES=piper, espeak",
            "tts_fallback_engines",
            (EngineName.PIPER, EngineName.ESPEAK),
        ),
        (TtsSettings, "TTS_FALLBACK_ENGINES=", "tts_fallback_engines", ()),
        (TtsSettings, "TTS_PIPER_NOISE_SCALE=0.5", "tts_piper_noise_scale", 0.5),
        (TtsSettings, "COQUI_TOS_AGREED=1", "coqui_tos_agreed", True),
        (TtsSettings, "TTS_VOICES_DIR=/srv/voices", "tts_voices_dir", Path("/srv/voices")),
    ],
)
def test_an_edited_line_counts(tmp_path: Path, cls: Settings, line: str, name: str, value: object) -> None:
    changed = f"{line.partition('=')[0]}="
    lines = [line if old.startswith(changed) else old for old in EXAMPLE.read_text(encoding="utf-8").splitlines()]
    assert line in lines
    edited = tmp_path / ".env"
    edited.write_text("\n".join(lines), encoding="utf-8")
    assert getattr(load_settings(cls, _env_file=edited), name) == value
