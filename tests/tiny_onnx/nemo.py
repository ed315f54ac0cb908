"""Tiny NeMo models, CTC and TDT, that write a token for each tone of `tests.tiny_onnx.sound`."""

import json
from pathlib import Path

import numpy as np

from tests.tiny_onnx.graph import FLOAT, INT32, INT64, Graph
from tests.tiny_onnx.sound import BINS, TOKENS

MEL_BINS = 80
SUBSAMPLING = 8
FRAME_S = 0.08
VOCABULARY = ("<unk>", *TOKENS, "<blk>")
# A tone is so many standard deviations above its bin's mean; noise is not, once eight frames are averaged.
_THRESHOLD = 1.5
_TOKEN_LOGIT, _BLANK_LOGIT = 8.0, 4.0
# The blank lasts a frame, a token two.
_DURATIONS = 5


def build_ctc(folder: Path, *, weights: str | None = None, suffix: str = "") -> Path:
    """A NeMo CTC model: model.onnx, vocab.txt, config.json.

    Args:
        weights: name of the file beside model.onnx that holds its weights; None: they are in it.
        suffix: before `.onnx` (`.int8`).
    """
    graph = Graph()
    heard, _ = _heard(graph)
    logits = graph("Concat", *_padded(graph, heard), axis=1)
    rows = graph("Transpose", logits, perm=[0, 2, 1])
    graph.output("logprobs", FLOAT, ["batch", "frames", len(VOCABULARY)], graph("LogSoftmax", rows, axis=-1))
    graph.save(folder / f"model{suffix}.onnx", weights=weights)
    return _companions(folder, "nemo-conformer-ctc")


def build_tdt(folder: Path) -> Path:
    """A NeMo TDT model, Parakeet's layout: encoder-model.onnx, decoder_joint-model.onnx, vocab.txt, config.json."""
    graph = Graph()
    heard, lengths = _heard(graph)
    # A token is written where its tone begins: where it is heard and was not a frame before.
    before = graph("Pad", graph("Slice", heard, *map(graph.ints, ([0], [-1], [2]))), graph.ints([0, 0, 1, 0, 0, 0]))
    begins = graph("Relu", graph("Sub", heard, before))
    any_begins = graph("ReduceMax", begins, axes=[1], keepdims=1)
    width = len(VOCABULARY) + 1
    graph.output(
        "outputs", FLOAT, ["batch", width, "frames"], graph("Concat", *_padded(graph, begins), any_begins, axis=1)
    )
    graph.output("encoded_lengths", INT64, ["batch"], lengths)
    graph.save(folder / "encoder-model.onnx")
    _joint(width).save(folder / "decoder_joint-model.onnx")
    return _companions(folder, "nemo-conformer-tdt")


def _heard(graph: Graph) -> tuple[str, str]:
    """Which tones are heard, (batch, tokens, frames) of 0 and `_TOKEN_LOGIT`, and how many frames there are."""
    graph.input("audio_signal", FLOAT, ["batch", MEL_BINS, "time"])
    graph.input("length", INT64, ["batch"])
    choose = np.zeros((len(TOKENS), MEL_BINS), np.float32)
    choose[range(len(TOKENS)), BINS] = 1
    chosen = graph("MatMul", graph.floats(choose), "audio_signal")
    mean = graph(
        "AveragePool",
        chosen,
        kernel_shape=[SUBSAMPLING],
        strides=[SUBSAMPLING],
        pads=[0, SUBSAMPLING - 1],
        count_include_pad=1,
    )
    loud = graph("Cast", graph("Greater", mean, graph.floats(_THRESHOLD)), to=FLOAT)
    frames = graph("Div", graph("Sub", "length", graph.ints(1)), graph.ints(SUBSAMPLING))
    return graph("Mul", loud, graph.floats(_TOKEN_LOGIT)), graph("Add", frames, graph.ints(1))


def _padded(graph: Graph, tokens: str) -> tuple[str, str, str]:
    """The logits of <unk>, of the tokens, and of the blank."""
    nothing = graph("Mul", graph("Slice", tokens, *map(graph.ints, ([0], [1], [1]))), graph.floats(0))
    return nothing, tokens, graph("Add", nothing, graph.floats(_BLANK_LOGIT))


def _joint(width: int) -> Graph:
    graph = Graph()
    graph.input("encoder_outputs", FLOAT, ["batch", width, 1])
    graph.input("targets", INT32, ["batch", 1])
    graph.input("target_length", INT32, ["batch"])
    graph.input("input_states_1", FLOAT, [1, "batch", 1])
    graph.input("input_states_2", FLOAT, [1, "batch", 1])
    flat = graph("Reshape", "encoder_outputs", graph.ints([1, 1, 1, width]))
    tokens = graph("Slice", flat, *map(graph.ints, ([0], [len(VOCABULARY)], [3])))
    begins = graph("Slice", flat, *map(graph.ints, ([len(VOCABULARY)], [width], [3])))
    lasting = graph("Mul", begins, graph.floats([0, 0, 1, 0, 0]))
    durations = graph("Add", lasting, graph.floats([0, 1, 0, 0, 0]))
    graph.output("outputs", FLOAT, [1, 1, 1, len(VOCABULARY) + _DURATIONS], graph("Concat", tokens, durations, axis=3))
    graph.output("prednet_lengths", INT32, ["batch"], "target_length")
    said = graph("Unsqueeze", graph("Cast", "targets", to=FLOAT), graph.ints([0]))
    graph.output("output_states_1", FLOAT, [1, "batch", 1], said)
    graph.output("output_states_2", FLOAT, [1, "batch", 1], graph("Add", "input_states_2", graph.floats(1)))
    return graph


def _companions(folder: Path, model_type: str) -> Path:
    lines = [f"{token} {number}\n" for number, token in enumerate(VOCABULARY)]
    (folder / "vocab.txt").write_text("".join(lines), encoding="utf-8")
    config = {"model_type": model_type, "features_size": MEL_BINS, "subsampling_factor": SUBSAMPLING}
    (folder / "config.json").write_text(json.dumps(config))
    return folder
