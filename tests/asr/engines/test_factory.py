"""Engines come from their names, and settings reach them in their own terms."""

import math
from pathlib import Path

from voice_stack.asr.engines.faster_whisper import FasterWhisperOptions
from voice_stack.asr.settings import AsrSettings
from voice_stack.core.devices import the_engine_decides
from voice_stack.core.settings import load_settings
from voice_stack.serving.registry import REGISTRY
from voice_stack.serving.service import configure
from voice_stack.serving.spec import Kind


def test_defaults_are_the_engines_own() -> None:
    settings = load_settings(AsrSettings)
    for spec in REGISTRY.of(Kind.RECOGNITION):
        config = configure(settings, settings.host)(spec, "small")
        assert config.options == spec.options()
        assert (config.model, config.device) == ("small", "auto")
        assert config.workers >= 1 or spec.workers is the_engine_decides


def test_off_values_become_none() -> None:
    options = load_settings(
        AsrSettings,
        asr_compression_ratio_threshold=0,
        asr_log_prob_threshold=-math.inf,
        asr_hallucination_silence_threshold=0,
        asr_hotwords="",
    ).group(FasterWhisperOptions)
    assert options.compression_ratio_limit is None
    assert options.log_prob_limit is None
    assert options.silence_limit is None
    assert options.hotwords == []
    assert options.no_speech_threshold == 0.6


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
    spec = REGISTRY.get(Kind.RECOGNITION, "faster-whisper", "ASR_ENGINE")
    config = configure(settings, settings.host)(spec, "x")
    assert config.options == FasterWhisperOptions.model_validate({**values, "hotwords": ["Bazarr", "Whisper"]})
    assert (config.workers, config.threads, config.model_dir, config.hub_timeout_s) == (3, 5, tmp_path, 2.0)
