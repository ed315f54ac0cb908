"""Speech by another server: any that is OpenAI-shaped, another Voice Stack too."""

from enum import StrEnum
from typing import Final

from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import CommaList, setting
from voice_stack.language.lists import LanguageList
from voice_stack.serving.remote.engine import upstream_spec
from voice_stack.serving.remote.options import UpstreamOptions
from voice_stack.serving.spec import Kind

# The day OpenAI's tts-1 appeared.
_CREATED: Final = 1_699_228_800


class UpstreamFormat(StrEnum):
    """Audio that needs no decoder."""

    PCM = "pcm"
    WAV = "wav"


class RemoteSpeechOptions(UpstreamOptions):
    """The upstream of the speech."""

    model_config = SettingsConfigDict(env_prefix="TTS_REMOTE_")

    model: str = setting("tts-1", min_length=1, description="Name of the model, as the upstream knows it.")
    voices: CommaList = setting(
        [],
        description="Voices of the upstream that requests may name, comma-separated, the default one first. `*`: any. "
        "Empty: OpenAI's names, and those that it lists.",
    )
    languages: LanguageList = setting(
        [], description="Languages that the upstream speaks, comma-separated. Empty: all that are known here."
    )
    format: UpstreamFormat = setting(
        UpstreamFormat.PCM, description="Audio that the upstream is asked for: pcm or wav. Either is understood."
    )
    instructions: bool = setting(
        True,
        description="Hand `instructions` on to the upstream. false: answers say that they were ignored, for one that "
        "does not follow them.",
    )
    sample_rate: int = setting(
        24_000,
        ge=8000,
        le=96_000,
        description="Hz of the upstream's pcm, and of the speech here. An upstream that says another is resampled.",
    )


_PLACE = "voice_stack.tts.engines.remote.engine:RemoteSpeaker"
ENGINE: Final = upstream_spec(Kind.SPEECH, _PLACE, RemoteSpeechOptions, _CREATED)
