"""The tiny Whisper of `tests.tiny_whisper` as ONNX, in the layout of optimum's export without a cache."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.tiny_onnx.graph import FLOAT, INT64, Graph
from tests.tiny_whisper import vocabulary
from tests.tiny_whisper.build import FIXTURES, MEL_BINS, OPENAI_NAME, unpack

Weights = Mapping[str, NDArray[np.float32]]

_WIDTH, _HEADS, _LAYERS, _TEXT_CONTEXT = 64, 2, 2, 448


def build_whisper(folder: Path) -> Path:
    """config.json, vocab.json, added_tokens.json, onnx/encoder_model.onnx, onnx/decoder_model_merged.onnx.

    Needs torch, which wrote the weights.
    """
    import torch

    content = torch.load(io.BytesIO(unpack(OPENAI_NAME)), map_location="cpu", weights_only=True)
    weights = {name: value.float().numpy() for name, value in content["model_state_dict"].items()}
    _encoder(weights).save(folder / "onnx" / "encoder_model.onnx")
    _decoder(weights).save(folder / "onnx" / "decoder_model_merged.onnx")
    tokens = vocabulary.tokens(vocabulary.read_merges(FIXTURES / "merges.txt.xz"))
    ids = {token: number for number, token in enumerate(tokens)}
    text = {token: number for token, number in ids.items() if number < vocabulary.END_OF_TEXT}
    added = {token: number for token, number in ids.items() if number >= vocabulary.END_OF_TEXT}
    for name, value in (
        ("vocab.json", text),
        ("added_tokens.json", added),
        ("config.json", {"model_type": "whisper", "num_mel_bins": MEL_BINS}),
    ):
        (folder / name).write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return folder


class _Network(Graph):
    """Whisper's layers, with weights under openai-whisper's names."""

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        self._weights = weights

    def weight(self, name: str) -> str:
        return self.floats(self._weights[name])

    def linear(self, value: str, name: str) -> str:
        product = self("MatMul", value, self.floats(self._weights[f"{name}.weight"].T))
        bias = self._weights.get(f"{name}.bias")
        return product if bias is None else self("Add", product, self.floats(bias))

    def norm(self, value: str, name: str) -> str:
        parts = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self("LayerNormalization", value, *parts, axis=-1, epsilon=1e-5)

    def gelu(self, value: str) -> str:
        curve = self("Erf", self("Mul", value, self.floats(1 / np.sqrt(2))))
        return self("Mul", value, self("Mul", self("Add", curve, self.floats(1)), self.floats(0.5)))

    def conv(self, value: str, name: str, stride: int) -> str:
        parts = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.gelu(self("Conv", value, *parts, kernel_shape=[3], pads=[1, 1], strides=[stride]))

    def attention(self, value: str, other: str, name: str, mask: str | None = None) -> str:
        """Multi-head attention of `value` on `other`, both (batch, positions, width)."""
        query, key, content = (
            self._heads(self.linear(source, f"{name}.{part}"), order)
            for source, part, order in (
                (value, "query", [0, 2, 1, 3]),
                (other, "key", [0, 2, 3, 1]),
                (other, "value", [0, 2, 1, 3]),
            )
        )
        scores = self("Mul", self("MatMul", query, key), self.floats((_WIDTH // _HEADS) ** -0.5))
        shares = self("Softmax", self("Add", scores, mask) if mask else scores, axis=-1)
        seen = self("Transpose", self("MatMul", shares, content), perm=[0, 2, 1, 3])
        return self.linear(self("Reshape", seen, self.ints([0, 0, _WIDTH])), f"{name}.out")

    def feed_forward(self, value: str, name: str) -> str:
        inner = self.gelu(self.linear(self.norm(value, f"{name}.mlp_ln"), f"{name}.mlp.0"))
        return self("Add", value, self.linear(inner, f"{name}.mlp.2"))

    def _heads(self, value: str, order: list[int]) -> str:
        split = self("Reshape", value, self.ints([0, 0, _HEADS, _WIDTH // _HEADS]))
        return self("Transpose", split, perm=order)


def _encoder(weights: Weights) -> Graph:
    net = _Network(weights)
    net.input("input_features", FLOAT, ["batch", MEL_BINS, 3000])
    value = net.conv(net.conv("input_features", "encoder.conv1", 1), "encoder.conv2", 2)
    value = net("Add", net("Transpose", value, perm=[0, 2, 1]), net.weight("encoder.positional_embedding"))
    for number in range(_LAYERS):
        name = f"encoder.blocks.{number}"
        normed = net.norm(value, f"{name}.attn_ln")
        value = net.feed_forward(net("Add", value, net.attention(normed, normed, f"{name}.attn")), name)
    net.output("last_hidden_state", FLOAT, ["batch", 1500, _WIDTH], net.norm(value, "encoder.ln_post"))
    return net


def _decoder(weights: Weights) -> Graph:
    net = _Network(weights)
    net.input("input_ids", INT64, ["batch", "tokens"])
    net.input("encoder_hidden_states", FLOAT, ["batch", 1500, _WIDTH])
    embedding = net.weight("decoder.token_embedding.weight")
    count = net("Slice", net("Shape", "input_ids"), *map(net.ints, ([1], [2])))

    def first(table: Any, axes: list[int]) -> str:
        ends = net("Concat", *[count] * len(axes), axis=0)
        return net("Slice", net.floats(table), net.ints([0] * len(axes)), ends, net.ints(axes))

    value = net("Add", net("Gather", embedding, "input_ids"), first(weights["decoder.positional_embedding"], [0]))
    mask = first(np.triu(np.full((_TEXT_CONTEXT, _TEXT_CONTEXT), -1e9), 1), [0, 1])
    for number in range(_LAYERS):
        name = f"decoder.blocks.{number}"
        normed = net.norm(value, f"{name}.attn_ln")
        value = net("Add", value, net.attention(normed, normed, f"{name}.attn", mask))
        crossed = net.attention(net.norm(value, f"{name}.cross_attn_ln"), "encoder_hidden_states", f"{name}.cross_attn")
        value = net.feed_forward(net("Add", value, crossed), name)
    value = net.norm(value, "decoder.ln")
    logits = net("MatMul", value, net("Transpose", embedding, perm=[1, 0]))
    net.output("logits", FLOAT, ["batch", "tokens", vocabulary.VOCABULARY_SIZE], logits)
    return net
