"""Speech by another server: any that is OpenAI-shaped, another Voice Stack too."""

from enum import StrEnum
from typing import Any, Final

from pydantic import field_validator
from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import CommaList, setting
from voice_stack.language.codes import find_language
from voice_stack.serving.engine import EngineConfig
from voice_stack.serving.remote.options import UpstreamOptions
from voice_stack.serving.spec import EngineSpec, Kind, Licence, ModelEntry

ENGINE_NAME: Final = "remote"
# The day OpenAI's tts-1 appeared: what an upstream says of its models is not known before it is asked.
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
    languages: CommaList = setting(
        [], description="Languages that the upstream speaks, comma-separated. Empty: all that are known here."
    )
    format: UpstreamFormat = setting(
        UpstreamFormat.PCM, description="Audio that the upstream is asked for: pcm or wav. Either is understood."
    )
    sample_rate: int = setting(
        24_000,
        ge=8000,
        le=96_000,
        description="Hz of the upstream's pcm, and of the speech here. An upstream that says another is resampled.",
    )

    @field_validator("languages", mode="after")
    @classmethod
    def _codes(cls, value: list[str]) -> list[str]:
        codes = []
        for language in value:
            code = find_language(language)
            if code is None:
                raise ValueError(f"{language!r} is no language; use a code such as en or de")
            codes.append(code)
        return codes


def model_name(config: EngineConfig[RemoteSpeechOptions]) -> str:
    """What the upstream is asked for."""
    return config.model or config.options.model


def models(config: EngineConfig[Any]) -> list[ModelEntry]:
    """The one model that the settings name; what else the upstream has is its own affair."""
    name = model_name(config)
    return [ModelEntry(name, ENGINE_NAME, name, ENGINE_NAME, _CREATED, installed=bool(config.options.url))]


def find(name: str, config: EngineConfig[Any]) -> ModelEntry | None:
    """That model, where there is an upstream."""
    return models(config)[0] if config.options.url and name == config.options.model else None


ENGINE: Final = EngineSpec(
    Kind.SPEECH,
    ENGINE_NAME,
    "voice_stack.tts.engines.remote.engine:RemoteEngine",
    install="voice-stack",
    licence=Licence("MIT", "as the upstream"),
    models=models,
    find=find,
    options=RemoteSpeechOptions,
)
