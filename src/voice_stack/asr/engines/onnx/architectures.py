"""Architectures that onnx-asr can run, with their files, and models with their names: told without importing it.

Both tables are copies of onnx-asr's own (its loader and its resolver), which import onnxruntime; a test compares them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from voice_stack.language.codes import LANGUAGES

CONFIG: Final = "config.json"


@dataclass(frozen=True, slots=True)
class Architecture:
    """A kind of network, under the name that onnx-asr has for it.

    Attributes:
        patterns: names or glob patterns of its files; `{q}` is where the quantization stands.
        longest_s: seconds that it takes at once.
        padded: whether it computes as long for less.
        times_words: whether it tells when its tokens are said.
        takes_language: whether it is told the language.
        translates: whether it can write English for another language.
    """

    patterns: tuple[str, ...]
    longest_s: float = 30.0
    padded: bool = False
    times_words: bool = True
    takes_language: bool = False
    translates: bool = False

    def files(self, quantization: str) -> tuple[str, ...]:
        """Names or glob patterns of the files of one quantization; empty for the full ones."""
        return tuple(pattern.format(q=f"?{quantization}" if quantization else "") for pattern in self.patterns)


_TRANSDUCER: Final = ("encoder-model{q}.onnx", "decoder_joint-model{q}.onnx", "vocab.txt")
_GIGAAM_RNNT: Final = (
    *("v?_rnnt_encoder{q}.onnx", "v?_rnnt_decoder{q}.onnx", "v?_rnnt_joint{q}.onnx"),
    "v?_vocab.txt",
)
_GIGAAM_CTC: Final = ("v?_ctc{q}.onnx", "v?_vocab.txt")
# GigaAM's authors cut at 25 s.
_GIGAAM_S: Final = 25.0

ARCHITECTURES: Final[Mapping[str, Architecture]] = MappingProxyType(
    {
        "nemo-conformer-tdt": Architecture(_TRANSDUCER),
        "nemo-conformer-rnnt": Architecture(_TRANSDUCER),
        "nemo-conformer-ctc": Architecture(("model{q}.onnx", "vocab.txt")),
        "nemo-conformer-aed": Architecture(
            ("encoder-model{q}.onnx", "decoder-model{q}.onnx", "vocab.txt"),
            times_words=False,
            takes_language=True,
            translates=True,
        ),
        # Without its config.json the third version would be fed the second's features.
        "gigaam-v3-e2e-rnnt": Architecture(
            (
                "v3_e2e_rnnt_encoder{q}.onnx",
                "v3_e2e_rnnt_decoder{q}.onnx",
                "v3_e2e_rnnt_joint{q}.onnx",
                "v3_e2e_rnnt_vocab.txt",
                CONFIG,
            ),
            _GIGAAM_S,
        ),
        "gigaam-v3-e2e-ctc": Architecture(("v3_e2e_ctc{q}.onnx", "v3_e2e_ctc_vocab.txt", CONFIG), _GIGAAM_S),
        "gigaam-v3-rnnt": Architecture((*_GIGAAM_RNNT, CONFIG), _GIGAAM_S),
        "gigaam-v3-ctc": Architecture((*_GIGAAM_CTC, CONFIG), _GIGAAM_S),
        "gigaam-v2-rnnt": Architecture(_GIGAAM_RNNT, _GIGAAM_S),
        "gigaam-v2-ctc": Architecture(_GIGAAM_CTC, _GIGAAM_S),
        "gigaam-multilingual-ctc": Architecture(("multilingual*_ctc{q}.onnx", "multilingual_vocab.txt"), _GIGAAM_S),
        "kaldi-rnnt": Architecture(
            ("*/encoder{q}.onnx", "*/decoder{q}.onnx", "*/joiner{q}.onnx", "*/tokens.txt"),
        ),
        "t-one-ctc": Architecture(("model{q}.onnx", CONFIG)),
        "whisper-ort": Architecture(
            ("whisper-*_beamsearch{q}.onnx", "vocab.json", "added_tokens.json"),
            padded=True,
            times_words=False,
            takes_language=True,
        ),
        "whisper": Architecture(
            ("**/encoder_model{q}.onnx", "**/decoder_model_merged{q}.onnx", "vocab.json", "added_tokens.json", CONFIG),
            padded=True,
            times_words=False,
            takes_language=True,
        ),
    }
)

# Further names that a config.json may have for one of these.
SYNONYMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "vosk": "kaldi-rnnt",
        "gigaam-multilingual-large-ctc": "gigaam-multilingual-ctc",
    }
)
# Those that their files alone tell from all others: a TDT and an RNN-T have the same.
TOLD_BY_FILES: Final = (
    "nemo-conformer-aed",
    "gigaam-v3-e2e-rnnt",
    "gigaam-v3-e2e-ctc",
    "gigaam-v2-rnnt",
    "gigaam-v2-ctc",
    "gigaam-multilingual-ctc",
    "whisper-ort",
    "kaldi-rnnt",
    "nemo-conformer-ctc",
)


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A published model.

    Attributes:
        name: onnx-asr's name of it, or the repository where that has none.
        repo: hub id.
        architecture: key of `ARCHITECTURES`.
        languages: codes that it recognises.
        short: further names.
        licence: of the weights, SPDX.
    """

    name: str
    repo: str
    architecture: str
    languages: frozenset[str]
    short: tuple[str, ...]
    licence: str

    @property
    def names(self) -> tuple[str, ...]:
        """All names, the usual one first."""
        return tuple(dict.fromkeys((*self.short, self.name)))


