"""A tiny GigaAM v2 CTC that writes a token for each tone of `tests.tiny_onnx.sound`; it hears how loud they are."""

from importlib import resources
from pathlib import Path

import numpy as np
import onnx_asr.preprocessors

from tests.tiny_onnx.graph import FLOAT, INT64, Graph
from tests.tiny_onnx.sound import RATE, TOKENS, token_hertz

FRAME_S = 0.04
_MEL_BINS = 64
_SUBSAMPLING = 4
_FFT = 400
# The space is a token of its own, as with the real one.
VOCABULARY = ("▁", *(token.removeprefix("▁") for token in TOKENS), "<blk>")
# Logarithm of a bin's energy: between that of the noise and that of a tone.
_THRESHOLD = 0.0
_TOKEN_LOGIT, _BLANK_LOGIT = 8.0, 4.0


def build_gigaam(folder: Path) -> Path:
    """v2_ctc.onnx and v2_vocab.txt."""
    graph = Graph()
    graph.input("features", FLOAT, ["batch", _MEL_BINS, "time"])
    graph.input("feature_lengths", INT64, ["batch"])
    choose = np.zeros((len(TOKENS), _MEL_BINS), np.float32)
    choose[range(len(TOKENS)), _bins()] = 1
    chosen = graph("MatMul", graph.floats(choose), "features")
    mean = graph(
        "AveragePool",
        chosen,
        kernel_shape=[_SUBSAMPLING],
        strides=[_SUBSAMPLING],
        pads=[0, _SUBSAMPLING - 1],
        count_include_pad=0,
    )
    loud = graph(
        "Mul", graph("Cast", graph("Greater", mean, graph.floats(_THRESHOLD)), to=FLOAT), graph.floats(_TOKEN_LOGIT)
    )
    # The space is heard in the frame before a token that begins a word.
    begins = np.array([[float(token.startswith("▁")) for token in TOKENS]], np.float32)
    words = graph("MatMul", graph.floats(begins), loud)
    soon = graph("Pad", graph("Slice", words, *map(graph.ints, ([1], [1 << 30], [2]))), graph.ints([0, 0, 0, 0, 0, 1]))
    space = graph("Relu", graph("Sub", soon, words))
    blank = graph("Add", graph("Mul", words, graph.floats(0)), graph.floats(_BLANK_LOGIT))
    rows = graph("Transpose", graph("Concat", space, loud, blank, axis=1), perm=[0, 2, 1])
    graph.output("log_probs", FLOAT, ["batch", "frames", len(VOCABULARY)], graph("LogSoftmax", rows, axis=-1))
    graph.save(folder / "v2_ctc.onnx")
    lines = [f"{token} {number}\n" for number, token in enumerate(VOCABULARY)]
    (folder / "v2_vocab.txt").write_text("".join(lines), encoding="utf-8")
    return folder


def _bins() -> list[int]:
    data = resources.files(onnx_asr.preprocessors) / "data" / "fbanks.npz"
    with resources.as_file(data) as path, np.load(path) as filters:
        return [int(filters["gigaam_v2"][round(hertz * _FFT / RATE)].argmax()) for hertz in token_hertz()]
