"""Settings of the recogniser that speech may ask: who listens to consents, and to what was spoken."""

from enum import StrEnum
from typing import Final

from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import setting
from voice_stack.serving.remote.options import UpstreamOptions

_NEIGHBOUR: Final = "http://127.0.0.1:5001/v1"


class Listener(StrEnum):
    """Place of the recogniser."""

    OFF = "off"
    SERVICE = "service"
    EMBEDDED = "embedded"


class RecogniserOptions(UpstreamOptions):
    """The recogniser that the speech service may ask."""

    model_config = SettingsConfigDict(env_prefix="TTS_ASR_")

    where: Listener = setting(
        Listener.OFF,
        validation_alias="TTS_ASR",
        description="Who listens to consents, and to speech that is checked: off for nobody; service, the one at "
        "TTS_ASR_URL; embedded, recognition inside of this process, as the settings ASR_* say.",
    )
    url: str = setting(
        _NEIGHBOUR,
        secret=True,
        shapes=False,
        description="With TTS_ASR=service: base URL of a transcription service, with its /v1: Voice Stack's, or any "
        "that is OpenAI-shaped. Consents and spoken sentences are sent there, and nowhere else.",
    )
    model: str = setting(
        "whisper-1", min_length=1, description="With TTS_ASR=service: name of the model, as that service knows it."
    )
    timeout_s: float = setting(
        30.0,
        allow_inf_nan=False,
        gt=0,
        le=600,
        shapes=False,
        description="Seconds after which the recogniser is given up, for one clip; what it should have checked then "
        "counts as not verified.",
    )