_ENGLISH: Final = frozenset({"en"})
_RUSSIAN: Final = frozenset({"ru"})
_EUROPEAN: Final = frozenset(
    [
        *("bg", "hr", "cs", "da", "nl", "en", "et", "fi", "fr", "de", "el", "hu", "it", "lv", "lt", "mt"),
        *("pl", "pt", "ro", "sk", "sl", "es", "sv", "ru", "uk"),
    ]
)
_FOUR: Final = frozenset({"en", "de", "es", "fr"})
_CENTRAL_ASIAN: Final = frozenset({"ru", "kk", "ky", "uz", "en"})
_NVIDIA: Final = "CC-BY-4.0"


def _istupakov(name: str, repo: str, kind: str, languages: frozenset[str], licence: str, *short: str) -> KnownModel:
    return KnownModel(name, f"istupakov/{repo}", kind, languages, short, licence)


def _whisper(size: str) -> KnownModel:
    repo = f"onnx-community/whisper-{size}"
    short = (f"whisper-{size}-onnx", *(("whisper-onnx",) if size == "base" else ()))
    return KnownModel(repo, repo, "whisper", frozenset(LANGUAGES), short, "MIT")


# Of several in one repository the first is what the repository's own name stands for.
KNOWN: Final[tuple[KnownModel, ...]] = (
    _istupakov(
        "nemo-parakeet-tdt-0.6b-v3",
        "parakeet-tdt-0.6b-v3-onnx",
        "nemo-conformer-tdt",
        _EUROPEAN,
        _NVIDIA,
        "parakeet-v3",
        "parakeet",
    ),
    _istupakov(
        "nemo-parakeet-tdt-0.6b-v2", "parakeet-tdt-0.6b-v2-onnx", "nemo-conformer-tdt", _ENGLISH, _NVIDIA, "parakeet-v2"
    ),
    _istupakov(
        "nemo-parakeet-ctc-0.6b", "parakeet-ctc-0.6b-onnx", "nemo-conformer-ctc", _ENGLISH, _NVIDIA, "parakeet-ctc"
    ),
    _istupakov(
        "nemo-parakeet-rnnt-0.6b", "parakeet-rnnt-0.6b-onnx", "nemo-conformer-rnnt", _ENGLISH, _NVIDIA, "parakeet-rnnt"
    ),
    _istupakov(
        "nemo-canary-1b-v2", "canary-1b-v2-onnx", "nemo-conformer-aed", _EUROPEAN, _NVIDIA, "canary-v2", "canary"
    ),
    _istupakov(
        "istupakov/canary-1b-flash-onnx",
        "canary-1b-flash-onnx",
        "nemo-conformer-aed",
        _FOUR,
        _NVIDIA,
        "canary-1b-flash",
    ),
    _istupakov(
        "istupakov/canary-180m-flash-onnx",
        "canary-180m-flash-onnx",
        "nemo-conformer-aed",
        _FOUR,
        _NVIDIA,
        "canary-180m-flash",
    ),
    _istupakov("gigaam-v3-e2e-rnnt", "gigaam-v3-onnx", "gigaam-v3-e2e-rnnt", _RUSSIAN, "MIT", "gigaam-v3", "gigaam"),
    _istupakov("gigaam-v3-e2e-ctc", "gigaam-v3-onnx", "gigaam-v3-e2e-ctc", _RUSSIAN, "MIT"),
    _istupakov("gigaam-v3-rnnt", "gigaam-v3-onnx", "gigaam-v3-rnnt", _RUSSIAN, "MIT"),
    _istupakov("gigaam-v3-ctc", "gigaam-v3-onnx", "gigaam-v3-ctc", _RUSSIAN, "MIT"),
    _istupakov("gigaam-v2-rnnt", "gigaam-v2-onnx", "gigaam-v2-rnnt", _RUSSIAN, "MIT", "gigaam-v2"),
    _istupakov("gigaam-v2-ctc", "gigaam-v2-onnx", "gigaam-v2-ctc", _RUSSIAN, "MIT"),
    _istupakov(
        "gigaam-multilingual-ctc",
        "gigaam-multilingual-ctc-onnx",
        "gigaam-multilingual-ctc",
        _CENTRAL_ASIAN,
        "MIT",
        "gigaam-multilingual",
    ),
    _istupakov(
        "gigaam-multilingual-large-ctc",
        "gigaam-multilingual-large-ctc-onnx",
        "gigaam-multilingual-ctc",
        _CENTRAL_ASIAN,
        "MIT",
        "gigaam-multilingual-large",
    ),
    _istupakov(
        "nemo-fastconformer-ru-ctc",
        "stt_ru_fastconformer_hybrid_large_pc_onnx",
        "nemo-conformer-ctc",
        _RUSSIAN,
        _NVIDIA,
    ),
    _istupakov(
        "nemo-fastconformer-ru-rnnt",
        "stt_ru_fastconformer_hybrid_large_pc_onnx",
        "nemo-conformer-rnnt",
        _RUSSIAN,
        _NVIDIA,
    ),
    KnownModel(
        "alphacep/vosk-model-ru", "alphacep/vosk-model-ru", "kaldi-rnnt", _RUSSIAN, ("vosk-model-ru",), "Apache-2.0"
    ),
    KnownModel(
        "alphacep/vosk-model-small-ru",
        "alphacep/vosk-model-small-ru",
        "kaldi-rnnt",
        _RUSSIAN,
        ("vosk-model-small-ru",),
        "Apache-2.0",
    ),
    KnownModel("t-tech/t-one", "t-tech/T-one", "t-one-ctc", _RUSSIAN, ("t-one",), "Apache-2.0"),
    KnownModel("whisper-base", "istupakov/whisper-base-onnx", "whisper-ort", frozenset(LANGUAGES), (), "MIT"),
    *(_whisper(size) for size in ("tiny", "base", "small", "large-v3-turbo")),
)
_BY_NAME: Final = {
    **{name: model for model in reversed(KNOWN) for name in (model.repo, model.repo.partition("/")[2])},
    **{name: model for model in KNOWN for name in model.names},
}


def known_model(name: str) -> KnownModel | None:
    """The published model of a name, of a hub id, or of a folder that is called like its repository."""
    return _BY_NAME.get(name)
