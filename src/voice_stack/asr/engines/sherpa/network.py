"""sherpa-onnx's recogniser with a model that was looked at before.

sherpa-onnx ends the process where a network's metadata is not as it wants it. So all that it would read is read and
checked here first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from voice_stack.asr.engines.sherpa.folder import StreamingFiles
from voice_stack.core.errors import EngineUnavailableError
from voice_stack.core.memory import out_of_memory

# Metadata of an encoder by its type: single numbers, and lists of them.
_NUMBERS: Final[Mapping[str, Sequence[str]]] = {
    "lstm": ("num_encoder_layers", "rnn_hidden_size", "d_model"),
    "conformer": ("num_encoder_layers", "left_context", "encoder_dim", "pad_length", "cnn_module_kernel"),
    "zipformer": (),
    "zipformer2": (),
}
_LISTS: Final[Mapping[str, Sequence[str]]] = {
    "lstm": (),
    "conformer": (),
    "zipformer": ("encoder_dims", "attention_dims", "num_encoder_layers", "cnn_module_kernels", "left_context_len"),
    "zipformer2": (
        *("encoder_dims", "query_head_dims", "value_head_dims", "num_heads", "num_encoder_layers"),
        *("cnn_module_kernels", "left_context_len"),
    ),
}
_CHUNK: Final = ("T", "decode_chunk_len")
_DECODER: Final = ("vocab_size", "context_size")
_FRAME_S: Final = 0.01
_ERRORS_ONLY: Final = 3
_MEL_BINS: Final = 80
# Silence behind the end of sound, besides what a chunk lacks: a transducer writes its last word some frames late. That
# is sherpa-onnx's own.
_TAIL_S: Final = 0.66


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """Facts of a streaming network.

    Attributes:
        kind: lstm, conformer, zipformer or zipformer2.
        mel_bins: features of a frame.
        chunk_s: seconds of sound from chunk to chunk.
        tail_s: seconds of silence behind the end of sound, with which all of it is decoded.
    """

    kind: str
    mel_bins: int
    chunk_s: float
    tail_s: float


def network_facts(files: StreamingFiles) -> NetworkFacts:
    """Look at a model's files.

    Raises:
        EngineUnavailableError: one is damaged, or they are no streaming transducer, or do not go together.
    """
    from onnxruntime import GraphOptimizationLevel, InferenceSession, SessionOptions

    def opened(name: str) -> Any:
        options = SessionOptions()
        options.log_severity_level = _ERRORS_ONLY
        options.intra_op_num_threads = 1
        options.graph_optimization_level = GraphOptimizationLevel.ORT_DISABLE_ALL  # it is only looked at
        path = getattr(files, name)
        try:
            return InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime has a class for every status, with no parent of their own
            if out_of_memory(error):
                raise EngineUnavailableError(f"Not enough memory for {path.name}.") from error
            raise EngineUnavailableError(
                f"The file {path.name} is no ONNX network, or damaged: get it again."
            ) from error

    encoder = opened("encoder")
    told = encoder.get_modelmeta().custom_metadata_map
    kind = told.get("model_type", "")
    if kind not in _NUMBERS:
        raise EngineUnavailableError(
            f"{files.encoder.name} is no streaming transducer of sherpa-onnx: its metadata says model_type={kind!r}, "
            f"none of {', '.join(_NUMBERS)}."
        )
    numbers = _checked(files.encoder.name, told, (*_CHUNK, *_NUMBERS[kind]), _LISTS[kind])
    shape = encoder.get_inputs()[0].shape
    mel_bins = shape[-1] if len(shape) == 3 and isinstance(shape[-1], int) else _MEL_BINS
    decoder = opened("decoder").get_modelmeta().custom_metadata_map
    vocabulary = _checked(files.decoder.name, decoder, _DECODER, ())["vocab_size"]
    opened("joiner")
    _check_tokens(files, vocabulary)
    ahead_s = numbers["T"] * _FRAME_S
    return NetworkFacts(kind, mel_bins, numbers["decode_chunk_len"] * _FRAME_S, max(_TAIL_S, 2 * ahead_s))


def load_recogniser(files: StreamingFiles, facts: NetworkFacts, threads: int, model: str) -> Any:
    """sherpa-onnx's `OnlineRecognizer` with a model, greedy, on the CPU.

    Args:
        threads: 0: sherpa-onnx's own two.

    Raises:
        EngineUnavailableError: it cannot be loaded, or there is not enough memory.
    """
    import sherpa_onnx

    try:
        return sherpa_onnx.OnlineRecognizer.from_transducer(
            tokens=str(files.tokens),
            encoder=str(files.encoder),
            decoder=str(files.decoder),
            joiner=str(files.joiner),
            num_threads=threads or 2,
            sample_rate=16_000,
            feature_dim=facts.mel_bins,
            # Greedy hypotheses only grow, so a word with another behind it stays.
            decoding_method="greedy_search",
            model_type=facts.kind,
            provider="cpu",
        )
    except Exception as error:  # sherpa-onnx's onnxruntime has no classes of its own in Python
        if out_of_memory(error):
            raise EngineUnavailableError(f"Not enough memory for the model {model}. Choose a smaller one.") from error
        reason = str(error).replace(str(files.encoder.parent), files.encoder.parent.name)
        raise EngineUnavailableError(f"sherpa-onnx cannot load the model {model}: {reason}") from error


def _checked(name: str, told: Mapping[str, str], numbers: Sequence[str], lists: Sequence[str]) -> dict[str, int]:
    """The numbers that a network's metadata says.

    Raises:
        EngineUnavailableError: one is missing, or none above zero.
    """
    for key in (*numbers, *lists):
        values = told.get(key, "").split(",") if key in lists else [told.get(key, "")]
        if not all(value.strip().isdecimal() and int(value) > 0 for value in values):
            raise EngineUnavailableError(
                f"{name} is no streaming transducer of sherpa-onnx: its metadata says {key}={told.get(key, '')!r}."
            )
    return {key: int(told[key]) for key in numbers}


def _check_tokens(files: StreamingFiles, count: int) -> None:
    try:
        # As sherpa-onnx parts them: a token may be a blank of Unicode's; where it is ASCII's only the number is left.
        rows = [line.split() for line in files.tokens.read_bytes().split(b"\n") if line.strip()]
        numbers = {int(row[-1]) for row in rows if len(row) <= 2}
    except (OSError, ValueError) as error:
        raise EngineUnavailableError(f"{files.tokens.name} is damaged: get it again.") from error
    if len(numbers) != len(rows) or not numbers >= set(range(count)):
        raise EngineUnavailableError(
            f"{files.tokens.name} does not fit {files.decoder.name}: it must say each of {count} tokens and its number."
        )
