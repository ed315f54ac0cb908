"""Two copies of a model: one for what somebody waits for, one whose threads have low priority for all else."""

import contextlib
import logging
import threading
from collections.abc import Callable
from typing import Any

from voice_stack.asr.engines.faster_whisper.batched import BatchedWhisper
from voice_stack.core.devices import LOW_PRIORITY, on_a_thread

logger = logging.getLogger("voice_stack.asr")


class RankedWhisper:
    """Stands in for a `ctranslate2.models.Whisper` whose work has ranks, and is called like one, by many threads.

    A unit of either copy has all cores of a machine that is otherwise idle. When units of both are there, the operating
    system gives the cores to that of rank 0 within milliseconds, in the middle of the other's computation, which
    CTranslate2 cannot interrupt. The weights are in memory twice then.

    Args:
        first: for units of rank 0, and for all while there is no other.
        load_other: makes the other copy when it is first needed, on a thread of low priority; None: there is none.
        rank: of the unit that this thread works on; 0 is most urgent.
    """

    def __init__(
        self, first: BatchedWhisper, load_other: Callable[[], BatchedWhisper] | None, rank: Callable[[], int]
    ) -> None:
        self._first = first
        self._load_other = load_other
        self._other: BatchedWhisper | None = None
        self._rank = rank
        self._loading = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._mine(), name)

    def at_work(self) -> contextlib.AbstractContextManager[None]:
        """Inside the `with` block this thread does what leads to calls of its unit's copy."""
        return self._mine().batches.at_work()

    def unload_model(self) -> None:
        """Free the memory of the model."""
        with self._loading:
            self._load_other = None
            for whisper in (self._first, self._other):
                if whisper is not None:
                    whisper.unload_model()

    def _mine(self) -> BatchedWhisper:
        if not self._rank():
            return self._first
        with self._loading:
            if self._other is None and self._load_other is not None:
                try:
                    self._other = on_a_thread(self._load_other, niceness=LOW_PRIORITY)
                except Exception as error:  # noqa: BLE001 - the first copy can do it, whatever is wrong
                    self._load_other = None
                    logger.warning("there is no second copy of the model, commands will wait for films: %s", error)
            return self._other or self._first
