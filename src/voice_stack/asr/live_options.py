"""Settings of live transcription."""

from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import SettingsGroup, setting


class LiveOptions(SettingsGroup):
    """Live transcription: words while somebody still talks."""

    model_config = SettingsConfigDict(env_prefix="ASR_LIVE_")

    interim_s: float = setting(
        0.3,
        gt=0,
        le=10,
        allow_inf_nan=False,
        shapes=False,
        description="Seconds of new audio after which what is being said is decoded again. Less: words come sooner, "
        "and the engine works more.",
    )
