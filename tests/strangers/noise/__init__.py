"""An engine of another package: it speaks noise, a tenth of a second for each character."""

from typing import Any, Final

from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import setting
from voice_stack.serving.engine import EngineConfig, EngineOptions
from voice_stack.serving.spec import EngineSpec, Kind, Licence, ModelEntry

NAME: Final = "noise"


class NoiseOptions(EngineOptions):
    """The engine that speaks noise."""

    model_config = SettingsConfigDict(env_prefix="TTS_NOISE_")

    level: float = setting(0.1, ge=0, le=1, description="Largest sample, of full scale.")


def models(config: EngineConfig[Any]) -> list[ModelEntry]:
    """Its only model, which comes with it."""
    return [ModelEntry("noise-1", NAME, "", "strangers", 1_700_000_000, installed=True, names=(NAME,))]


ENGINE: Final = EngineSpec(
    Kind.SPEECH,
    NAME,
    f"{__name__}.engine:NoiseEngine",
    install="stranger-engines",
    licence=Licence("MIT", "none"),
    models=models,
    options=NoiseOptions,
    rank=80,
)
