"""True bandwidth: where the sound of a recording ends, whatever its sample rate promises."""

from typing import Final

import numpy as np

from voice_stack.audio.clip import AudioClip

_WINDOW_S: Final = 0.032
_BAND_HZ: Final = 200.0
# Below the strongest band, in the loud moments of each. Sibilants of clean speech are within 45 dB; what a resampler or
# a codec leaves above its edge is 70 dB below and more.
_DOWN_DB: Final = 55.0
_ACTIVE: Final = 1e-4
_LOUD_PERCENTILE: Final = 95
_FRAMES: Final = 2000


def bandwidth(clip: AudioClip) -> float:
    """Highest frequency that a recording has sound at, Hz, in steps of 200; 0 for silence.

    Args:
        clip: at any rate.
    """
    size = 1 << max(6, round(np.log2(_WINDOW_S * clip.sample_rate)))
    samples = np.pad(clip.samples, (0, max(0, size - len(clip.samples))))
    frames = np.lib.stride_tricks.sliding_window_view(samples, size)[:: size // 2]
    window = np.hanning(size)
    band = (np.fft.rfftfreq(size, 1 / clip.sample_rate) // _BAND_HZ).astype(int)
    firsts = np.flatnonzero(np.diff(band, prepend=-1))
    counts = np.diff(np.append(firsts, len(band)))
    powers = np.concatenate(
        [
            np.add.reduceat(np.square(np.abs(np.fft.rfft(frames[at : at + _FRAMES] * window, axis=1))), firsts, axis=1)
            for at in range(0, len(frames), _FRAMES)
        ]
    )
    total = powers.sum(axis=1)
    if total.max() <= 0:
        return 0.0
    loud = np.percentile(powers[total > total.max() * _ACTIVE] / counts, _LOUD_PERCENTILE, axis=0)
    highest = int(np.flatnonzero(loud > loud.max() * 10 ** (-_DOWN_DB / 10))[-1])
    return min((highest + 1) * _BAND_HZ, clip.sample_rate / 2)
