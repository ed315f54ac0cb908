"""Silence at the edges of speech."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.audio.clip import Samples


class EdgeTrimmer:
    """Takes the silence off both ends of an utterance that comes piece by piece.

    What comes out is one unbroken stretch of what went in, bit for bit, pauses inside it too. It does not depend on how
    the utterance is divided. Silence is told in frames of 5 ms: a frame is sound when its power is over the threshold,
    or a peak in it more than 12 dB over it, so that the soft onset of a consonant stays and hiss does not count.

    Args:
        sample_rate: Hz.
        threshold_db: dBFS.
        keep_s: seconds of silence that may stay at each end.

    Attributes:
        skipped: samples that were taken off the beginning; known when the first sound has come out.

    Raises:
        ValueError: `keep_s` is negative.
    """

    _FRAME_S: Final = 0.005
    _CREST_DB: Final = 12.0

    def __init__(self, sample_rate: int, threshold_db: float = -50.0, keep_s: float = 0.05) -> None:
        if keep_s < 0:
            raise ValueError(f"keep_s must not be negative: {keep_s}")
        self._frame = max(1, round(self._FRAME_S * sample_rate))
        self._keep = round(keep_s * sample_rate)
        self._power = 10 ** (threshold_db / 10)
        self._peak = 10 ** ((threshold_db + self._CREST_DB) / 20)
        self._rest = np.zeros(0, np.float32)  # not yet a whole frame
        self._silence: list[Samples] = []  # at the beginning the last `keep` samples, later all since the last sound
        self._heard = False
        self.skipped = 0

    def write(self, samples: Samples) -> Samples:
        """Take the next piece.

        Args:
            samples: (time,) float32.

        Returns:
            (time,) float32: what surely belongs to the utterance by now; may be empty.
        """
        waiting = np.concatenate([self._rest, samples])
        whole = len(waiting) // self._frame * self._frame
        self._rest = waiting[whole:]
        return self._pass(waiting[:whole])

    def finish(self) -> Samples:
        """The end of the utterance: (time,) float32, with at most `keep_s` of the silence that ends it.

        An utterance without any sound gives at most `keep_s` of silence.
        """
        end = self._pass(self._rest)
        tail = np.concatenate([end[:0], *self._silence])[: self._keep]
        self._rest, self._silence = self._rest[:0], []
        return np.concatenate([end, tail])

    def _pass(self, samples: Samples) -> Samples:
        """Whole frames in (the last of an utterance may be short), all up to the last sound out."""
        loud = np.flatnonzero(self._is_loud(samples))
        if not len(loud):
            self._hold(samples)
            return samples[:0]
        first, end = int(loud[0]) * self._frame, min((int(loud[-1]) + 1) * self._frame, len(samples))
        if self._heard:
            first = 0
        else:
            self._hold(samples[:first])
            self._heard = True
        sound = np.concatenate([*self._silence, samples[first:end]])
        self._silence = [samples[end:]]
        return sound

    def _hold(self, samples: Samples) -> None:
        self._silence.append(samples)
        if not self._heard:
            before = np.concatenate(self._silence)
            beyond = max(0, len(before) - self._keep)
            self.skipped += beyond
            self._silence = [before[beyond:]]

    def _is_loud(self, samples: Samples) -> NDArray[np.bool_]:
        """Of every frame: (frames,)."""
        if not len(samples):
            return np.zeros(0, np.bool_)
        starts = np.arange(0, len(samples), self._frame)
        squares = np.square(samples, dtype=np.float64)
        lengths = np.diff(np.append(starts, len(samples)))
        quiet = np.add.reduceat(squares, starts) / lengths <= self._power
        quiet &= np.maximum.reduceat(squares, starts) <= self._peak**2
        # Negated, so that NaN is no silence: others make something of it.
        loud: NDArray[np.bool_] = ~quiet
        return loud
