"""A tiny Canary: it does not listen, and writes what its prompt asks for, so that the prompt shows.

It writes "hallo welt" when it is to write German, "hello world" when it is to write English, and in front of that the
language that it was told is spoken, where that is another: a German clip in English is "(de) hello world".
"""

import json
from pathlib import Path

import numpy as np

from tests.tiny_onnx.graph import FLOAT, INT64, Graph

_MEL_BINS = 128
_PROMPT = (
    *("▁", "<|startofcontext|>", "<|startoftranscript|>", "<|emo:undefined|>", "<|en|>", "<|de|>", "<|pnc|>"),
    *("<|nopnc|>", "<|noitn|>", "<|notimestamp|>", "<|nodiarize|>", "<|endoftext|>"),
)
_TEXT = ("▁(de)", "▁hello", "▁world", "▁hallo", "▁welt")
VOCABULARY = ("<unk>", *_PROMPT, *_TEXT)


def build_canary(folder: Path) -> Path:
    """encoder-model.onnx, decoder-model.onnx, vocab.txt, config.json."""
    encoder = Graph()
    encoder.input("audio_signal", FLOAT, ["batch", _MEL_BINS, "time"])
    encoder.input("length", INT64, ["batch"])
    heard = encoder("ReduceMean", "audio_signal", axes=[1], keepdims=1)
    encoder.output("encoder_embeddings", FLOAT, ["batch", "time", 1], encoder("Transpose", heard, perm=[0, 2, 1]))
    ones = encoder("Add", encoder("Mul", heard, encoder.floats(0)), encoder.floats(1))
    mask = encoder("Cast", encoder("Squeeze", ones, encoder.ints([1])), to=INT64)
    encoder.output("encoder_mask", INT64, ["batch", "time"], mask)
    encoder.save(folder / "encoder-model.onnx")
    _decoder().save(folder / "decoder-model.onnx")
    lines = [f"{token} {number}\n" for number, token in enumerate(VOCABULARY)]
    (folder / "vocab.txt").write_text("".join(lines), encoding="utf-8")
    config = {"model_type": "nemo-conformer-aed", "features_size": _MEL_BINS, "max_sequence_length": 40}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def _decoder() -> Graph:
    """The next token follows from the last one, and from how often each language stands in the prompt.

    The memory between the steps is the tokens so far, as (1, batch, tokens, vocabulary) of 0 and 1.
    """
    size = len(VOCABULARY)
    number = {token: index for index, token in enumerate(VOCABULARY)}
    follows = np.full((size, size), -50.0, np.float32)
    for last, following in (
        *(("▁hello", "▁world"), ("▁world", "<|endoftext|>"), ("▁hallo", "▁welt"), ("▁welt", "<|endoftext|>")),
        ("▁(de)", "▁hello"),
        *(("<|nodiarize|>", first) for first in ("▁hello", "▁hallo", "▁(de)")),
    ):
        follows[number[last], number[following]] = -20.0
    # Twice German: hallo. Once each: (de). Twice English: hello.
    counts = np.zeros((size, size), np.float32)
    counts[number["<|de|>"], number["▁hallo"]] = 4
    counts[number["<|de|>"], number["▁(de)"]] = 3
    counts[number["<|en|>"], number["▁(de)"]] = 3
    counts[number["<|en|>"], number["▁hello"]] = 4
    graph = Graph()
    graph.input("input_ids", INT64, ["batch", "new"])
    graph.input("encoder_embeddings", FLOAT, ["batch", "time", 1])
    graph.input("encoder_mask", INT64, ["batch", "time"])
    graph.input("decoder_mems", FLOAT, [1, "batch", "tokens", size])
    new = graph("OneHot", "input_ids", graph.ints(size), graph.floats([0, 1]))
    so_far = graph("Concat", "decoder_mems", graph("Unsqueeze", new, graph.ints([0])), axis=2)
    last = graph("MatMul", new, graph.floats(follows))
    told = graph("ReduceSum", graph("Squeeze", so_far, graph.ints([0])), graph.ints([1]), keepdims=1)
    logits = graph("Add", last, graph("MatMul", told, graph.floats(counts)))
    graph.output("logits", FLOAT, ["batch", "new", size], graph("LogSoftmax", logits, axis=-1))
    graph.output("decoder_hidden_states", FLOAT, [1, "batch", "all", size], so_far)
    return graph
