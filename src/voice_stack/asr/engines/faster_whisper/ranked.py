"""A model on workers that share the cores, and processes apart for who has the machine to himself."""

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from voice_stack.asr.engines.faster_whisper.apart import LostError, WhisperApart
from voice_stack.asr.engines.faster_whisper.batched import BatchedWhisper
from voice_stack.core.neighbours import Neighbours

logger = logging.getLogger("voice_stack.asr")

# Cores that others may use of a machine that counts as quiet. Threads on all cores wait for each other hundreds of
# times a second: one core that is taken by another program makes them slower than a single thread.
_QUIET_CORES = 0.25


class Unit(Protocol):
    """The unit that a thread works on."""

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
        """True when several of them are computed at once."""
        ...


class Lone:
    """Processes that have all cores each, and of which one computes at a time.

    Args:
        commands, films: the processes, and how they are called.
        called: makes of a process what is called as the model is.
    """

    def __init__(
        self, commands: WhisperApart, films: WhisperApart, called: Callable[[WhisperApart], BatchedWhisper]
    ) -> None:
        self.commands, self.films = commands, films
        self.call_commands, self.call_films = called(commands), called(films)
        self._neighbours = Neighbours(lambda: [os.getpid(), *(one.pid for one in (commands, films) if one.pid)])
        self._neighbours.watch()

    @property
    def is_quiet(self) -> bool:
        """True when no other program keeps a core busy."""
        cores = self._neighbours.cores
        return cores is not None and cores < _QUIET_CORES

    def close(self) -> None:
        """End the processes."""
        self._neighbours.close()
        self.commands.unload_model()
        self.films.unload_model()


class RankedWhisper:
    """Stands in for a `ctranslate2.models.Whisper` whose work has ranks, and is called like one, by many threads.

    A unit that is alone on a quiet machine is computed apart, with all cores. Where several come at once, or other
    programs are busy, the workers here do it, who do not wait for each other. A film that is computed apart stands
    still while something of rank 0 is computed, though it be in the middle of a computation, which CTranslate2 cannot
    interrupt. What is computed is the same everywhere.

    Args:
        first: the workers here.
        unit: what this thread works on.
        lone: the processes; None: there are none.
    """

    def __init__(self, first: BatchedWhisper, unit: Callable[[], Unit], lone: Lone | None) -> None:
        self._first = first
        self._unit = unit
        self._lone = lone
        self._lock = threading.Lock()
        self._urgent_units = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._first, name)

    @property
    def has_processes(self) -> bool:
        """True when something may be computed apart."""
        return self._lone is not None

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Inside the `with` block this thread does what leads to calls."""
        urgent = not self._unit().rank
        self._count(urgent)
        try:
            with self._first.batches.at_work():
                yield
        finally:
            self._count(-urgent)

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
        if self._lone is not None:
            self._lone.close()

    def _count(self, change: int) -> None:
        with self._lock:
            self._urgent_units += change

    def _call(self, method: str, *args: Any, **options: Any) -> Any:
        lone = self._lone
        if lone is None:
            return getattr(self._first, method)(*args, **options)
        urgent = not self._unit().rank
        with lone.films.standing_still() if urgent else contextlib.nullcontext():
            mine = self._mine(lone)
            if mine is not self._first:
                try:
                    return getattr(mine, method)(*args, **options)
                except LostError as error:
                    purpose = (lone.commands if urgent else lone.films).purpose
                    logger.warning("%s are computed on workers that share the cores: %s", purpose, error)
            return getattr(self._first, method)(*args, **options)

    def _mine(self, lone: Lone) -> BatchedWhisper:
        """The copy that computes the unit; starts a process where one would be of use."""
        unit = self._unit()
        if not lone.is_quiet:
            return self._first
        if not unit.rank:
            return lone.call_commands if self._urgent_units <= 1 and _is_there(lone.commands) else self._first
        if unit.windows == 1 and not lone.films.running:
            return self._first  # a short job is not worth a process
        return lone.call_films if _is_there(lone.films) else self._first


def _is_there(apart: WhisperApart) -> bool:
    """True when a process can be called; one that is not there begins to start."""
    if not apart.running and not apart.lost:
        apart.start()
    return apart.running and not apart.lost
