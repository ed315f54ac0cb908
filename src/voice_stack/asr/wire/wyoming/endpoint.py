"""End of a spoken command, heard while it comes: speech, and then enough silence."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.audio.clip import Samples
from voice_stack.audio.resample import Resampler
from voice_stack.audio.speech_stream import FRAME, FRAME_S, SpeechStream
from voice_stack.audio.vad import SAMPLE_RATE
from voice_stack.core.errors import InvalidRequestError

SILENCE_S: Final = {"aggressive": 0.25, "default": 0.7, "relaxed": 1.25}
"""Seconds of silence that end a command, by what Wyoming calls the sensitivity; they are those of Home Assistant."""

# Speech that makes a command, and the seconds without any after which none is waited for any more.
_SPEECH_S: Final = 0.3
_NO_SPEECH_S: Final = 15.0
# Silero's hysteresis: speech begins at the threshold and ends this much below it.
_MARGIN: Final = 0.15


def silence_of(sensitivity: str | None) -> float:
    """Seconds of silence for a sensitivity by name; of the default one for None.

    Raises:
        InvalidRequestError: there is no such sensitivity.
    """
    found = SILENCE_S.get(sensitivity or "default")
    if found is None:
        raise InvalidRequestError(
            f"vad_sensitivity={str(sensitivity)[:40]!r} is not one of {', '.join(SILENCE_S)}.", param="vad_sensitivity"
        )
    return found


class CommandEnd:
    """Tells when a command has ended. Loads Silero's model with the first sound; not for the event loop.

    Args:
        rate: Hz of the sound.
        silence_s: seconds of silence that end it.
        threshold: probability from which a frame is speech.
    """

    def __init__(self, rate: int, silence_s: float, threshold: float) -> None:
        self._silence_s = silence_s
        self._threshold = threshold
        self._resampler = Resampler(rate, SAMPLE_RATE)
        self._stream = SpeechStream()
        self._rest: Samples = np.empty(0, np.float32)
        self._speaking = False
        self._speech_s = self._quiet_s = 0.0

    def hears(self, sound: NDArray[np.int16]) -> bool:
        """True when the command has ended in what was heard so far.

        Args:
            sound: (time, channels), which follows that of the last call.

        Raises:
            VadError: the model or its runtime failed.
        """
        mono = (sound.astype(np.float32).mean(axis=1) / 32768).astype(np.float32)
        heard = np.concatenate([self._rest, self._resampler.write(mono)])
        whole = len(heard) - len(heard) % FRAME
        self._rest = heard[whole:].copy()
        return any(self._ends(probability) for probability in self._stream.probabilities(heard[:whole]))

    def _ends(self, probability: float) -> bool:
        """Take the next frame in: whether the command has ended with it."""
        self._speaking = probability >= self._threshold - (_MARGIN if self._speaking else 0.0)
        if self._speaking:
            self._speech_s, self._quiet_s = self._speech_s + FRAME_S, 0.0
            return False
        self._quiet_s += FRAME_S
        if self._speech_s >= _SPEECH_S:
            return self._quiet_s >= self._silence_s
        if self._quiet_s >= self._silence_s:
            self._speech_s = 0.0  # a click, and no command
        return self._quiet_s >= _NO_SPEECH_S
