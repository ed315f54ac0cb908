"""A tiny streaming transducer in sherpa-onnx's layout, which writes a token for each tone of `tests.tiny_onnx.sound`.

Its state holds which tones were heard in the last frame, so that a token is written where its tone begins, once, also
where a tone lasts from one chunk into the next. A stream whose state were lost would write it twice. It comes in two
layouts: `lstm`, whose state is the simplest, and `zipformer2`, that of most published models, with all of its caches.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from tests.tiny_onnx.graph import FLOAT, INT64, Graph
from tests.tiny_onnx.sound import TOKENS, token_hertz

VOCABULARY: Final = ("<blk>", "<unk>", *TOKENS)
FRAME_S: Final = 0.04


@dataclass(frozen=True, slots=True)
class Layout:
    """A type of sherpa-onnx's streaming networks.

    Attributes:
        kind: as the metadata says it.
        chunk: frames of 10 ms by which a chunk goes on.
        given: frames that a chunk is given, those behind it too; this network does not look at them.
        facts: more of the metadata.
    """

    kind: str
    chunk: int
    given: int
    facts: dict[str, str | int]


LSTM: Final = Layout("lstm", 16, 21, {"num_encoder_layers": 1, "rnn_hidden_size": 1, "d_model": len(VOCABULARY)})
# Of chunk-16, as published. The state is the keys, of a head as wide as the vocabulary; the other caches hold nothing.
ZIPFORMER2: Final = Layout(
    "zipformer2",
    32,
    45,
    {
        "encoder_dims": "4",
        "query_head_dims": str(len(VOCABULARY)),
        "value_head_dims": "1",
        "num_heads": "1",
        "num_encoder_layers": "1",
        "cnn_module_kernels": "3",
        "left_context_len": "1",
    },
)
# Its further caches: name and shape, with 0 for the batch.
_CACHES: Final = (
    ("cached_nonlin_attn_0", (1, 0, 1, 3)),
    ("cached_val1_0", (1, 0, 1)),
    ("cached_val2_0", (1, 0, 1)),
    ("cached_conv1_0", (0, 4, 1)),
    ("cached_conv2_0", (0, 4, 1)),
    ("embed_states", (0, 128, 3, 19)),
)
_SUBSAMPLING: Final = 4
_MEL_BINS: Final = 80
# Kaldi's: Hz that the filters begin and end at.
_LOW_HZ, _HIGH_HZ = 20.0, 7600.0
# A tone's log energy is about 2, the noise's below -8; and it is so much above the mean of all tones' filters, which
# louder noise is not.
_THRESHOLD, _ABOVE = -3.0, 4.0
_TOKEN_LOGIT, _BLANK_LOGIT = 8.0, 4.0
_CONTEXT = 2


def build_streaming(
    folder: Path,
    *,
    middle: str = "-epoch-99-avg-1",
    suffix: str = ".int8",
    layout: Layout = ZIPFORMER2,
    breaks_at: str | None = None,
) -> Path:
    """The three networks and tokens.txt, named as sherpa-onnx publishes its streaming models.

    Args:
        middle: of the networks' names.
        suffix: of the encoder's and the joiner's names; the decoder has none.
        breaks_at: a token whose sound the network cannot compute: onnxruntime fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    facts = {"model_type": layout.kind, "T": layout.given, "decode_chunk_len": layout.chunk, **layout.facts}
    _encoder(layout, breaks_at).save(folder / f"encoder{middle}{suffix}.onnx", facts=facts)
    facts = {"vocab_size": len(VOCABULARY), "context_size": _CONTEXT}
    _decoder().save(folder / f"decoder{middle}.onnx", facts=facts)
    _joiner().save(folder / f"joiner{middle}{suffix}.onnx", facts={"joiner_dim": len(VOCABULARY)})
    lines = [f"{token} {number}\n" for number, token in enumerate(VOCABULARY)]
    (folder / "tokens.txt").write_text("".join(lines), encoding="utf-8")
    return folder


