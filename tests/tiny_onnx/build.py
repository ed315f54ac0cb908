"""All tiny models of `tests.tiny_onnx` that are built in no time."""

from pathlib import Path

from tests.tiny_onnx.canary import build_canary
from tests.tiny_onnx.gigaam import build_gigaam
from tests.tiny_onnx.nemo import build_ctc, build_tdt


def build_models(folder: Path) -> Path:
    """A folder each: tdt, ctc, canary, gigaam."""
    for name, build in (("tdt", build_tdt), ("ctc", build_ctc), ("canary", build_canary), ("gigaam", build_gigaam)):
        (folder / name).mkdir()
        build(folder / name)
    return folder
