"""Settings of Piper."""

from typing import Final

from pydantic import field_validator
from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import setting
from voice_stack.serving.engine import EngineConfig, EngineOptions

DEFAULT_MODEL: Final = "rhasspy/piper-voices"


class PiperOptions(EngineOptions):
    """Piper's voices, and how they sample."""

    model_config = SettingsConfigDict(env_prefix="TTS_PIPER_")

    model: str = setting(
        DEFAULT_MODEL,
        min_length=1,
        description="Where Piper voices come from: a hub id or a local folder with NAME.onnx and NAME.onnx.json.",
    )
    noise_scale: float | None = setting(
        None, ge=0, le=2, description="Piper: variation of the sound. Empty: the voice's own."
    )
    noise_w_scale: float | None = setting(
        None, ge=0, le=2, description="Piper: variation of the phonemes' lengths. Empty: the voice's own."
    )

    @field_validator("noise_scale", "noise_w_scale", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value


Config = EngineConfig[PiperOptions]


def source_of(config: Config) -> str:
    """The hub id or folder that is configured."""
    return config.model or config.options.model
