"""Features as ReDimNet2 has learnt from: the waveform at one level, log energies of 72 mel bands."""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.audio.clip import Samples

BANDS: Final = 72
_RATE: Final = 16_000
_FFT: Final = 512
_FRAME: Final = 400
_SHIFT: Final = 160
_PAD: Final = _SHIFT // 2
_PREEMPHASIS: Final = 0.97
_LOWEST_HZ, _HIGHEST_HZ = 20.0, 7600.0
_FLOOR: Final = 1e-8
# The network halves time twice.
_BY: Final = 4


def log_mel(samples: Samples) -> NDArray[np.float32]:
    """Log energies, 20 to 7,600 Hz, every 10 ms, their mean over time taken away: (72, frames) float32.

    The frames are a multiple of four.

    Args:
        samples: (time,) float32 at 16,000 Hz, a tenth of a second at least.
    """
    wave = samples.astype(np.float64)
    wave = (wave - wave.mean()) / (wave.std() + _FLOOR)
    wave = wave - _PREEMPHASIS * np.concatenate([wave[1:2], wave[:-1]])
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(wave, _PAD), _FRAME)[::_SHIFT]
    frames = frames[: len(frames) // _BY * _BY]
    spectrum = np.fft.rfft(frames * np.hamming(_FRAME), _FFT, axis=1)[:, : _FFT // 2]
    power = np.clip(np.square(np.abs(spectrum)), _FLOOR, 1 / _FLOOR)
    energies = np.log(np.clip(power @ _mel_banks(), _FLOOR, 1 / _FLOOR) + _FLOOR)
    logs: NDArray[np.float32] = (energies - energies.mean(axis=0)).T.astype(np.float32)
    return np.ascontiguousarray(logs)


@cache
def _mel_banks() -> NDArray[np.float64]:
    """Triangles on the mel scale, 2595 log10(1 + f / 700): (bins without the last, bands); none at 0 Hz."""
    low, high = 2595 * np.log10(1 + np.array([_LOWEST_HZ, _HIGHEST_HZ]) / 700)
    edges = np.linspace(low, high, BANDS + 2)
    mel = 2595 * np.log10(1 + np.linspace(0, _RATE // 2, _FFT // 2) / 700)[:, None]
    rising = (mel - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - mel) / (edges[2:] - edges[1:-1])
    banks: NDArray[np.float64] = np.maximum(0.0, np.minimum(rising, falling))
    banks[0] = 0
    return banks
