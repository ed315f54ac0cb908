"""A tone, and what has become of it."""

import subprocess
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.audio.clip import Samples

HERTZ: Final = 441.0
LEVEL: Final = 0.5


def tone(samples: int, sample_rate: int, hertz: float = HERTZ) -> Samples:
    """A sine that starts at 0: (time,) float32."""
    return (LEVEL * np.sin(2 * np.pi * hertz * np.arange(samples) / sample_rate)).astype(np.float32)


def uneven(samples: Samples, chunks: int, seed: int = 1) -> list[Samples]:
    """The samples in so many pieces of random lengths, some of them tiny."""
    cuts = np.sort(np.random.default_rng(seed).choice(len(samples), chunks - 1, replace=False))
    return np.split(samples, cuts)


def decoded(binary: str, data: bytes, *raw: str) -> Samples:
    """What FFmpeg makes of a file at the file's own rate; `raw` says how to read headerless data."""
    command = [binary, "-nostdin", "-v", "quiet", *raw, "-i", "pipe:0", "-f", "f32le", "pipe:1"]
    return np.frombuffer(subprocess.run(command, input=data, capture_output=True, timeout=60).stdout, "<f4")


@dataclass(frozen=True)
class Fit:
    """The sine that fits best.

    Attributes:
        hertz: its frequency.
        level: its amplitude.
        delay: samples that it lies behind a sine that starts at 0 with the first sample.
        residual: what it does not explain: (time,).
    """

    hertz: float
    level: float
    delay: float
    residual: NDArray[np.float64]


def fit(samples: Samples, sample_rate: int, hertz: float = HERTZ) -> Fit:
    """Measure a tone of about `hertz`."""
    half = len(samples) // 2
    _, first, _ = _components(samples[:half], sample_rate, hertz)
    _, second, _ = _components(samples[half : 2 * half], sample_rate, hertz)
    turned = (second - first - 2 * np.pi * hertz * half / sample_rate + np.pi) % (2 * np.pi) - np.pi
    exact = hertz + turned / (2 * np.pi * half / sample_rate)
    level, phase, residual = _components(samples, sample_rate, exact)
    return Fit(exact, level, -phase / (2 * np.pi * exact) * sample_rate, residual)


def _components(samples: Samples, sample_rate: int, hertz: float) -> tuple[float, float, NDArray[np.float64]]:
    angle = 2 * np.pi * hertz * np.arange(len(samples)) / sample_rate
    basis = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    sine, cosine = np.linalg.lstsq(basis, samples.astype(np.float64), rcond=None)[0]
    residual = samples - basis @ np.array([sine, cosine])
    return float(np.hypot(sine, cosine)), float(np.arctan2(cosine, sine)), residual
