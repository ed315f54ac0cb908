"""Engines come from their names, and settings reach them in their own terms."""

import math
import subprocess
import sys
from pathlib import Path

import pytest

from voice_stack.asr.engines.base import DecodingConfig, EngineConfig
from voice_stack.asr.engines.factory import ENGINES, build_engine, engine_config
from voice_stack.asr.settings import AsrSettings, EngineName
from voice_stack.core.settings import load_settings


def test_every_engine_has_a_class_of_that_name() -> None:
    assert set(ENGINES) == set(EngineName)


@pytest.mark.parametrize("name", list(EngineName))
def test_engine_bears_its_name(name: EngineName, tiny_ct2: Path, tiny_pt: Path) -> None:
    if name is EngineName.WHISPER:
        pytest.importorskip("whisper")
    model = {EngineName.FASTER_WHISPER: tiny_ct2, EngineName.WHISPER: tiny_pt}.get(name, "en-us")
    engine = build_engine(name, EngineConfig(model=str(model), device="cpu", threads=1))
    assert engine.name == name
    engine.close()


@pytest.mark.parametrize(
    ("name", "package", "install"),
    [
        ("whisper", "whisper", "pip install 'voice-stack[whisper]'"),
        ("whisper", "torch", "pip install 'voice-stack[whisper]'"),
        ("faster-whisper", "faster_whisper", "pip install faster-whisper"),
        ("pocketsphinx", "pocketsphinx", "pip install pocketsphinx"),
    ],
)
def test_missing_package_says_what_to_install(name: str, package: str, install: str) -> None:
    script = (
        "import sys\n"
        f"sys.modules[{package!r}] = None\n"
        "from voice_stack.asr.engines.base import EngineConfig\n"
        "from voice_stack.asr.engines.factory import build_engine\n"
        "from voice_stack.asr.settings import EngineName\n"
        "from voice_stack.core.errors import EngineUnavailableError\n"
        "try:\n"
        f"    build_engine(EngineName({name!r}), EngineConfig(model='tiny'))\n"
        "except EngineUnavailableError as error:\n"
        "    print(error.message)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith(install)


def test_defaults_are_the_engines_own() -> None:
    config = engine_config(load_settings(AsrSettings), "small")
    assert config.decoding == DecodingConfig()
    assert (config.model, config.device, config.compute_type) == ("small", "auto", "auto")
    assert config.workers >= 1


def test_off_values_become_none() -> None:
    settings = load_settings(
        AsrSettings,
        asr_compression_ratio_threshold=0,
        asr_log_prob_threshold=-math.inf,
        asr_hallucination_silence_threshold=0,
        asr_initial_prompt="",
        asr_hotwords="",
    )
    decoding = engine_config(settings, "small").decoding
    assert decoding.compression_ratio_threshold is None
    assert decoding.log_prob_threshold is None
    assert decoding.hallucination_silence_threshold is None
    assert decoding.initial_prompt is None
    assert decoding.hotwords is None
    assert decoding.no_speech_threshold == 0.6


def test_every_decoding_setting_arrives(tmp_path: Path) -> None:
    values = {
        "beam_size": 3,
        "best_of": 4,
        "patience": 1.5,
        "length_penalty": 0.9,
        "repetition_penalty": 1.1,
        "no_repeat_ngram_size": 2,
        "temperature": (0.0, 0.5),
        "compression_ratio_threshold": 2.0,
        "log_prob_threshold": -0.5,
        "no_speech_threshold": 0.7,
        "condition_on_previous_text": False,
        "prompt_reset_on_temperature": 0.4,
        "hallucination_silence_threshold": 1.5,
        "initial_prompt": "Hello.",
        "batch_size": 4,
    }
    settings = load_settings(
        AsrSettings,
        **{f"asr_{name}": value for name, value in values.items()},
        asr_hotwords="Bazarr, Whisper",
        asr_workers=3,
        asr_cpu_threads=5,
        model_dir=tmp_path,
        hub_timeout_s=2.0,
    )
    config = engine_config(settings, "x")
    assert config.decoding == DecodingConfig(**values, hotwords="Bazarr, Whisper")  # type: ignore[arg-type]
    assert (config.workers, config.threads, config.model_dir, config.hub_timeout_s) == (3, 5, tmp_path, 2.0)
