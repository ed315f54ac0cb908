"""Settings of Pocket TTS."""

from typing import Final

from pydantic import field_validator
from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import setting
from voice_stack.serving.engine import EngineConfig
from voice_stack.tts.engines.voice_cache import CloningOptions

OFFICIAL_REPO: Final = "kyutai/pocket-tts"


class PocketOptions(CloningOptions):
    """Pocket TTS: its model, and how it samples."""

    model_config = SettingsConfigDict(env_prefix="TTS_POCKET_")

    model: str = setting(
        OFFICIAL_REPO,
        min_length=1,
        description="Pocket TTS model: a hub id, with the language behind a hash where it has several "
        "(kyutai/pocket-tts#german; without one English), or a local folder with its files. The hub gives "
        "kyutai/pocket-tts to those who have accepted its terms there (HF_TOKEN); "
        "kyutai/pocket-tts-without-voice-cloning needs no token, has the ready-made voices, and clones none.",
    )
    temperature: float | None = setting(
        None, ge=0, le=2, description="Pocket TTS: sampling temperature. Empty: the model's own, usually 0.3."
    )
    decode_steps: int = setting(1, ge=1, le=64, description="Pocket TTS: steps of the sampler for each 80 ms of sound.")
    quantize: bool = setting(False, description="Pocket TTS: compute in 8 bit.")
    reference_s: float = setting(
        20.0, gt=0, le=60, description="Pocket TTS: seconds of a voice's recordings that it listens to, the first ones."
    )

    @field_validator("temperature", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value


Config = EngineConfig[PocketOptions]


def source_of(config: Config) -> str:
    """The hub id or folder that is configured."""
    return config.model or config.options.model
