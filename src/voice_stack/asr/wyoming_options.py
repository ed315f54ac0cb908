"""Settings of the transcription service's Wyoming port."""

from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import setting
from voice_stack.web.settings import WyomingDoor


class AsrWyomingOptions(WyomingDoor):
    """Wyoming's port of the transcription service."""

    model_config = SettingsConfigDict(env_prefix="ASR_WYOMING_")

    max_audio_s: float = setting(
        300.0,
        gt=0,
        allow_inf_nan=False,
        shapes=False,
        description="Longest audio over Wyoming, in seconds: a microphone that nobody turns off ends there, with an "
        "error. ASR_MAX_AUDIO_S counts too.",
    )
    endpointing: bool = setting(
        False,
        shapes=False,
        description="Tell by itself when a command has ended, and answer without waiting for the end of the audio; "
        "clients are told that they need not. false: only for clients that say `vad_sensitivity`.",
    )
