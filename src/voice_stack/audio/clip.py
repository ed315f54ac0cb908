"""Audio in memory."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Mono PCM: shape (time,), float32 in [-1, 1]."""


@dataclass(frozen=True, slots=True, eq=False)
class AudioClip:
    """A stretch of mono audio.

    Attributes:
        samples: (time,) float32 in [-1, 1].
        sample_rate: Hz.
    """

    samples: Samples
    sample_rate: int

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / self.sample_rate

    def slice(self, start: float, end: float) -> "AudioClip":
        """The part from `start` to `end` (seconds), clipped to what there is. Shares memory."""
        first = max(0, round(start * self.sample_rate))
        last = max(first, round(end * self.sample_rate))
        return AudioClip(self.samples[first:last], self.sample_rate)


def from_s16le(data: bytes | bytearray | memoryview) -> Samples:
    """Decode little-endian signed 16-bit PCM to (time,) float32 in [-1, 1).

    A trailing odd byte is dropped.
    """
    view = memoryview(data)[: len(data) // 2 * 2]
    return np.frombuffer(view, dtype="<i2").astype(np.float32) / 32768.0


def to_s16le(samples: Samples) -> bytes:
    """Encode (time,) float32 as little-endian signed 16-bit PCM; values beyond [-1, 1] are clipped, never wrapped."""
    scaled: NDArray[np.int16] = np.clip(np.rint(samples * 32768.0), -32768, 32767).astype("<i2")
    return scaled.tobytes()
