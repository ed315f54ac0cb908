"""Make a trained checkpoint the fixture: `python -m tests.tiny_whisper.export CHECKPOINT [--out DIR]`."""

from __future__ import annotations

import argparse
import lzma
from pathlib import Path

import torch

from .build import FIXTURES, OPENAI_NAME, write_atomically
from .ct2_layout import Shape, model_bin


def ct2_model_bin(checkpoint: Path) -> bytes:
    """CTranslate2's model.bin (int8) of an openai-whisper checkpoint."""
    content = torch.load(checkpoint, map_location="cpu", weights_only=True)
    dims = content["dims"]
    weights = {name: value.float().numpy() for name, value in content["model_state_dict"].items()}
    shape = Shape(dims["n_audio_layer"], dims["n_audio_head"], dims["n_text_layer"], dims["n_text_head"])
    return model_bin(weights, shape)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--out", type=Path, default=FIXTURES)
    options = parser.parse_args()
    packed = {
        OPENAI_NAME: options.checkpoint.read_bytes(),
        "whisper-digits-ct2-model.bin": ct2_model_bin(options.checkpoint),
    }
    options.out.mkdir(parents=True, exist_ok=True)
    for name, content in packed.items():
        path = options.out / f"{name}.xz"
        write_atomically(path, lzma.compress(content, preset=9 | lzma.PRESET_EXTREME))
        print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
