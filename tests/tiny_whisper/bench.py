"""Weights of a full-size whisper-tiny (39 million) that ignores its input and writes a fixed number of words a window.

The decoder's position alone chooses the token: the embedding of position p is a strong copy of the token to come next,
and every so many positions that is the end of text. Timing on it is that of the real model on real speech; a plain
random model stops at once or never.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .build import MEL_BINS
from .ct2_layout import Shape
from .vocabulary import END_OF_TEXT, FIRST_TIMESTAMP, VOCABULARY_SIZE

WIDTH, LAYERS, HEADS = 384, 4, 6
CONTEXT, TEXT_CONTEXT = 1500, 448
ENGLISH = END_OF_TEXT + 2
# Positions before the first word: start, language, task, first timestamp.
PROMPT = 4
SHAPE = Shape(LAYERS, HEADS, LAYERS, HEADS)


def sinusoids(length: int, width: int) -> NDArray[np.float32]:
    """Whisper's encoder positions (length, width): sines, then cosines."""
    rates = np.exp(-np.log(10000) / (width // 2 - 1) * np.arange(width // 2))
    angles = np.arange(length)[:, None] * rates[None]
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)


def words_of(tokens: Sequence[str]) -> list[int]:
    """Ids of the tokens that are a space and ASCII letters."""
    return [
        index
        for index, token in enumerate(tokens[:END_OF_TEXT])
        if token.startswith("Ġ") and token[1:].isascii() and token[1:].isalpha()
    ]


def bench_weights(tokens: Sequence[str], tokens_per_window: int, seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """Weights under openai-whisper's names; `tokens` is the vocabulary (51865,)."""
    if not 0 < tokens_per_window <= TEXT_CONTEXT // 2 - PROMPT:
        raise ValueError(f"a window holds 1 to {TEXT_CONTEXT // 2 - PROMPT} tokens, not {tokens_per_window}")
    random = np.random.default_rng(seed)

    def normal(*shape: int, scale: float = 0.02) -> NDArray[np.float32]:
        return random.standard_normal(shape, np.float32) * np.float32(scale)

    weights: dict[str, NDArray[np.float32]] = {}

    def add_norm(name: str, gain: float = 1.0) -> None:
        weights[f"{name}.weight"] = np.full(WIDTH, gain, np.float32)
        weights[f"{name}.bias"] = np.zeros(WIDTH, np.float32)

    def add_linear(name: str, *shape: int) -> None:
        weights[f"{name}.weight"] = normal(*shape)
        weights[f"{name}.bias"] = np.zeros(shape[0], np.float32)

    add_linear("encoder.conv1", WIDTH, MEL_BINS, 3)
    add_linear("encoder.conv2", WIDTH, WIDTH, 3)
    weights["encoder.positional_embedding"] = sinusoids(CONTEXT, WIDTH)
    for side in ("encoder", "decoder"):
        for layer in range(LAYERS):
            block = f"{side}.blocks.{layer}"
            for attention in ("attn", "cross_attn") if side == "decoder" else ("attn",):
                add_norm(f"{block}.{attention}_ln")
                for part in ("query", "key", "value", "out"):
                    add_linear(f"{block}.{attention}.{part}", WIDTH, WIDTH)
            add_norm(f"{block}.mlp_ln")
            add_linear(f"{block}.mlp.0", 4 * WIDTH, WIDTH)
            add_linear(f"{block}.mlp.2", WIDTH, 4 * WIDTH)
    add_norm("encoder.ln_post")
    add_norm("decoder.ln", gain=3.0)
    embedding = normal(VOCABULARY_SIZE, WIDTH, scale=0.05)
    embedding[FIRST_TIMESTAMP:] *= np.float32(0.2)  # a timestamp never wins against the token that is due
    due = random.choice(words_of(tokens), TEXT_CONTEXT, replace=False)
    due[tokens_per_window + PROMPT - 1 :: tokens_per_window + PROMPT] = END_OF_TEXT
    positions = embedding[due] * np.float32(60)
    positions[0] += embedding[ENGLISH] * np.float32(30)  # language detection looks at position 0
    weights["decoder.token_embedding.weight"] = embedding
    weights["decoder.positional_embedding"] = positions
    return weights
