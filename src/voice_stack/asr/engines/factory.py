"""From an engine's name to a loaded engine; nothing is imported before it is asked for."""

import importlib
import logging
import math
import os
from collections.abc import Mapping
from types import MappingProxyType

from voice_stack.asr.engines.base import ASREngine, DecodingConfig, EngineConfig
from voice_stack.asr.settings import AsrSettings, EngineName
from voice_stack.core.errors import EngineUnavailableError, VoiceStackError

logger = logging.getLogger("voice_stack.asr")

ENGINES: Mapping[EngineName, str] = MappingProxyType(
    {
        EngineName.FASTER_WHISPER: "voice_stack.asr.engines.faster_whisper.engine:FasterWhisperEngine",
        EngineName.WHISPER: "voice_stack.asr.engines.openai_whisper.engine:OpenAIWhisperEngine",
        EngineName.POCKETSPHINX: "voice_stack.asr.engines.pocketsphinx.engine:PocketsphinxEngine",
    }
)
# What to install when an engine's package is missing.
_REQUIREMENTS: Mapping[EngineName, str] = MappingProxyType(
    {
        EngineName.FASTER_WHISPER: "faster-whisper",
        EngineName.WHISPER: "'voice-stack[whisper]'",
        EngineName.POCKETSPHINX: "pocketsphinx",
    }
)


def build_engine(name: EngineName, config: EngineConfig) -> ASREngine:
    """Import and load an engine.

    Raises:
        EngineUnavailableError: its package, its model, its device or memory for it is missing.
    """
    module, _, cls = ENGINES[name].partition(":")
    try:
        engine: ASREngine = getattr(importlib.import_module(module), cls)(config)
    except ImportError as error:
        raise EngineUnavailableError(
            f"The engine {name} cannot be imported ({error}). Install it: pip install {_REQUIREMENTS[name]}"
        ) from error
    except VoiceStackError:
        raise
    except Exception as error:  # a shared library that does not load, two packages that do not go together ...
        # An OSError's own text names the path, which is nobody's business but the log's.
        logger.warning("the engine %s cannot be loaded", name, exc_info=error)
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise EngineUnavailableError(f"The engine {name} cannot be loaded: {reason}") from error
    return engine


def engine_config(settings: AsrSettings, model: str) -> EngineConfig:
    """The settings in the engines' own terms, with 0, -inf and empty texts resolved to "off".

    Args:
        model: the catalogue's `source`.
    """
    return EngineConfig(
        model=model,
        device=settings.asr_device,
        compute_type=settings.asr_compute_type,
        threads=settings.asr_cpu_threads,
        workers=settings.asr_workers or _default_workers(settings.asr_device),
        micro_batch_size=settings.asr_micro_batch_size,
        micro_batch_wait_s=settings.asr_micro_batch_wait_ms / 1000,
        spare_cpu=settings.asr_cpu_when_gpu_is_full,
        model_dir=settings.storage.model_dir,
        hub_timeout_s=settings.hub.timeout_s,
        decoding=DecodingConfig(
            beam_size=settings.asr_beam_size,
            best_of=settings.asr_best_of,
            patience=settings.asr_patience,
            length_penalty=settings.asr_length_penalty,
            repetition_penalty=settings.asr_repetition_penalty,
            no_repeat_ngram_size=settings.asr_no_repeat_ngram_size,
            temperature=settings.asr_temperature,
            compression_ratio_threshold=settings.asr_compression_ratio_threshold or None,
            log_prob_threshold=None if math.isinf(settings.asr_log_prob_threshold) else settings.asr_log_prob_threshold,
            no_speech_threshold=settings.asr_no_speech_threshold,
            condition_on_previous_text=settings.asr_condition_on_previous_text,
            prompt_reset_on_temperature=settings.asr_prompt_reset_on_temperature,
            hallucination_silence_threshold=settings.asr_hallucination_silence_threshold or None,
            initial_prompt=settings.asr_initial_prompt or None,
            hotwords=", ".join(settings.asr_hotwords) or None,
            batch_size=settings.asr_batch_size,
        ),
    )


def _default_workers(device: str) -> int:
    """Two clips side by side use two cores better than two threads on one clip do; a GPU takes one at a time."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return 2 if cores >= 2 and not device.startswith("cuda") else 1
