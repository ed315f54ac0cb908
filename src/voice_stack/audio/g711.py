"""G.711: telephone speech, a byte a sample at 8 kHz, in both of its laws (ITU-T G.711)."""

from enum import Enum
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.audio.clip import Samples

SAMPLE_RATE: Final = 8_000


class Law(Enum):
    """A companding law."""

    MU = "mu-law"
    """North America and Japan."""
    A = "A-law"
    """Everywhere else."""

    @cached_property
    def levels(self) -> Samples:
        """(256,) float32 in [-1, 1): what each byte stands for."""
        code = np.arange(256)
        if self is Law.MU:
            code = ~code & 0xFF
            magnitude = (((code & 0x0F) << 3) + 0x84 << (code >> 4 & 7)) - 0x84
            return np.where(code & 0x80, -magnitude, magnitude).astype(np.float32) / 32768.0
        code = code ^ 0x55
        exponent, mantissa = code >> 4 & 7, code & 0x0F
        steep = (mantissa << 4) + 0x108 << np.maximum(exponent - 1, 0)
        magnitude = np.where(exponent, steep, (mantissa << 4) + 8)
        return np.where(code & 0x80, magnitude, -magnitude).astype(np.float32) / 32768.0

    def decode(self, data: bytes) -> Samples:
        """(time,) float32 in [-1, 1)."""
        return self.levels[np.frombuffer(data, np.uint8)]

    def encode(self, samples: Samples) -> bytes:
        """The nearest level for each of (time,) float32; what is louder than the loudest is clipped."""
        order: NDArray[np.intp] = np.argsort(self.levels, kind="stable")
        sorted_levels = self.levels[order]
        middles = (sorted_levels[1:] + sorted_levels[:-1]) / 2
        return order[np.searchsorted(middles, samples)].astype(np.uint8).tobytes()
