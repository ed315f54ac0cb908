"""Settings of the checks."""

from enum import StrEnum

from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import SettingsGroup, setting


class Verify(StrEnum):
    """Depth of the checks."""

    OFF = "off"
    SIGNAL = "signal"
    ASR = "asr"


class VerifyOptions(SettingsGroup):
    """Checks of what neural engines speak."""

    model_config = SettingsConfigDict(env_prefix="TTS_VERIFY_")

    how: Verify = setting(
        Verify.SIGNAL,
        validation_alias="TTS_VERIFY",
        description="Checks of each sentence of a neural engine (chatterbox, coqui, kokoro, piper, pocket, supertonic) "
        "before it leaves. signal: by its sound (length, sound after the sentence, loops, silence, level); asr: read "
        "back by the recogniser too (TTS_ASR); off: none.",
    )
    retries: int = setting(
        2,
        ge=0,
        le=10,
        description="Further attempts at a sentence that fails, with engines that say it differently each time (all "
        "of those but kokoro). Then the best one is taken, with a warning.",
    )
    first_ms: int = setting(
        500,
        ge=0,
        le=10_000,
        description="Most that checks may hold back of a first sentence that somebody waits for, in milliseconds: of "
        "its sound behind the first piece where it streams (coqui, pocket), else of time for further attempts and for "
        "reading it back.",
    )
