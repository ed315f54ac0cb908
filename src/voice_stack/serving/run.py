"""Work of any kind under way: what every run is given, holds, and tells in the end."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

from voice_stack.core.errors import CancelledWorkError
from voice_stack.serving.scheduling.policy import Lane
from voice_stack.serving.work import Work

ItemT = TypeVar("ItemT")
StartT = TypeVar("StartT")
ReportT = TypeVar("ReportT", bound="Report")


@dataclass(frozen=True, slots=True)
class Report:
    """Costs of work that has come to its end.

    Attributes:
        engine: name of the engine that answered.
        model: id of its model.
        audio_s: seconds of audio, heard or made.
        engine_s: seconds inside the engine, waiting excluded.
        waited_s: seconds of waiting for turns.
    """

    engine: str
    model: str
    audio_s: float
    engine_s: float
    waited_s: float

    @property
    def real_time_factor(self) -> float:
        """Seconds in the engine for a second of audio; 0 without audio."""
        return self.engine_s / self.audio_s if self.audio_s else 0.0


class EngineRun(ABC, Generic[ItemT, StartT, ReportT]):
    """Work under way on an engine. Iterate it once for its results; close it in any case, early to abandon the rest.

    Args:
        start: plain data about what is known before the first result.
        work: the seat at the engine, which is given back with the run.
        on_finished: called once with the report, when the run has come to its end.

    Attributes:
        start: as given.
    """

    def __init__(self, start: StartT, work: Work, on_finished: Callable[[ReportT], None]) -> None:
        self.start = start
        self._ask = work.ask
        self._seat = work.seat
        self._on_finished = on_finished
        self._iterator = self._run()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Generator[ItemT]:
        return self._iterator

    def close(self) -> None:
        """Give up what is left, and free what the run holds. Idempotent."""
        self._iterator.close()
        self._seat.close()

    @property
    def lane(self) -> Lane:
        """Lane in which its next unit queues."""
        return self._seat.lane

    @property
    @abstractmethod
    def report(self) -> ReportT:
        """Costs so far; of the whole once the iteration has ended."""

    @abstractmethod
    def _run(self) -> Generator[ItemT]:
        """The results. The last thing that it does is to call `_on_finished`."""

    def _check_stop(self) -> None:
        """See that somebody still waits.

        Raises:
            CancelledWorkError: nobody does.
        """
        if self._ask.stop.is_set():
            raise CancelledWorkError("The client is gone.")


def as_generator(items: Iterator[Any]) -> Generator[Any]:
    """A generator over an engine's own iterator, whatever kind it is: closing it closes that."""
    yield from items
