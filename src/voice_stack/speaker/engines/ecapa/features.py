"""Features as SpeechBrain's `Fbank` makes them with 80 bands, their mean over the clip taken away."""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.audio.clip import Samples

BANDS: Final = 80
_RATE: Final = 16_000
_FFT: Final = 400
_SHIFT: Final = 160
_FLOOR: Final = 1e-10
_RANGE_DB: Final = 80.0


def log_mel(samples: Samples) -> NDArray[np.float32]:
    """Energies of 80 mel bands in decibels, 0 to 8,000 Hz, every 10 ms: (frames, 80) float32.

    Frames reach over both ends of the clip, into silence; what is 80 dB below the loudest is brought up to that.

    Args:
        samples: (time,) float32 at 16,000 Hz.
    """
    padded = np.pad(samples.astype(np.float64), _FFT // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::_SHIFT]
    power = np.square(np.abs(np.fft.rfft(frames * _hamming(), axis=1)))
    levels = 10 * np.log10(np.maximum(power @ _mel_banks(), _FLOOR))
    levels = np.maximum(levels, levels.max() - _RANGE_DB)
    features: NDArray[np.float32] = (levels - levels.mean(axis=0)).astype(np.float32)
    return features


@cache
def _hamming() -> NDArray[np.float64]:
    """Hamming's window, periodic."""
    return np.hamming(_FFT + 1)[:-1]


@cache
def _mel_banks() -> NDArray[np.float64]:
    """Triangles of SpeechBrain's: each as wide to both sides as its distance to the band below."""
    mel = np.linspace(0.0, 2595 * np.log10(1 + (_RATE / 2) / 700), BANDS + 2)
    hertz = 700 * (10 ** (mel / 2595) - 1)
    width, centre = (hertz[1:] - hertz[:-1])[:-1], hertz[1:-1]
    slope = (np.linspace(0, _RATE // 2, _FFT // 2 + 1)[:, None] - centre) / width
    banks: NDArray[np.float64] = np.maximum(0.0, np.minimum(slope + 1, 1 - slope))
    return banks
