"""openai-whisper weights as a CTranslate2 model file, straight: neither torch nor transformers takes part."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2.specs import WhisperSpec
from numpy.typing import NDArray

Weights = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Shape:
    """What CTranslate2 wants to know of a Whisper beside its weights."""

    encoder_layers: int
    encoder_heads: int
    decoder_layers: int
    decoder_heads: int


def model_bin(weights: Weights, shape: Shape, quantization: str = "int8") -> bytes:
    """The content of model.bin for weights under openai-whisper's names."""
    spec = WhisperSpec(shape.encoder_layers, shape.encoder_heads, shape.decoder_layers, shape.decoder_heads)
    _norm(spec.encoder.layer_norm, weights, "encoder.ln_post")
    for conv in ("conv1", "conv2"):
        _linear(getattr(spec.encoder, conv), weights, f"encoder.{conv}")
    spec.encoder.position_encodings.encodings = weights["encoder.positional_embedding"]
    for index, layer in enumerate(spec.encoder.layer):
        _block(layer, weights, f"encoder.blocks.{index}")
    spec.decoder.embeddings.weight = weights["decoder.token_embedding.weight"]
    spec.decoder.projection.weight = weights["decoder.token_embedding.weight"]
    spec.decoder.position_encodings.encodings = weights["decoder.positional_embedding"]
    _norm(spec.decoder.layer_norm, weights, "decoder.ln")
    for index, layer in enumerate(spec.decoder.layer):
        _block(layer, weights, f"decoder.blocks.{index}")
        _cross_attention(layer.attention, weights, f"decoder.blocks.{index}")
    spec.register_vocabulary([str(token) for token in range(len(weights["decoder.token_embedding.weight"]))])
    spec.validate()
    spec.optimize(quantization=quantization)
    with tempfile.TemporaryDirectory() as folder:
        spec.save(folder)
        return (Path(folder) / "model.bin").read_bytes()


# The specs build their attributes at run time, so there is no type for them.
def _block(layer: Any, weights: Weights, name: str) -> None:
    """Self-attention and feed-forward of an encoder or decoder layer."""
    attention = layer.self_attention
    _norm(attention.layer_norm, weights, f"{name}.attn_ln")
    _joined(attention.linear[0], weights, [f"{name}.attn.{part}" for part in ("query", "key", "value")])
    _linear(attention.linear[1], weights, f"{name}.attn.out")
    _norm(layer.ffn.layer_norm, weights, f"{name}.mlp_ln")
    _linear(layer.ffn.linear_0, weights, f"{name}.mlp.0")
    _linear(layer.ffn.linear_1, weights, f"{name}.mlp.2")


def _cross_attention(attention: Any, weights: Weights, name: str) -> None:
    _norm(attention.layer_norm, weights, f"{name}.cross_attn_ln")
    _linear(attention.linear[0], weights, f"{name}.cross_attn.query")
    _joined(attention.linear[1], weights, [f"{name}.cross_attn.{part}" for part in ("key", "value")])
    _linear(attention.linear[2], weights, f"{name}.cross_attn.out")


def _norm(spec: Any, weights: Weights, name: str) -> None:
    spec.gamma, spec.beta = weights[f"{name}.weight"], weights[f"{name}.bias"]


def _linear(spec: Any, weights: Weights, name: str) -> None:
    spec.weight, spec.bias = weights[f"{name}.weight"], weights[f"{name}.bias"]


def _joined(spec: Any, weights: Weights, names: list[str]) -> None:
    """One linear layer (sum of outputs, width) out of several; Whisper's keys have no bias."""
    parts = [weights[f"{name}.weight"] for name in names]
    biases = [
        weights.get(f"{name}.bias", np.zeros(len(part), np.float32)) for name, part in zip(names, parts, strict=True)
    ]
    spec.weight, spec.bias = np.concatenate(parts), np.concatenate(biases)
