"""The inaudible mark, put into a stream of speech as it goes by."""

from typing import Final, Protocol

import numpy as np

from voice_stack.audio.clip import Samples

# The network's ear reaches 0.21 s to each side; a multiple of 0.02 s is a whole number of samples at every usual rate,
# and of the network's spectra, so that the mark does not depend on how the stream is cut.
_AROUND_S: Final = 0.24
_STEP_S: Final = 0.24
_GRID_S: Final = 0.02


class MarkNetwork(Protocol):
    """Maker of the mark."""

    def mark(self, samples: Samples) -> Samples:
        """The mark for a sound, to be added to it; both (time,) float32 at the network's rate."""
        ...


class Watermarker:
    """Adds the mark to mono samples, stretch by stretch.

    What comes out is as long as what went in, and differs from it below 2 kHz only.

    Args:
        network: makes the mark.
        network_rate: Hz of the sound that it is given.
        sample_rate: Hz of the stream: one whose 20 ms are a whole number of samples.
    """

    def __init__(self, network: MarkNetwork, network_rate: int, sample_rate: int) -> None:
        self._network = network
        self._network_rate = network_rate
        self._rate = sample_rate
        grid = round(_GRID_S * sample_rate)
        self._around = round(_AROUND_S / _GRID_S) * grid
        self._step = round(_STEP_S / _GRID_S) * grid
        # What was given out, as the network needs to see it, and what waits.
        self._before: Samples = np.zeros(self._around, np.float32)
        self._waiting: Samples = np.empty(0, np.float32)

    @property
    def held_back(self) -> float:
        """Seconds of what was written that have not come out, at most."""
        return (self._around + self._step) / self._rate

    def write(self, samples: Samples) -> Samples:
        """(time,) float32 in, what is ready of it out, marked."""
        self._waiting = np.concatenate([self._waiting, samples])
        ready = max(0, len(self._waiting) - self._around) // self._step * self._step
        return self._marked(ready)

    def finish(self) -> Samples:
        """The rest, marked."""
        rest = len(self._waiting)
        # To a whole number of steps, of silence.
        padding = -rest % self._step + self._around
        self._waiting = np.concatenate([self._waiting, np.zeros(padding, np.float32)])
        return self._marked(rest + padding - self._around)[:rest]

    def _marked(self, samples: int) -> Samples:
        """The first of what waits, marked."""
        import soxr

        if not samples:
            return np.empty(0, np.float32)
        seen = np.concatenate([self._before, self._waiting[: samples + self._around]])
        sound: Samples = self._waiting[:samples]
        if seen.any():
            there = soxr.resample(seen, self._rate, self._network_rate).astype(np.float32, copy=False)
            mark = soxr.resample(self._network.mark(there), self._network_rate, self._rate)
            sound = sound + mark[self._around : self._around + samples].astype(np.float32, copy=False)
        self._before = seen[samples : samples + self._around]
        self._waiting = self._waiting[samples:]
        return sound
