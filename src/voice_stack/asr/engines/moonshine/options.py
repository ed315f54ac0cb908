"""Settings of the engine moonshine."""

from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import setting
from voice_stack.serving.engine import EngineConfig, EngineOptions


class MoonshineOptions(EngineOptions):
    """Moonshine's model, and the licence of its other languages."""

    model_config = SettingsConfigDict(env_prefix="ASR_MOONSHINE_")

    model: str = setting(
        "",
        description="Model of the engine moonshine where ASR_MODEL names none of its own: moonshine-base, "
        "moonshine-tiny-ja ... (downloaded), or a local folder. Empty: moonshine-tiny, which comes with the install.",
    )
    licence_accepted: bool = setting(
        False,
        shapes=False,
        description="true: you accept the Moonshine Community License, which limits commercial use. Without it no "
        "model of another language than English is loaded.",
    )


Config = EngineConfig[MoonshineOptions]
