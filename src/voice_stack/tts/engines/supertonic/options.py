"""Settings of Supertonic."""

from typing import Final

from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import setting
from voice_stack.serving.engine import EngineConfig, EngineOptions

OFFICIAL_MODEL: Final = "Supertone/supertonic-3"


class SupertonicOptions(EngineOptions):
    """Supertonic: its model, and how it samples."""

    model_config = SettingsConfigDict(env_prefix="TTS_SUPERTONIC_")

    model: str = setting(
        OFFICIAL_MODEL,
        min_length=1,
        description="Supertonic model: a hub id, or a local folder in the hub's layout or in that of sherpa-onnx's "
        "releases.",
    )
    steps: int = setting(8, ge=1, le=64, description="Supertonic: steps of the sampler, 5 for quick to 12 for good.")


Config = EngineConfig[SupertonicOptions]


def source_of(config: Config) -> str:
    """The hub id or folder that is configured."""
    return config.model or config.options.model
