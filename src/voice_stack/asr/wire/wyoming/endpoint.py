"""End of a spoken command, heard while it comes: speech, and then enough silence."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.asr.recognition.live_turns import TurnChange, TurnDetector, TurnRule, frames_in
from voice_stack.audio.clip import Samples
from voice_stack.audio.resample import Resampler
from voice_stack.audio.speech_stream import FRAME, SpeechStream
from voice_stack.audio.vad import SAMPLE_RATE
from voice_stack.core.errors import InvalidRequestError

SILENCE_S: Final = {"aggressive": 0.25, "default": 0.7, "relaxed": 1.25}
"""Seconds of silence that end a command, by what Wyoming calls the sensitivity; they are those of Home Assistant."""

# Speech that makes a command, and the seconds without any after which none is waited for any more.
_SPEECH_S: Final = 0.3
_NO_SPEECH_S: Final = 15.0


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
        self._turns = TurnDetector(TurnRule(threshold, silence_s=silence_s, idle_s=_NO_SPEECH_S))
        self._resampler = Resampler(rate, SAMPLE_RATE)
        self._stream = SpeechStream()
        self._rest: Samples = np.empty(0, np.float32)
        self._speech = 0  # frames, of the turn that is on

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
        change = self._turns.step(probability)
        if change is TurnChange.STARTED:
            self._speech = self._turns.onset_frames
        elif self._turns.talking and not self._turns.quiet:
            self._speech += 1
        is_command = self._speech >= frames_in(_SPEECH_S)  # else it was a click
        return change is TurnChange.IDLE or (change is TurnChange.STOPPED and is_command)
