"""From the latents of XTTS's language model to sound, part by part.

The vocoder (HiFi-GAN) is purely convolutional: a sample depends on a few frames around it and on nothing else. So each
part is computed from its own frames and that neighbourhood, and what comes out is what the vocoder makes of the whole
utterance at once: no joints to blend, no end to lose, and work that grows with the length instead of its square.
(coqui-tts vocodes everything from the start for each part, and blends guesses of what follows.)
"""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from voice_stack.audio.clip import Samples

if TYPE_CHECKING:
    import torch


class StreamVocoder:
    """Turns latents into sound as they come. For one utterance; not thread-safe.

    Args:
        decoder: the `hifigan_decoder` of a loaded `Xtts`.
        speaker_embedding: (1, 512, 1), on the decoder's device.
    """

    def __init__(self, decoder: Any, speaker_embedding: "torch.Tensor") -> None:
        self._decoder = decoder
        self._speaker = speaker_embedding
        self._hop = math.prod(layer.stride[0] for layer in decoder.waveform_decoder.ups)
        self._reach = receptive_field(decoder.waveform_decoder)
        self._frames_per_latent = decoder.ar_mel_length_compression / decoder.output_hop_length
        self._rate = decoder.output_sample_rate / decoder.input_sample_rate
        # Frames at the end whose interpolation waits for the next latent.
        self._unsettled = math.ceil((self._frames_per_latent / 2 + 1) * self._rate)
        self._latents: list[torch.Tensor] = []
        self._spoken = 0  # frames

    def add(self, latent: "torch.Tensor") -> None:
        """Take the next latent: (1, channels)."""
        self._latents.append(latent)

    def speak(self, *, final: bool) -> Samples:
        """The sound that is settled and was not given yet; may be empty.

        Args:
            final: no latent follows, so that all of the rest is settled.
        """
        if not self._latents:
            return np.zeros(0, np.float32)
        frames = self._frames()
        total = frames.shape[-1]
        settled = total if final else total - self._unsettled - self._reach
        if settled <= self._spoken:
            return np.zeros(0, np.float32)
        first = max(0, self._spoken - self._reach)
        window = frames[..., first : settled + self._reach]
        wave = self._decoder.waveform_decoder(window, g=self._speaker)[0, 0]
        part = wave[(self._spoken - first) * self._hop : (settled - first) * self._hop]
        self._spoken = settled
        samples: Samples = part.float().cpu().numpy()
        return samples

    def _frames(self) -> "torch.Tensor":
        """Input of the vocoder: (1, channels, frames), stretched as `HifiDecoder.forward` does.

        All of it each time: it costs a thousandth of the vocoder, and its grid does not fall on latents.
        """
        from torch.nn.functional import interpolate

        frames = interpolate(
            _stack(self._latents).transpose(1, 2), scale_factor=[self._frames_per_latent], mode="linear"
        )
        return frames if self._rate == 1 else interpolate(frames, scale_factor=[self._rate], mode="linear")


def receptive_field(generator: Any) -> int:
    """Frames on either side of a frame that its sound depends on.

    Args:
        generator: coqui's `HifiganGenerator`.
    """
    reach = _half(generator.conv_post)
    for stage in reversed(range(generator.num_upsamples)):
        blocks = generator.resblocks[stage * generator.num_kernels : (stage + 1) * generator.num_kernels]
        reach += max(sum(_half(layer) for layer in _layers(block)) for block in blocks)
        up = generator.ups[stage]
        kernel, stride, padding = up.kernel_size[0], up.stride[0], up.padding[0]
        reach = math.ceil((reach + max(padding, kernel - 1 - padding)) / stride)
    return reach + _half(generator.conv_pre)


def _layers(block: Any) -> list[Any]:
    return [*block.convs1, *block.convs2] if hasattr(block, "convs1") else list(block.convs)


def _half(layer: Any) -> int:
    """Samples on either side that a convolution looks at."""
    return int((layer.kernel_size[0] - 1) // 2 * layer.dilation[0])


def _stack(latents: "list[torch.Tensor]") -> "torch.Tensor":
    import torch

    return torch.cat(latents, dim=0)[None]
