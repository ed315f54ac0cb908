"""A network that speaks in tones: the part that Piper's and Kokoro's share."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

_OPSET = 17
_IR_VERSION = 8  # what the oldest onnxruntime that is allowed reads


# Hz of token 0, and from one token to the next: whole periods in Kokoro's 40 ms, so that no tone has a mean of its own.
_FIRST = 200.0
_STEP = 25.0


def constant(name: str, value: NDArray[Any] | np.generic) -> onnx.TensorProto:
    return numpy_helper.from_array(np.asarray(value), name)


def tones(token_input: str, length: str, amplitude: str, output: str) -> list[onnx.NodeProto]:
    """Nodes that turn (1, tokens) into (tokens * length,) samples, a tone for each token.

    Args:
        token_input: int64 (1, tokens).
        length: int64 scalar, samples of a token.
        amplitude: float (1,).
        output: float (samples,).
    """

    def node(op: str, inputs: list[str], outputs: list[str], **attributes: Any) -> onnx.NodeProto:
        return helper.make_node(op, inputs, outputs, **attributes)

    return [
        node("Cast", [token_input], ["token_float"], to=TensorProto.FLOAT),
        node("Mul", ["token_float", "hertz_step"], ["hertz_above"]),
        node("Add", ["hertz_above", "hertz_first"], ["hertz"]),
        node("Unsqueeze", ["hertz", "axis_2"], ["hertz_column"]),
        node("Range", ["zero", length, "one"], ["sample_number"]),
        node("Cast", ["sample_number"], ["sample_float"], to=TensorProto.FLOAT),
        node("Mul", ["sample_float", "radians"], ["turn"]),
        node("Mul", ["hertz_column", "turn"], ["phase"]),
        node("Sin", ["phase"], ["sine"]),
        node("Mul", ["sine", amplitude], ["loud"]),
        node("Reshape", ["loud", "flat"], [output]),
    ]


def tone_constants(sample_rate: int) -> list[onnx.TensorProto]:
    """What `tones` takes as given."""
    return [
        constant("hertz_step", np.float32(_STEP)),
        constant("hertz_first", np.float32(_FIRST)),
        constant("axis_2", np.array([2], np.int64)),
        constant("zero", np.int64(0)),
        constant("one", np.int64(1)),
        constant("radians", np.float32(2 * np.pi / sample_rate)),
        constant("flat", np.array([-1], np.int64)),
    ]


def save(
    path: Path,
    nodes: list[onnx.NodeProto],
    inputs: list[onnx.ValueInfoProto],
    outputs: list[onnx.ValueInfoProto],
    constants: list[onnx.TensorProto],
) -> None:
    graph = helper.make_graph(nodes, path.stem, inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION)
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(path))


def heard(samples: NDArray[np.float32], sample_rate: int, length: int) -> list[int]:
    """The tokens behind a sound, by the strongest frequency of each stretch of `length` samples."""
    count = len(samples) // length
    window = np.hanning(length)
    found: list[int] = []
    for stretch in samples[: count * length].reshape(count, length):
        spectrum = np.abs(np.fft.rfft((stretch - stretch.mean()) * window, 8 * length))
        hertz = float(np.argmax(spectrum)) * sample_rate / (8 * length)
        found.append(round((hertz - _FIRST) / _STEP))
    return found
