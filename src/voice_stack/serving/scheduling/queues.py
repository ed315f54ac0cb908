"""The queue of a service: who is let in, whose files are open, and turns on each of its engines."""

import contextlib
import math
import sys
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from voice_stack.core.errors import OverloadedError
from voice_stack.core.gate import FairGate
from voice_stack.serving.scheduling.admission import LaneLimits
from voice_stack.serving.scheduling.ledger import SchedulerSnapshot
from voice_stack.serving.scheduling.policy import Lane, PolicyConfig
from voice_stack.serving.scheduling.scheduler import Scheduler
from voice_stack.serving.scheduling.settings import QueueOptions

# What a client is told while no engine has a queue that could be measured: one is being loaded.
_UNKNOWN_RETRY_S = 5.0


class Capabilities(Protocol):
    """The part of an engine's abilities that the queue needs."""

    @property
    def concurrency(self) -> int:
        """Units of work that it can do at once."""
        ...


class Engine(Protocol):
    """The part of an engine that the queue needs."""

    @property
    def name(self) -> str:
        """Name of the engine."""
        ...

    @property
    def model(self) -> str:
        """Id of the loaded model."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """Its abilities."""
        ...


EngineT = TypeVar("EngineT", bound=Engine)


@dataclass(frozen=True, slots=True)
class EntranceSnapshot:
    """A lane of the whole service, at one moment.

    Attributes:
        requests: inside, from before an engine is loaded for them to their end.
        refused: for want of room, total.
    """

    requests: int
    refused: int


@dataclass(frozen=True, slots=True)
class EngineSnapshot:
    """The turns on one engine, at one moment."""

    engine: str
    model: str
    turns: SchedulerSnapshot


@dataclass(frozen=True, slots=True)
class QueueSnapshot:
    """The queue of a service, at one moment."""

    entrance: Mapping[Lane, EntranceSnapshot]
    engines: Sequence[EngineSnapshot]


class EngineQueues(Generic[EngineT]):
    """The queue of a service. Thread-safe.

    A request passes up to three doors. The entrance counts requests of each lane before anything is loaded for them.
    The engine's `Scheduler` bounds the seconds of work, and hands out turns. Between the two a batch request takes a
    place: only so many of them are under way, and hold decoded audio and child processes; the rest wait in the order
    they came, and cost a thread.

    Args:
        options: QUEUE_* and REQUEST_TIMEOUT_S.
        quantum: of the fair share, about one unit, in the engines' unit of cost.
    """

    def __init__(self, options: QueueOptions, *, quantum: float) -> None:
        self._most = {
            Lane.INTERACTIVE: options.interactive_requests,
            Lane.BATCH: options.batch_requests,
        }
        # The entrance counts requests, so an engine's scheduler need not.
        self._work = {
            Lane.INTERACTIVE: LaneLimits(sys.maxsize, options.interactive_s or math.inf),
            Lane.BATCH: LaneLimits(sys.maxsize, options.batch_s or math.inf),
        }
        self._request_timeout_s = options.request_timeout_s or math.inf
        self._quantum = quantum
        self._lock = threading.Lock()
        self._inside = dict.fromkeys(Lane, 0)
        self._refused = dict.fromkeys(Lane, 0)
        self._places = FairGate(options.batch_active)
        self._schedulers: weakref.WeakKeyDictionary[EngineT, Scheduler] = weakref.WeakKeyDictionary()

    @contextlib.contextmanager
    def enter(self, lane: Lane) -> Iterator[None]:
        """Count a request as one of its lane's, inside the `with` block.

        Raises:
            OverloadedError: the lane holds as many as it may; its Retry-After says when there should be room.
        """
        most = self._most[lane]
        with self._lock:
            full = self._inside[lane] >= most
            if full:
                self._refused[lane] += 1
            else:
                self._inside[lane] += 1
        if full:
            raise OverloadedError(
                f"The queue of {lane.value} requests is full: {most} are inside.",
                retry_after_s=self._seconds_until_room(lane),
            )
        try:
            yield
        finally:
            with self._lock:
                self._inside[lane] -= 1

    @property
    def crowded(self) -> bool:
        """True when a batch request would have to wait for a place."""
        return self._places.busy

    def place(self, lane: Lane, stop: threading.Event) -> contextlib.AbstractContextManager[None]:
        """A place among the requests that are under way, inside the `with` block. Interactive ones need none.

        Raises (on entering):
            CancelledWorkError: `stop` was set before a place came free.
        """
        return self._places.turn(stop) if lane is Lane.BATCH else contextlib.nullcontext()

    def of(self, engine: EngineT) -> Scheduler:
        """The scheduler in front of an engine, as wide as the engine can work."""
        with self._lock:
            if engine not in self._schedulers:
                width = engine.capabilities.concurrency
                # Units of batch requests that it can do besides; where it cannot, these take turns with others.
                besides = int(getattr(engine.capabilities, "background", 0))
                self._schedulers[engine] = Scheduler(
                    PolicyConfig(width + besides, self._quantum, width if besides else 0),
                    interactive=self._work[Lane.INTERACTIVE],
                    batch=self._work[Lane.BATCH],
                    request_timeout_s=self._request_timeout_s,
                )
            return self._schedulers[engine]

    @property
    def waiting(self) -> int:
        """Requests that wait for a place or for a turn."""
        return self._places.waiting + sum(scheduler.waiting for _, scheduler in self._all())

    def snapshot(self) -> QueueSnapshot:
        """State of the queues. Refusals of the engines' schedulers are counted at the entrance too."""
        engines = [EngineSnapshot(e.name, e.model, scheduler.snapshot()) for e, scheduler in self._all()]
        with self._lock:
            entrance = {
                lane: EntranceSnapshot(
                    self._inside[lane],
                    self._refused[lane] + sum(engine.turns.lanes[lane].refused for engine in engines),
                )
                for lane in Lane
            }
        return QueueSnapshot(entrance, engines)

    def _all(self) -> list[tuple[EngineT, Scheduler]]:
        with self._lock:
            return list(self._schedulers.items())

    def _seconds_until_room(self, lane: Lane) -> float:
        """The first of the engines that is rid of a request makes room."""
        told = [scheduler.seconds_until_next(lane) for _, scheduler in self._all()]
        return min((seconds for seconds in told if seconds is not None), default=_UNKNOWN_RETRY_S)
