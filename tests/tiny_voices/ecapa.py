"""A tiny ECAPA-TDNN: a checkpoint with the tensors of SpeechBrain's, 16 channels wide, with random weights."""

from pathlib import Path
from typing import Any

CHANNELS, POOLED, SIZE, SCALE = 16, 48, 32, 8
_BANDS = 80
_NARROW = 4


def tensors() -> dict[str, Any]:
    """The tensors by the names of `speechbrain.lobes.models.ECAPA_TDNN`."""
    import torch

    random = torch.Generator().manual_seed(0)
    found: dict[str, Any] = {}

    def conv(name: str, out: int, inside: int, kernel: int = 1) -> None:
        found[f"{name}.weight"] = torch.randn(out, inside, kernel, generator=random) / (inside * kernel) ** 0.5
        found[f"{name}.bias"] = 0.1 * torch.randn(out, generator=random)

    def norm(name: str, size: int) -> None:
        found[f"{name}.weight"] = 1 + 0.1 * torch.randn(size, generator=random)
        found[f"{name}.bias"] = 0.1 * torch.randn(size, generator=random)
        found[f"{name}.running_mean"] = 0.1 * torch.randn(size, generator=random)
        found[f"{name}.running_var"] = 1 + 0.1 * torch.rand(size, generator=random)
        found[f"{name}.num_batches_tracked"] = torch.tensor(1)

    def layer(name: str, out: int, inside: int, kernel: int = 1) -> None:
        conv(f"{name}.conv.conv", out, inside, kernel)
        norm(f"{name}.norm.norm", out)

    layer("blocks.0", CHANNELS, _BANDS, 5)
    for number in (1, 2, 3):
        layer(f"blocks.{number}.tdnn1", CHANNELS, CHANNELS)
        for part in range(SCALE - 1):
            layer(f"blocks.{number}.res2net_block.blocks.{part}", CHANNELS // SCALE, CHANNELS // SCALE, 3)
        layer(f"blocks.{number}.tdnn2", CHANNELS, CHANNELS)
        conv(f"blocks.{number}.se_block.conv1.conv", _NARROW, CHANNELS)
        conv(f"blocks.{number}.se_block.conv2.conv", CHANNELS, _NARROW)
    layer("mfa", POOLED, 3 * CHANNELS)
    layer("asp.tdnn", _NARROW, 3 * POOLED)
    conv("asp.conv.conv", POOLED, _NARROW)
    norm("asp_bn.norm", 2 * POOLED)
    conv("fc.conv", SIZE, 2 * POOLED)
    return found


def build_model(folder: Path) -> Path:
    """A folder as SpeechBrain publishes it: embedding_model.ckpt."""
    import torch

    torch.save(tensors(), folder / "embedding_model.ckpt")
    return folder
