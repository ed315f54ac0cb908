"""An engine of another package: it writes down how many seconds it heard. The recipe of CONTRIBUTING.md."""

from pathlib import Path
from typing import Any, Final

from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import setting
from voice_stack.serving.engine import EngineConfig, EngineOptions
from voice_stack.serving.spec import EngineSpec, Kind, Licence, ModelEntry

NAME: Final = "count"


class CountOptions(EngineOptions):
    """The engine that counts."""

    model_config = SettingsConfigDict(env_prefix="ASR_COUNT_")

    word: str = setting("second", description="Word that is written for each second.")
    broken: bool = setting(False, shapes=False, description="Fail to load, to see who stands in.")


def model_file(config: EngineConfig[Any]) -> Path:
    """File of the model on the disk."""
    return config.model_dir / NAME / "model.txt"


def models(config: EngineConfig[Any]) -> list[ModelEntry]:
    """Its only model."""
    return [ModelEntry("count-1", NAME, "", "strangers", 1_700_000_000, model_file(config).is_file(), names=(NAME,))]


def find(name: str, config: EngineConfig[Any]) -> ModelEntry | None:
    """Its only model, by either name."""
    return models(config)[0] if name in (NAME, "count-1") else None


ENGINE: Final = EngineSpec(
    Kind.RECOGNITION,
    NAME,
    f"{__name__}.engine:CountEngine",
    install="stranger-engines",
    licence=Licence("MIT", "MIT"),
    models=models,
    find=find,
    options=CountOptions,
    rank=50,
)
