"""Recognition by another server: any that is OpenAI-shaped, another Voice Stack too."""

from typing import Any, Final

from pydantic import field_validator
from pydantic_settings import SettingsConfigDict

from voice_stack.asr.engines.base import ContextOptions
from voice_stack.core.settings import CommaList, setting
from voice_stack.language.codes import find_language
from voice_stack.serving.engine import EngineConfig
from voice_stack.serving.remote.options import UpstreamOptions
from voice_stack.serving.spec import EngineSpec, Kind, Licence, ModelEntry

ENGINE_NAME: Final = "remote"
# The day OpenAI's whisper-1 appeared: what an upstream says of its models is not known before it is asked.
_CREATED: Final = 1_677_532_384


class RemoteRecognitionOptions(UpstreamOptions):
    """The upstream of the recognition."""

    model_config = SettingsConfigDict(env_prefix="ASR_REMOTE_")

    model: str = setting(
        "whisper-1",
        min_length=1,
        description="Name of the model, as the upstream knows it. ASR_MODEL, where it is set, comes first.",
    )
    languages: CommaList = setting(
        [], description="Languages that the upstream recognises, comma-separated. Empty: all that Whisper knows."
    )
    context: ContextOptions = ContextOptions()

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


def model_name(config: EngineConfig[RemoteRecognitionOptions]) -> str:
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
    Kind.RECOGNITION,
    ENGINE_NAME,
    "voice_stack.asr.engines.remote.engine:RemoteEngine",
    install="voice-stack",
    licence=Licence("MIT", "as the upstream"),
    models=models,
    find=find,
    options=RemoteRecognitionOptions,
)
