"""Settings of the engines of a service: which answer, on what, for how long they stay."""

from typing import Annotated

from pydantic import field_validator
from pydantic_settings import NoDecode

from voice_stack.core.settings import CommaList, SettingsGroup, check_device, setting, split_commas

AUTO = "auto"
EngineNames = Annotated[tuple[str, ...], NoDecode]
"""Names of engines, comma-separated in the environment."""


class HostOptions(SettingsGroup):
    """The engines of one kind. A kind's own group adds the prefix, and says what its defaults are."""

    engine: str = setting(AUTO, description="Engine that answers, or auto.")
    fallback_engines: EngineNames = setting((), description="Engines that answer when it cannot be built.")
    allowed_models: CommaList = setting([], description="Further models that requests may name.", shapes=False)
    commercial_only: bool = setting(
        False,
        description="Leave out engines, models and voices whose licence forbids commercial use, of the code or of the "
        "weights: they are never chosen, not listed, and refused by name. What nobody knows the licence of (a folder "
        "of your own, most Piper voices) stays.",
    )
    retry_engine_s: float = setting(
        60.0,
        description="Seconds before an engine that could not be built is tried again.",
        shapes=False,
        allow_inf_nan=False,
        ge=0,
    )
    download_wait_s: float = setting(
        3.0,
        description="Seconds that a request waits for a model that is being downloaded; then a stand-in answers, where "
        "there is one, and the download goes on.",
        shapes=False,
        allow_inf_nan=False,
        ge=0,
    )
    device: str = setting("auto", description="auto, cpu, cuda or cuda:N. A missing GPU means the CPU, with a warning.")
    threads: int = setting(0, description="CPU threads of a worker.", shapes=False, ge=0, le=256)
    workers: int = setting(0, description="Computations at once.", shapes=False, ge=0, le=64)
    idle_unload_s: float = setting(
        900.0,
        description="Seconds without a request after which a model leaves memory. 0: never.",
        shapes=False,
        allow_inf_nan=False,
        ge=0,
    )
    preload: bool = setting(
        False, description="Load (and download) the model at the start instead of on first use.", shapes=False
    )

    @field_validator("fallback_engines", "allowed_models", mode="before")
    @classmethod
    def _split_lists(cls, value: object) -> object:
        return split_commas(value)

    @field_validator("device", mode="after")
    @classmethod
    def _known_device(cls, value: str) -> str:
        return check_device(value)

    @field_validator("engine", mode="after")
    @classmethod
    def _plain_name(cls, value: str) -> str:
        return value.strip().lower()
