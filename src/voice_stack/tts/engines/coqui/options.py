"""Settings of XTTS."""

from typing import Final

from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import setting
from voice_stack.serving.engine import EngineConfig
from voice_stack.tts.engines.voice_cache import CloningOptions

OFFICIAL_MODEL: Final = "coqui/XTTS-v2"
_GPU_BATCH: Final = 8


class CoquiOptions(CloningOptions):
    """XTTS-v2's sampling; names and meaning are coqui-tts's own."""

    model_config = SettingsConfigDict(env_prefix="TTS_XTTS_")

    model: str = setting(
        OFFICIAL_MODEL,
        validation_alias="TTS_COQUI_MODEL",
        min_length=1,
        description="XTTS model: a hub id or a local folder with config.json.",
    )
    licence_accepted: bool = setting(
        False,
        validation_alias="COQUI_TOS_AGREED",
        shapes=False,
        description="1: you accept the Coqui Public Model License, which allows "
        "non-commercial use of XTTS-v2 only. Without it the engine coqui is not loaded.",
    )
    temperature: float = setting(0.75, gt=0, le=2, description="XTTS: sampling temperature.")
    length_penalty: float = setting(1.0, description="XTTS: exponential length penalty.")
    repetition_penalty: float = setting(10.0, ge=1, description="XTTS: penalty of repeated tokens.")
    top_k: int = setting(50, ge=1, description="XTTS: sample from the so many likeliest tokens.")
    top_p: float = setting(0.85, gt=0, le=1, description="XTTS: sample from the tokens of so much probability.")
    stream_chunk_size: int = setting(20, ge=4, le=600, description="XTTS: audio tokens of a streamed part, 46 ms each.")
    batch: int = setting(
        0,
        ge=0,
        le=64,
        description="XTTS: utterances of different requests that its language model computes together, and that are "
        "spoken at once. 0: 8 on a GPU, 1 (one at a time) on a CPU.",
        shapes=False,
    )


Config = EngineConfig[CoquiOptions]


def source_of(config: Config) -> str:
    """The hub id or folder that is configured."""
    return config.model or config.options.model


def batch_size(options: CoquiOptions, device: str) -> int:
    """Utterances that are computed together on a device; 1: none are."""
    return options.batch or (1 if device == "cpu" else _GPU_BATCH)
