"""Moonshine's published models: their repository, files, languages and licences."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

EMBEDDED: Final = "moonshine-tiny"
REPO: Final = "UsefulSensors/moonshine"
COMMUNITY: Final = "Moonshine Community License"
# One for all models of the repository.
_TOKENIZER: Final = "ctranslate2/tiny/tokenizer.json"
# The most tokens that a second of speech has, as the authors tell it; other scripts are spelled byte by byte.
ENGLISH_RATE: Final = 6.5
_SPELLED_RATE: Final = 13.0


@dataclass(frozen=True, slots=True)
class PublishedModel:
    """A model of the authors'.

    Attributes:
        name: what requests call it.
        language: ISO 639-1 code of the only one that it hears.
        precision: of its files: quantized or float.
        tokens_per_s: the most that a second of speech has.
        licence: of the weights.
        non_commercial: whether that limits commercial use.
    """

    name: str
    language: str = "en"
    precision: str = "float"
    tokens_per_s: float = ENGLISH_RATE
    licence: str = "MIT"
    non_commercial: bool = False

    @property
    def folder(self) -> str:
        """Folder of its networks in the repository."""
        return f"onnx/merged/{self.name.removeprefix('moonshine-')}/{self.precision}"

    @property
    def files(self) -> tuple[str, str, str]:
        """Encoder, decoder and vocabulary, as paths in the repository."""
        return (f"{self.folder}/encoder_model.onnx", f"{self.folder}/decoder_model_merged.onnx", _TOKENIZER)


def _of_language(size: str, language: str, tokens_per_s: float = _SPELLED_RATE) -> PublishedModel:
    name = f"moonshine-{size}-{language}"
    return PublishedModel(name, language, tokens_per_s=tokens_per_s, licence=COMMUNITY, non_commercial=True)


_MODELS: Final = (
    PublishedModel("moonshine-base", precision="quantized"),
    _of_language("tiny", "ar"),
    _of_language("tiny", "ja"),
    _of_language("tiny", "ko"),
    _of_language("tiny", "uk", 8.0),
    _of_language("tiny", "vi"),
    _of_language("tiny", "zh"),
    _of_language("base", "es", ENGLISH_RATE),
)
PUBLISHED: Final[Mapping[str, PublishedModel]] = MappingProxyType({model.name: model for model in _MODELS})
