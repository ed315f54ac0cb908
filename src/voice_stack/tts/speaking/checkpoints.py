"""The sound of units that are spoken, for a job whose process ends in the middle."""

from collections import deque
from collections.abc import Sequence

import numpy as np

from voice_stack.audio.clip import Samples
from voice_stack.serving.attempt import CheckpointLog, records_of
from voice_stack.tts.types import WordStart


class SpokenUnits:
    """Sound that the engine gave for each unit, sample by sample, in order. Blocking.

    The engine's own sound is kept rather than the finished one: level, joints and encoding depend on all that comes
    before, and made anew of the same clips they give the very bytes of an undisturbed run.

    Args:
        log: where it is kept: (time,) float32, 96 kB a second at 24 kHz.
        identity: of everything that the units depend on.

    Raises:
        OSError: the log cannot be written.
    """

    def __init__(self, log: CheckpointLog, identity: str) -> None:
        self._log = log
        self._finished = deque(records_of(log, identity))

    def recall(self) -> tuple[list[Samples], list[WordStart]] | None:
        """The clips of the next unit, and where its words begin; None when it is to be spoken."""
        if not self._finished:
            return None
        number, record = self._finished.popleft()
        sound = np.frombuffer(self._log.payload(number), "<f4").astype(np.float32)
        edges = np.cumsum(record["clips"])[:-1]
        words = [WordStart(character, sample) for character, sample in record.get("words", [])]
        return (list(np.split(sound, edges)) if record["clips"] else []), words

    def keep(self, clips: Sequence[Samples], words: Sequence[WordStart] = ()) -> None:
        """Note the clips of the unit that was spoken just now, and where its words begin.

        Raises:
            OSError: it could not be written.
        """
        payload = b"".join(clip.astype("<f4").tobytes() for clip in clips)
        begun = [(word.character, word.sample) for word in words]
        self._log.append({"clips": [len(clip) for clip in clips], "words": begun}, payload)
