"""A tiny CAM++: a network of 60 kB with CAM++'s input and output. Its vector tells how much each band moves."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from tests.tiny_voices.tones import constant, save

SIZE = 192
_BANDS = 80


def build_model(folder: Path) -> Path:
    """A folder as `make real` leaves it: campplus.onnx."""
    build_network(folder / "campplus.onnx")
    return folder


def build_network(path: Path, *, input_name: str = "feats", facts: Mapping[str, str] | None = None) -> Path:
    """One network.

    Args:
        input_name: `x` in sherpa-onnx's exports.
        facts: metadata, as sherpa-onnx writes it.
    """
    weights = np.random.default_rng(0).normal(size=(_BANDS, SIZE)).astype(np.float32)
    nodes = [
        helper.make_node("Mul", [input_name, input_name], ["power"]),
        helper.make_node("ReduceMean", ["power"], ["moved"], axes=[1], keepdims=0),
        helper.make_node("MatMul", ["moved", "weights"], ["embedding"]),
    ]
    shape: list[str | int | None] = ["batch", "frames", _BANDS]
    save(
        path,
        nodes,
        [helper.make_tensor_value_info(input_name, TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", SIZE])],
        [constant("weights", weights)],
    )
    if facts:
        model = onnx.load(path)
        helper.set_model_props(model, dict(facts))
        onnx.save(model, path)
    return path
