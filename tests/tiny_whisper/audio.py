"""Small audio helpers without scipy: resampling, trimming, WAV reading."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from ._types import Samples

SAMPLE_RATE = 16000  # Hz, of everything the model hears


def resample(samples: Samples, rate: int, target: int = SAMPLE_RATE) -> Samples:
    """Samples (time,) at `rate` Hz as samples (time * target / rate,) at `target` Hz, band-limited, by FFT."""
    if rate == target:
        return samples
    # Whole numbers of samples on both sides keep the ratio exact; the zeros keep the end out of the beginning.
    divisor = int(np.gcd(rate, target))
    unit_in, unit_out = rate // divisor, target // divisor
    units = -(-(len(samples) + 256) // unit_in)
    spectrum = np.fft.rfft(samples, units * unit_in)
    length = units * unit_out
    bins = min(len(spectrum), length // 2 + 1)
    resized = np.zeros(length // 2 + 1, spectrum.dtype)
    resized[:bins] = spectrum[:bins]
    output = np.fft.irfft(resized, length) * (length / (units * unit_in))
    return output[: -(-len(samples) * target // rate)].astype(np.float32)


def trim(samples: Samples, threshold: float = 0.01) -> Samples:
    """Cut what is quieter than `threshold` of the peak from both ends, but leave 10 ms before and 20 ms after."""
    loud = np.flatnonzero(np.abs(samples) > threshold * max(1e-4, float(np.abs(samples).max())))
    if not len(loud):
        return samples
    return samples[max(0, loud[0] - SAMPLE_RATE // 100) : loud[-1] + SAMPLE_RATE // 50]


def level(samples: Samples, rms: float = 0.06) -> Samples:
    """Scale to a root mean square of `rms`."""
    present = float(np.sqrt(np.mean(np.square(samples))))
    return (samples * (rms / max(1e-4, present))).astype(np.float32)


def read_wav(path: Path) -> tuple[Samples, int]:
    """Mono 16-bit WAV as samples (time,) and the rate in Hz."""
    with wave.open(str(path), "rb") as file:
        if file.getnchannels() != 1 or file.getsampwidth() != 2:
            raise ValueError(f"{path}: want mono 16-bit")
        pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return pcm.astype(np.float32) / np.float32(32768), file.getframerate()
