"""Settings of Kokoro."""

from typing import Final

from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import setting
from voice_stack.serving.engine import EngineConfig, EngineOptions

DEFAULT_MODEL: Final = "onnx-community/Kokoro-82M-v1.0-ONNX"


class KokoroOptions(EngineOptions):
    """The Kokoro model."""

    model_config = SettingsConfigDict(env_prefix="TTS_KOKORO_")

    model: str = setting(DEFAULT_MODEL, min_length=1, description="Kokoro model: a hub id or a local folder.")


Config = EngineConfig[KokoroOptions]


def source_of(config: Config) -> str:
    """The hub id or folder that is configured."""
    return config.model or config.options.model
