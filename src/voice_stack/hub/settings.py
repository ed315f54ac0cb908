"""Settings of what talks to model hubs."""

from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import SettingsGroup, setting


class HubOptions(SettingsGroup):
    """The model hub."""

    model_config = SettingsConfigDict(env_prefix="HUB_")

    timeout_s: float = setting(
        10.0,
        gt=0,
        le=600,
        shapes=False,
        description="Seconds without an answer after which the model hub counts as unreachable.",
    )
