"""Settings of Chatterbox."""

from typing import Final

from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import setting
from voice_stack.serving.engine import EngineConfig
from voice_stack.tts.engines.voice_cache import CloningOptions

OFFICIAL_MODEL: Final = "ResembleAI/chatterbox"


class ChatterboxOptions(CloningOptions):
    """Chatterbox's sampling; names and meaning are chatterbox-tts's own."""

    model_config = SettingsConfigDict(env_prefix="TTS_CHATTERBOX_")

    model: str = setting(
        OFFICIAL_MODEL, min_length=1, description="Chatterbox model (multilingual): a hub id or a local folder."
    )
    exaggeration: float = setting(0.5, ge=0, le=2, description="Chatterbox: how strongly feeling is expressed.")
    cfg_weight: float = setting(0.5, ge=0, le=1, description="Chatterbox: how closely the voice's pace is kept to.")
    temperature: float = setting(0.8, gt=0, le=2, description="Chatterbox: sampling temperature.")


Config = EngineConfig[ChatterboxOptions]


def source_of(config: Config) -> str:
    """The hub id or folder that is configured."""
    return config.model or config.options.model
