"""Admission to the queue: pure, without threads and without a clock."""

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from voice_stack.core.errors import OverloadedError
from voice_stack.serving.scheduling.policy import Lane

# What a client is told before the engine's speed is known.
_UNKNOWN_RETRY_S = 5.0
# Beyond this an estimate is a guess; and nobody should forget to come back.
_LONGEST_RETRY_S = 3600.0
# What is told of a queue whose engine was measured at next to nothing.
_LONGEST_WORK_S = 1e9


@dataclass(frozen=True, slots=True)
class LaneLimits:
    """Bounds of a lane.

    Attributes:
        max_requests: requests admitted and not yet ended, >= 1.
        max_work_s: seconds of work before a request that comes; `math.inf`: any. Its own are not counted, or a long
            film could never be admitted; so a lane holds at most this and its longest request.
    """

    max_requests: int
    max_work_s: float = math.inf

    def __post_init__(self) -> None:
        if self.max_requests < 1:
            raise ValueError(f"max_requests must be at least 1, not {self.max_requests}")
        if not self.max_work_s > 0:
            raise ValueError(f"max_work_s must be above 0, not {self.max_work_s}")


@dataclass(slots=True, eq=False)
class Booking:
    """A request's part of the queue.

    Attributes:
        remaining: estimated cost that is left, >= 0.
        stop: set when nobody waits for the request any more: what is left of it will not be done.
    """

    lane: Lane
    remaining: float
    stop: threading.Event = field(default_factory=threading.Event)


class Admission:
    """Counts what is in the queue, and refuses what would overfill it. Not thread-safe.

    Args:
        width: units that the engine runs at once.
    """

    def __init__(self, limits: Mapping[Lane, LaneLimits], width: int) -> None:
        self._limits = dict(limits)
        self._width = width
        self._booked: dict[Lane, dict[Booking, None]] = {lane: {} for lane in Lane}

    def count(self, lane: Lane) -> int:
        """Requests of a lane that are admitted and have not ended."""
        return len(self._booked[lane])

    def remaining(self, lane: Lane) -> float:
        """Estimated cost that is left to do in a lane."""
        return sum(booking.remaining for booking in self._booked[lane] if not booking.stop.is_set())

    def work_s(self, lane: Lane, rate: float | None) -> float:
        """Seconds that the engine needs for what is left in a lane; 0 while its speed is not known.

        Args:
            rate: cost a second of one slot, or None.
        """
        # A rate may be as small as a float can be: divided by twice, it does not become zero.
        return self.remaining(lane) / self._width / rate if rate else 0.0

    def admit(self, lane: Lane, cost: float, rate: float | None, stop: threading.Event | None = None) -> Booking:
        """Let a request in.

        Args:
            cost: estimate of all of its units, >= 0.
            rate: cost a second of one slot; None: not known yet, and only the number of requests is bounded.
            stop: set when nobody waits for the request any more.

        Raises:
            OverloadedError: the lane is full; its Retry-After says when there should be room.
        """
        limits = self._limits[lane]
        count, work_s = self.count(lane), self.work_s(lane, rate)
        # Of an engine that is measured at nothing all work takes for ever, which is no more than any.
        too_much = work_s >= limits.max_work_s and limits.max_work_s < math.inf
        if count >= limits.max_requests or too_much:
            seconds = self._seconds_until_room(lane, rate)
            told_s = math.ceil(min(work_s, _LONGEST_WORK_S))
            raise OverloadedError(
                f"The queue of {lane.value} requests is full: {count} requests, about {told_s} s of work.",
                retry_after_s=seconds,
            )
        booking = Booking(lane, cost, stop or threading.Event())
        self._booked[lane][booking] = None
        return booking

    @staticmethod
    def charge(booking: Booking, cost: float) -> None:
        """A unit of a request is done."""
        booking.remaining = max(0.0, booking.remaining - cost)

    def move(self, booking: Booking, lane: Lane) -> None:
        """A request goes over to another lane. It was admitted: no limit turns it away there."""
        self.leave(booking)
        booking.lane = lane
        self._booked[lane][booking] = None

    def leave(self, booking: Booking) -> None:
        """A request has ended, however. Idempotent."""
        self._booked[booking.lane].pop(booking, None)

    def seconds_until_next(self, lane: Lane, rate: float | None) -> float | None:
        """Seconds until a lane is rid of one of its requests, about; None when it has none, or the speed is unknown."""
        count = self.count(lane)
        if not count or rate is None:
            return None
        # All of them share the engine, so on average one ends whenever its share of the work is done.
        return min(self.work_s(lane, rate) / count + self._first_s(lane, rate), _LONGEST_RETRY_S)

    def _seconds_until_room(self, lane: Lane, rate: float | None) -> float:
        if rate is None:
            return _UNKNOWN_RETRY_S
        limits = self._limits[lane]
        seconds = max(0.0, self.work_s(lane, rate) - limits.max_work_s) + self._first_s(lane, rate)
        if self.count(lane) >= limits.max_requests:
            seconds = max(seconds, self.seconds_until_next(lane, rate) or 0.0)
        return min(seconds, _LONGEST_RETRY_S)

    def _first_s(self, lane: Lane, rate: float) -> float:
        """Seconds of work that goes before a lane's own."""
        return self.work_s(Lane.INTERACTIVE, rate) if lane is Lane.BATCH else 0.0
