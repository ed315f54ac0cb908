"""ECAPA-TDNN, computed from the tensors of SpeechBrain's checkpoint.

Desplanques, Thienpondt and Demuynck, "ECAPA-TDNN: Emphasized Channel Attention, Propagation and Aggregation in TDNN
Based Speaker Verification" (Interspeech 2020). The names are those of `speechbrain.lobes.models.ECAPA_TDNN`; how wide
everything is, the tensors say.
"""

from collections.abc import Mapping
from typing import Any, Final

_DILATIONS: Final = (1, 2, 3, 4)
_STD_FLOOR: Final = 1e-12
_NEEDED: Final = ("blocks.0.conv.conv.weight", "mfa.conv.conv.weight", "asp.conv.conv.weight", "fc.conv.weight")


class Ecapa:
    """The network. Stateless, so that many threads may use it.

    Args:
        tensors: of the checkpoint, by name.

    Raises:
        ValueError: they are of another network.
    """

    def __init__(self, tensors: Mapping[str, Any]) -> None:
        missing = [name for name in _NEEDED if name not in tensors]
        if missing:
            raise ValueError(f"it lacks {', '.join(missing)}")
        self._tensors = tensors
        self.bands = int(tensors[_NEEDED[0]].shape[1])
        self.size = int(tensors["fc.conv.weight"].shape[0])

    def __call__(self, features: Any) -> Any:
        """The vector of (1, bands, frames): (size,)."""
        import torch

        layers = [self._layer("blocks.0", features)]
        for number, dilation in enumerate(_DILATIONS[1:], 1):
            layers.append(self._block(f"blocks.{number}", layers[-1], dilation))
        joined = self._layer("mfa", torch.cat(layers[1:], dim=1))
        pooled = self._norm("asp_bn.norm", self._pooled(joined))
        return self._conv("fc.conv", pooled).reshape(-1)

    def _block(self, name: str, x: Any, dilation: int) -> Any:
        """A squeeze and excitation block around a Res2Net of dilated convolutions."""
        import torch

        left = self._conv(f"{name}.shortcut.conv", x) if f"{name}.shortcut.conv.weight" in self._tensors else x
        inner = self._layer(f"{name}.tdnn1", x)
        scale = 1
        while f"{name}.res2net_block.blocks.{scale - 1}.conv.conv.weight" in self._tensors:
            scale += 1
        parts = list(torch.chunk(inner, scale, dim=1))
        for at in range(1, scale):
            given = parts[at] if at == 1 else parts[at] + parts[at - 1]
            parts[at] = self._layer(f"{name}.res2net_block.blocks.{at - 1}", given, dilation)
        inner = self._layer(f"{name}.tdnn2", torch.cat(parts, dim=1))
        weight = torch.relu(self._conv(f"{name}.se_block.conv1.conv", inner.mean(dim=2, keepdim=True)))
        return inner * torch.sigmoid(self._conv(f"{name}.se_block.conv2.conv", weight)) + left

    def _pooled(self, x: Any) -> Any:
        """Mean and deviation over time, by attention that knows those of the whole clip."""
        import torch

        mean, std = _moments(x, torch.full_like(x[:, :1], 1 / x.shape[2]))
        whole = torch.cat([x, mean.expand_as(x), std.expand_as(x)], dim=1)
        weights = torch.softmax(self._conv("asp.conv.conv", torch.tanh(self._layer("asp.tdnn", whole))), dim=2)
        return torch.cat(_moments(x, weights), dim=1)

    def _layer(self, name: str, x: Any, dilation: int = 1) -> Any:
        return self._norm(f"{name}.norm.norm", self._conv(f"{name}.conv.conv", x, dilation).relu())

    def _conv(self, name: str, x: Any, dilation: int = 1) -> Any:
        from torch.nn import functional

        weight = self._tensors[f"{name}.weight"]
        around = dilation * (weight.shape[2] - 1) // 2
        if around:
            # A clip of a few frames cannot be mirrored so far.
            mode = "reflect" if x.shape[2] > around else "replicate"
            x = functional.pad(x, (around, around), mode=mode)
        return functional.conv1d(x, weight, self._tensors.get(f"{name}.bias"), dilation=dilation)

    def _norm(self, name: str, x: Any) -> Any:
        from torch.nn import functional

        mean, variance = self._tensors[f"{name}.running_mean"], self._tensors[f"{name}.running_var"]
        return functional.batch_norm(x, mean, variance, self._tensors[f"{name}.weight"], self._tensors[f"{name}.bias"])


def _moments(x: Any, weights: Any) -> tuple[Any, Any]:
    mean = (weights * x).sum(dim=2, keepdim=True)
    variance = (weights * (x - mean) ** 2).sum(dim=2, keepdim=True)
    return mean, variance.clamp(min=_STD_FLOOR).sqrt()
