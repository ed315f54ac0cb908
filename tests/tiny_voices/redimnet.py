"""A tiny ReDimNet2: a network with its input and output. Its vector tells how much each band moves."""

from pathlib import Path

import numpy as np
from onnx import TensorProto, helper

from tests.tiny_voices.tones import constant, save

SIZE = 192
_BANDS = 72


def build_model(folder: Path) -> Path:
    """A folder with one network."""
    weights = np.random.default_rng(0).normal(size=(_BANDS, SIZE)).astype(np.float32)
    nodes = [
        helper.make_node("Mul", ["features", "features"], ["power"]),
        helper.make_node("ReduceMean", ["power"], ["moved"], axes=[1, 3], keepdims=0),
        helper.make_node("MatMul", ["moved", "weights"], ["embedding"]),
    ]
    shape: list[str | int | None] = [1, 1, _BANDS, "frames"]
    save(
        folder / "b0-vox2-lm.onnx",
        nodes,
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, SIZE])],
        [constant("weights", weights)],
    )
    return folder
