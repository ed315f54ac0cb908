"""Features as Kaldi's `compute-fbank-feats` makes them, with its defaults but for dither: log energies of mel bands.

After Kaldi's feat/feature-window.cc, feature-fbank.cc and mel-computations.cc. In numpy, because it is forty lines and
no dependency; `tests/speaker` compares it with kaldi-native-fbank where that is installed.
"""

from functools import cache
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from voice_stack.audio.clip import Samples

BANDS: Final = 80
_RATE: Final = 16_000
_FRAME: Final = 400
_SHIFT: Final = 160
_FFT: Final = 512
_PREEMPHASIS: Final = 0.97
_LOWEST_HZ: Final = 20.0
_FLOOR: Final = float(np.finfo(np.float32).eps)
# A block of frames at a time, so that a long clip takes no hundreds of megabytes.
_BLOCK: Final = 2000


Window = Literal["povey", "hamming"]
"""Names of windows as Kaldi has them."""


def log_mel(samples: Samples, scale: float = 1.0, window: Window = "povey") -> NDArray[np.float32]:
    """Log energies of 80 mel bands, 20 to 8,000 Hz, every 10 ms: (frames, 80) float32.

    Frames lie wholly inside the clip, as with Kaldi's snip_edges.

    Args:
        samples: (time,) float32 at 16,000 Hz, one frame of 25 ms at least.
        scale: what the samples are multiplied by: 32768 for networks that were trained on 16-bit numbers.
        window: that the network was trained with.
    """
    frames = np.lib.stride_tricks.sliding_window_view(samples, _FRAME)[::_SHIFT]
    blocks = [_block(frames[first : first + _BLOCK] * scale, window) for first in range(0, len(frames), _BLOCK)]
    features: NDArray[np.float32] = np.concatenate(blocks)
    return features


def _block(frames: NDArray[np.floating], window: Window) -> NDArray[np.float32]:
    centred = frames - frames.mean(axis=1, keepdims=True)
    before = np.concatenate([centred[:, :1], centred[:, :-1]], axis=1)
    emphasised = (centred - _PREEMPHASIS * before) * (_povey() if window == "povey" else np.hamming(_FRAME))
    power = np.square(np.abs(np.fft.rfft(emphasised, _FFT, axis=1)))
    energies = power[:, : _FFT // 2] @ _mel_banks()
    logs: NDArray[np.float32] = np.log(np.maximum(energies, _FLOOR)).astype(np.float32)
    return logs


@cache
def _povey() -> NDArray[np.float64]:
    """Povey's window: Hann's to the power of 0.85, which does not reach zero slope at its ends."""
    window: NDArray[np.float64] = np.hanning(_FRAME) ** 0.85
    return window


@cache
def _mel_banks() -> NDArray[np.float64]:
    """Triangles on the mel scale, 1127 ln(1 + f / 700): (bins without the last, bands)."""
    mel = 1127.0 * np.log1p(np.arange(_FFT // 2) * (_RATE / _FFT) / 700.0)
    lowest, highest = 1127.0 * np.log1p(np.array([_LOWEST_HZ, _RATE / 2]) / 700.0)
    edges = np.linspace(lowest, highest, BANDS + 2)
    rising = (mel[:, None] - edges[None, :-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[None, 2:] - mel[:, None]) / (edges[2:] - edges[1:-1])
    banks: NDArray[np.float64] = np.maximum(0.0, np.minimum(rising, falling))
    return banks
