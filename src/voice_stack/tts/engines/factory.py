"""From an engine's name to a loaded engine; nothing is imported before it is asked for."""

import importlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from voice_stack.core.errors import EngineUnavailableError, VoiceStackError
from voice_stack.tts.engines.base import EngineConfig, PiperConfig, TTSEngine, XttsConfig
from voice_stack.tts.settings import EngineName, TtsSettings

logger = logging.getLogger("voice_stack.tts")


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What is known of an engine before it is imported.

    Attributes:
        place: module and class.
        model_id: what requests call its usual model.
        owner: who made that.
        created: Unix seconds of its release.
    """

    place: str
    model_id: str
    owner: str
    created: int


ENGINES: Mapping[EngineName, EngineFacts] = MappingProxyType(
    {
        EngineName.COQUI: EngineFacts(
            "voice_stack.tts.engines.coqui.engine:CoquiEngine", "xtts-v2", "coqui", 1_698_710_400
        ),
        EngineName.KOKORO: EngineFacts(
            "voice_stack.tts.engines.kokoro.engine:KokoroEngine", "kokoro", "hexgrad", 1_737_936_000
        ),
        EngineName.PIPER: EngineFacts(
            "voice_stack.tts.engines.piper.engine:PiperEngine", "piper", "rhasspy", 1_673_308_800
        ),
        EngineName.ESPEAK: EngineFacts(
            "voice_stack.tts.engines.espeak.engine:EspeakEngine", "espeak-ng", "espeak-ng", 1_451_606_400
        ),
        EngineName.TONE: EngineFacts(
            "voice_stack.tts.engines.tone.engine:ToneEngine", "tone", "voice-stack", 1_764_000_000
        ),
    }
)


# espeak takes milliseconds and a process of 14 MB; a listener who is slow to read must not hold the others up.
_WORKERS: Mapping[EngineName, int] = MappingProxyType({EngineName.ESPEAK: 4})


def engine_class(name: EngineName) -> type[TTSEngine]:
    """The class of an engine; imports its module, which is light."""
    module, _, cls = ENGINES[name].place.partition(":")
    found: type[TTSEngine] = getattr(importlib.import_module(module), cls)
    return found


def build_engine(name: EngineName, config: EngineConfig) -> TTSEngine:
    """Import and load an engine.

    Raises:
        EngineUnavailableError: its package, its model, its licence, its device or memory for it is missing.
    """
    cls = engine_class(name)
    problem = cls.obstacle(config)
    if problem is not None:
        raise EngineUnavailableError(problem)
    try:
        return cls(config)
    except VoiceStackError:
        raise
    except Exception as error:  # a package that does not import, a shared library that does not load ...
        # An OSError's own text names the path, which is nobody's business but the log's.
        logger.warning("the engine %s cannot be loaded", name, exc_info=error)
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise EngineUnavailableError(f"The engine {name} cannot be loaded: {reason}") from error


def engine_config(settings: TtsSettings, name: EngineName) -> EngineConfig:
    """The settings in the engine's own terms."""
    models = {
        EngineName.COQUI: settings.tts_coqui_model,
        EngineName.KOKORO: settings.tts_kokoro_model,
        EngineName.PIPER: settings.tts_piper_model,
    }
    return EngineConfig(
        model=models.get(name, ""),
        device=settings.tts_device,
        threads=settings.tts_threads,
        workers=settings.tts_workers or _WORKERS.get(name, 1),
        model_dir=settings.storage.model_dir,
        cache_dir=settings.storage.data_dir / "cache",
        hub_timeout_s=settings.hub.timeout_s,
        xtts=XttsConfig(
            temperature=settings.tts_xtts_temperature,
            length_penalty=settings.tts_xtts_length_penalty,
            repetition_penalty=settings.tts_xtts_repetition_penalty,
            top_k=settings.tts_xtts_top_k,
            top_p=settings.tts_xtts_top_p,
            stream_chunk_size=settings.tts_xtts_stream_chunk_size,
            licence_accepted=settings.coqui_tos_agreed,
        ),
        piper=PiperConfig(noise_scale=settings.tts_piper_noise_scale, noise_w_scale=settings.tts_piper_noise_w_scale),
    )