def _encoder(layout: Layout, breaks_at: str | None) -> Graph:
    """Log-mel features in, logits of the tokens that begin out; the first state is what was heard in the last frame."""
    width = len(VOCABULARY)
    graph = Graph()
    graph.input("x", FLOAT, ["batch", layout.given, _MEL_BINS])
    graph.input("h0", FLOAT, [1, "batch", width])
    choose = np.zeros((_MEL_BINS, width), np.float32)
    choose[[_bin(hertz) for hertz in token_hertz()], range(width - len(TOKENS), width)] = 1
    # Columns without a tone are 0, which would be above the threshold.
    listens = choose.max(axis=0)
    now = graph("Slice", "x", *map(graph.ints, ([0], [layout.chunk], [1])))
    chosen = graph("Transpose", graph("MatMul", now, graph.floats(choose)), perm=[0, 2, 1])
    mean = graph("AveragePool", chosen, kernel_shape=[_SUBSAMPLING], strides=[_SUBSAMPLING])
    usual = graph("Div", graph("ReduceSum", mean, graph.ints([1]), keepdims=1), graph.floats(len(TOKENS)))
    loud = graph("Greater", mean, graph.floats(_THRESHOLD))
    alone = graph("Greater", graph("Sub", mean, usual), graph.floats(_ABOVE))
    sounds = graph("Cast", graph("And", loud, alone), to=FLOAT)
    heard = graph("Mul", graph("Transpose", sounds, perm=[0, 2, 1]), graph.floats(listens))
    if breaks_at is not None:
        heard = _broken(graph, heard, VOCABULARY.index(breaks_at))
    last = graph("Transpose", "h0", perm=[1, 0, 2])
    before = graph("Concat", last, graph("Slice", heard, *map(graph.ints, ([0], [-1], [1]))), axis=1)
    begins = graph("Relu", graph("Sub", heard, before))
    graph.output(
        "encoder_out",
        FLOAT,
        ["batch", layout.chunk // _SUBSAMPLING, width],
        graph("Mul", begins, graph.floats(_TOKEN_LOGIT)),
    )
    ends = graph("Slice", heard, *map(graph.ints, ([-1], [np.iinfo(np.int64).max], [1])))
    graph.output("next_h0", FLOAT, [1, "batch", width], graph("Transpose", ends, perm=[1, 0, 2]))
    if layout is LSTM:
        graph.input("c0", FLOAT, [1, "batch", 1])
        graph.output("next_c0", FLOAT, [1, "batch", 1], "c0")
        return graph
    for name, sizes in _CACHES:
        shape = [size or "batch" for size in sizes]
        graph.input(name, FLOAT, shape)
        graph.output(f"new_{name}", FLOAT, shape, name)
    graph.input("processed_lens", INT64, ["batch"])
    processed = graph("Add", "processed_lens", graph.ints(layout.chunk // 2))
    graph.output("new_processed_lens", INT64, ["batch"], processed)
    return graph


def _broken(graph: Graph, heard: str, token: int) -> str:
    """The same, unless a token is heard: then a row is looked up that does not exist."""
    column = graph("Slice", heard, *map(graph.ints, ([token], [token + 1], [2])))
    row = graph("Cast", graph("ReduceMax", column, keepdims=0), to=INT64)
    return graph("Mul", heard, graph("Gather", graph.floats([1.0]), row))


def _decoder() -> Graph:
    """The blank's logit, whatever was written before."""
    width = len(VOCABULARY)
    weights = np.zeros((width, width), np.float32)
    weights[:, 0] = _BLANK_LOGIT
    graph = Graph()
    graph.input("y", INT64, ["batch", _CONTEXT])
    rows = graph("Gather", graph.floats(weights), "y")
    graph.output("decoder_out", FLOAT, ["batch", width], graph("ReduceMean", rows, axes=[1], keepdims=0))
    return graph


def _joiner() -> Graph:
    width = len(VOCABULARY)
    graph = Graph()
    graph.input("encoder_out", FLOAT, ["batch", width])
    graph.input("decoder_out", FLOAT, ["batch", width])
    graph.output("logit", FLOAT, ["batch", width], graph("Add", "encoder_out", "decoder_out"))
    return graph


def _bin(hertz: float) -> int:
    """The filter of Kaldi's 80 whose middle is nearest."""
    edges = np.linspace(_mel(_LOW_HZ), _mel(_HIGH_HZ), _MEL_BINS + 2)
    return int(np.abs(edges[1:-1] - _mel(hertz)).argmin())


def _mel(hertz: float) -> float:
    return float(1127.0 * np.log1p(hertz / 700.0))
