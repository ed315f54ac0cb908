"""Settings of the engine sherpa."""

from typing import Final

from pydantic import field_validator
from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import CommaList, setting
from voice_stack.language.codes import find_language
from voice_stack.serving.engine import EngineConfig, EngineOptions

USUAL_MODEL: Final = "csukuangfj/sherpa-onnx-streaming-zipformer-en-2023-06-26"


class SherpaOptions(EngineOptions):
    """Settings of sherpa-onnx's streaming recognisers: the model, its arithmetic, its languages."""

    model_config = SettingsConfigDict(env_prefix="ASR_SHERPA_")

    model: str = setting(
        USUAL_MODEL,
        min_length=1,
        description="Model of the engine sherpa where ASR_MODEL names none of its own: a local folder, or a hub id "
        "that says streaming, with encoder, decoder, joiner (*.onnx) and tokens.txt.",
    )
    quantization: str = setting(
        "int8",
        pattern=r"^[a-z0-9]*$",
        description="Quantization of encoder and joiner, as the end of their names says it (int8, fp16). A local "
        "folder without such files is loaded in full precision. Empty: full precision.",
    )
    languages: CommaList = setting(
        [],
        description="Languages that the model knows, comma-separated. Empty: those that its name says, any where it "
        "says none.",
    )

    @field_validator("languages", mode="after")
    @classmethod
    def _known_languages(cls, value: list[str]) -> list[str]:
        codes = {name: find_language(name) for name in value}
        unknown = [name for name, code in codes.items() if code is None]
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: no language; use codes such as en or de")
        return [code for code in codes.values() if code is not None]


Config = EngineConfig[SherpaOptions]
