"""One model for all that somebody waits for, and a process apart for films."""

import contextlib
import logging
from collections.abc import Callable
from typing import Any, Protocol

from voice_stack.asr.engines.faster_whisper.apart import LostError, WhisperApart
from voice_stack.asr.engines.faster_whisper.batched import BatchedWhisper

logger = logging.getLogger("voice_stack.asr")


class Unit(Protocol):
    """What a thread works on."""

    @property
    def rank(self) -> int:
        """Hurry: 0 is most urgent."""
        ...

    @property
    def windows(self) -> int:
        """Windows of the clip that were begun, this one included."""
        ...

    @property
    def together(self) -> bool:
        """Whether several of them are computed at once."""
        ...


class RankedWhisper:
    """Stands in for a `ctranslate2.models.Whisper` whose work has ranks, and is called like one, by many threads.

    A unit has all cores of a machine that is otherwise idle. While one of rank 0 is computed, the process apart stands
    still, though it be in the middle of a computation, which CTranslate2 cannot interrupt. The weights are in memory
    twice then.

    Args:
        first: for units of rank 0, and for all while nothing runs apart.
        apart: the process; None: there is none.
        other: the same process, called as `first` is.
        unit: what this thread works on.
    """

    def __init__(
        self,
        first: BatchedWhisper,
        apart: WhisperApart | None,
        other: BatchedWhisper | None,
        unit: Callable[[], Unit],
    ) -> None:
        self._first = first
        self._apart = apart
        self._other = other
        self._unit = unit

    def __getattr__(self, name: str) -> Any:
        return getattr(self._first, name)

    def at_work(self) -> contextlib.AbstractContextManager[None]:
        """Inside the `with` block this thread does what leads to calls of its unit's copy."""
        return self._mine().batches.at_work()

    def encode(self, *args: Any, **options: Any) -> Any:
        """As CTranslate2's."""
        return self._call("encode", *args, **options)

    def generate(self, *args: Any, **options: Any) -> Any:
        """As CTranslate2's."""
        return self._call("generate", *args, **options)

    def detect_language(self, *args: Any, **options: Any) -> Any:
        """As CTranslate2's."""
        return self._call("detect_language", *args, **options)

    def align(self, *args: Any, **options: Any) -> Any:
        """As CTranslate2's."""
        return self._call("align", *args, **options)

    def unload_model(self) -> None:
        """Free the memory of the model."""
        self._first.unload_model()
        if self._apart is not None:
            self._apart.unload_model()

    def _call(self, method: str, *args: Any, **options: Any) -> Any:
        mine = self._mine()
        if mine is not self._first:
            try:
                return getattr(mine, method)(*args, **options)
            except LostError as error:
                logger.warning("films are computed apart no longer, and commands wait for them: %s", error)
        urgent = not self._unit().rank
        with self._apart.standing_still() if self._apart and urgent else contextlib.nullcontext():
            return getattr(self._first, method)(*args, **options)

    def _mine(self) -> BatchedWhisper:
        unit = self._unit()
        if self._apart is None or self._other is None or self._apart.lost or not unit.rank:
            return self._first
        if not self._apart.running:
            if unit.windows == 1:
                return self._first  # a short job is not worth a process
            started = self._apart.start()
            if not unit.together:
                return self._first  # meanwhile a command waits for one window
            started.wait()
        return self._first if self._apart.lost else self._other
