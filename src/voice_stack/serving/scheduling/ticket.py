"""Tickets and turns: a ticket for a request's time in the queue, a turn for each of its units."""

import math
import threading
from dataclasses import dataclass, field
from typing import Protocol, Self

from voice_stack.core.errors import CancelledWorkError
from voice_stack.serving.scheduling.admission import Booking
from voice_stack.serving.scheduling.policy import Lane, Request


@dataclass(slots=True, eq=False)
class Waiter:
    """One unit, from asking for a slot to giving it back."""

    stop: threading.Event
    asked_at: float
    deadline: float
    # Set when the unit may run, and when it was dropped.
    woken: threading.Event = field(default_factory=threading.Event)
    began_at: float | None = None


class Desk(Protocol):
    """The scheduler as tickets see it."""

    def begin(self, ticket: "Ticket", cost: float, stop: threading.Event) -> None:
        """Wait for the first slot."""
        ...

    def renew(self, ticket: "Ticket", done: float, cost: float, stop: threading.Event) -> None:
        """Give the slot back after a unit, and wait for one for the next."""
        ...

    def end(self, ticket: "Ticket", cost: float, *, measured: bool) -> None:
        """Give the slot back after the last unit."""
        ...

    def outranked(self, ticket: "Ticket") -> bool:
        """True when another request should go first."""
        ...

    def leave(self, ticket: "Ticket") -> None:
        """Leave the queue for good."""
        ...


class Ticket:
    """A request that was admitted: takes a turn for each of its units, one after the other.

    Leaving its context ends the request, gives back what it holds and makes a thread that waits for its turn give up.

    Attributes:
        lane: where its units queue.
        label: as given to `Scheduler.admit`.
    """

    def __init__(self, desk: Desk, lane: Lane, booking: Booking, label: str) -> None:
        self.lane = lane
        self.next_lane = lane
        self.label = label
        # What follows belongs to the scheduler, under its lock.
        self.request = Request(lane)
        self.booking = booking
        self.waiter: Waiter | None = None
        self.thread = 0
        self.started = False
        self.closed = False
        self._desk = desk

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def running(self) -> bool:
        """True while it has a slot."""
        return self.waiter is not None and self.waiter.began_at is not None

    def turn(self, cost: float, stop: threading.Event) -> "Turn":
        """A turn for the next unit: `with ticket.turn(cost, stop) as turn:` waits for a slot and holds it.

        Args:
            cost: estimate, >= 0, in the engine's unit of cost.
            stop: set it to give the request up; noticed within 0.1 s.

        Raises (on entering):
            CancelledWorkError: `stop` was set, or the ticket closed, before there was a slot.
            StartTimeoutError: an interactive request's first turn was too long in coming.
            RuntimeError: another unit of the request waits or runs.
        """
        return Turn(self._desk, self, cost, stop)

    def move(self, lane: Lane) -> None:
        """From its next unit on, the request queues in another lane: it turned out to be longer than it had said."""
        self.next_lane = lane

    def close(self) -> None:
        """End the request. Idempotent, for any thread: a slot that another one holds comes free when its turn ends."""
        self._desk.leave(self)


class Turn:
    """A slot for one unit, or for several after one another.

    A unit is charged `cost`. One that ended normally is also a measurement of the engine's speed.
    """

    def __init__(self, desk: Desk, ticket: Ticket, cost: float, stop: threading.Event) -> None:
        self._desk = desk
        self._ticket = ticket
        self._stop = stop
        self.cost = cost

    @property
    def cost(self) -> float:
        """Charge for the unit: its estimate, until its actual cost is set."""
        return self._cost

    @cost.setter
    def cost(self, value: float) -> None:
        self._cost = check_cost(value)

    def __enter__(self) -> Self:
        self._check_stop()
        self._desk.begin(self._ticket, self._cost, self._stop)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._desk.end(self._ticket, self._cost, measured=kind is None)

    def renew(self, cost: float) -> None:
        """The unit is done and the next one at hand: let those go first who have a better claim.

        Where it can be had it is better than a turn for each unit: the request competes with those who wait, and goes
        on without a switch of threads when it is next anyway.

        Args:
            cost: estimate of the next unit, >= 0.

        Raises:
            CancelledWorkError: as on entering; the slot is given back.
        """
        done, self.cost = self._cost, cost
        try:
            self._check_stop()
        except CancelledWorkError:
            self._desk.end(self._ticket, done, measured=True)
            raise
        self._desk.renew(self._ticket, done, cost, self._stop)

    def give_way(self, done: float, left: float) -> None:
        """Inside a unit, where it can be interrupted: let those go first who wait in a better lane, if anybody does.

        Args:
            done: cost of what was done of it, >= 0.
            left: estimate for what is left of it.

        Raises:
            CancelledWorkError: as `renew`.
        """
        if self._desk.outranked(self._ticket):
            self.cost = done
            self.renew(left)

    def _check_stop(self) -> None:
        if self._stop.is_set():
            raise CancelledWorkError("The client is gone.")


def check_cost(cost: float) -> float:
    """The cost itself.

    Raises:
        ValueError: it is negative or not finite.
    """
    if not 0 <= cost < math.inf:
        raise ValueError(f"a cost must be a finite number of at least 0, not {cost}")
    return cost
