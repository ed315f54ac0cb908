"""Settings of the engine onnx."""

from pydantic import field_validator
from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import CommaList, setting
from voice_stack.language.codes import find_language
from voice_stack.serving.engine import EngineOptions


class OnnxOptions(EngineOptions):
    """Settings of onnx-asr: the model, its arithmetic, its languages."""

    model_config = SettingsConfigDict(env_prefix="ASR_ONNX_")

    model: str = setting(
        "parakeet-v3",
        min_length=1,
        description="Model of the engine onnx where ASR_MODEL names none of its own: a name (parakeet-v3, parakeet-v2, "
        "canary, gigaam, whisper-onnx ...), one of onnx-asr's (nemo-parakeet-tdt-0.6b-v3 ...), a hub id or a local "
        "folder.",
    )
    quantization: str = setting(
        "",
        pattern=r"^[a-z0-9_]*$",
        description="Quantization of the files that are loaded, as the end of their names says it (int8, fp16 ...). "
        "Empty: the full ones.",
    )
    languages: CommaList = setting(
        [],
        description="Languages that the model knows, comma-separated. Empty: those of a model that is known by its "
        "name, any for others.",
    )

    @field_validator("languages", mode="after")
    @classmethod
    def _known_languages(cls, value: list[str]) -> list[str]:
        codes = {name: find_language(name) for name in value}
        unknown = [name for name, code in codes.items() if code is None]
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: no language; use codes such as en or de")
        return [code for code in codes.values() if code is not None]
