"""Voice activity detection of a stream: how likely each 32 ms are speech, as they come."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.audio.clip import Samples
from voice_stack.core.errors import VadError

FRAME: Final = 512
"""Samples that Silero looks at at once: 32 ms at 16,000 Hz."""
FRAME_S: Final = 0.032

_CONTEXT = 64
_STATE = (1, 1, 128)


class SpeechStream:
    """Probabilities of speech of one stream, the same as those of the whole recording. Not thread-safe.

    Its state is plain arrays, so that it can be pickled; the network is shared by all streams.
    """

    def __init__(self) -> None:
        self._hidden = np.zeros(_STATE, np.float32)
        self._cell = np.zeros(_STATE, np.float32)
        self._context = np.zeros(_CONTEXT, np.float32)

    def probabilities(self, samples: Samples) -> NDArray[np.float32]:
        """Probability of speech in each of the next frames.

        Args:
            samples: (n * FRAME,) float32 at 16,000 Hz: the stream goes on with them.

        Returns:
            (n,) float32 in [0, 1].

        Raises:
            VadError: the model or its runtime failed.
        """
        count = len(samples) // FRAME
        if len(samples) != count * FRAME:
            raise VadError(f"A stream is given whole frames of {FRAME} samples, not {len(samples)} samples.")
        if not count:
            return np.empty(0, np.float32)
        frames = samples.reshape(count, FRAME)
        before = np.concatenate([self._context[None], frames[:-1, -_CONTEXT:]])
        try:
            from faster_whisper.vad import get_vad_model

            feeds = {"input": np.concatenate([before, frames], 1), "h": self._hidden, "c": self._cell}
            found, self._hidden, self._cell = get_vad_model().session.run(None, feeds)
        except Exception as error:  # onnxruntime's exceptions have no common base but this one
            raise VadError(f"Voice activity detection failed: {error}") from error
        self._context = frames[-1, -_CONTEXT:].copy()
        probabilities: NDArray[np.float32] = np.asarray(found, np.float32).reshape(-1)
        return probabilities
