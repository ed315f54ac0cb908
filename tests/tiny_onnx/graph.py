"""Small ONNX graphs, written by hand."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

FLOAT, INT32, INT64 = TensorProto.FLOAT, TensorProto.INT32, TensorProto.INT64
_OPSET = 17
_IR_VERSION = 8  # what the oldest onnxruntime that is allowed reads

Shape = Sequence[int | str]


class Graph:
    """A graph that grows node by node; what a method returns is the name of its result."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []

    def input(self, name: str, kind: int, shape: Shape) -> str:
        self._inputs.append(helper.make_tensor_value_info(name, kind, list(shape)))
        return name

    def output(self, name: str, kind: int, shape: Shape, value: str) -> None:
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        self._outputs.append(helper.make_tensor_value_info(name, kind, list(shape)))

    def constant(self, value: NDArray[Any] | np.generic) -> str:
        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def floats(self, value: Any) -> str:
        return self.constant(np.asarray(value, np.float32))

    def ints(self, value: Any) -> str:
        return self.constant(np.asarray(value, np.int64))

    def __call__(self, operator: str, *inputs: str, **attributes: Any) -> str:
        name = f"{operator}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [name], **attributes))
        return name

    def save(
        self, path: Path, *, weights: str | None = None, facts: Mapping[str, str | int] = MappingProxyType({})
    ) -> None:
        """Write the graph.

        Args:
            weights: name of a file beside it that holds the larger constants; None: they are in it.
            facts: the model's metadata.
        """
        graph = helper.make_graph(self._nodes, path.stem, self._inputs, self._outputs, self._constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION)
        helper.set_model_props(model, {name: str(fact) for name, fact in facts.items()})
        onnx.checker.check_model(model)
        path.parent.mkdir(parents=True, exist_ok=True)
        if weights is None:
            onnx.save(model, str(path))
        else:
            onnx.save(model, str(path), save_as_external_data=True, location=weights, size_threshold=256)
