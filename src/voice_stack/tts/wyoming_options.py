"""Settings of the speech service's Wyoming port."""

from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import setting
from voice_stack.web.settings import WyomingDoor


class TtsWyomingOptions(WyomingDoor):
    """Wyoming's port of the speech service."""

    port: int = setting(10_200, ge=1, le=65535, shapes=False, description="Port that Wyoming listens on.")

    model_config = SettingsConfigDict(env_prefix="TTS_WYOMING_")
