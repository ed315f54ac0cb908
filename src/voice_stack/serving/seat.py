"""A request's seat at an engine: the turns that it takes, and what they cost. Giving it back frees all it holds."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from voice_stack.serving.scheduling.policy import Lane
from voice_stack.serving.scheduling.ticket import Ticket, Turn

T = TypeVar("T")


class Seat:
    """Turns on an engine for one request, and clocks for what they cost.

    Args:
        resources: what the request holds, freed with the seat.
        stop: set when nobody waits any more.

    Attributes:
        waited_s: seconds of waiting for turns.
        busy_s: seconds of turns.
    """

    def __init__(self, ticket: Ticket, resources: contextlib.ExitStack, stop: threading.Event) -> None:
        self.waited_s = 0.0
        self.busy_s = 0.0
        self._ticket = ticket
        self._resources = resources
        self._stop = stop
        self._has_begun = False
        self._since = 0.0

    @property
    def lane(self) -> Lane:
        """Lane in which its next unit queues."""
        return self._ticket.next_lane

    def keep(self, resource: contextlib.AbstractContextManager[T]) -> T:
        """Enter something that is freed with the seat."""
        return self._resources.enter_context(resource)

    @contextlib.contextmanager
    def closed_on_error(self) -> Iterator[None]:
        """Inside the `with` block whatever goes wrong gives the seat back: no run has taken it yet."""
        try:
            yield
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give back the seat and what the request holds. Idempotent."""
        self._resources.close()

    @contextlib.contextmanager
    def turn(self, cost: float, begun: Callable[[], None], *, urgency: int = 0) -> Iterator["SeatTurn"]:
        """Wait for a turn, and hold it inside the `with` block, for as many units as are announced.

        Args:
            cost: estimate for the first unit, in the engine's unit of cost.
            begun: called when the request has the first of its turns.
            urgency: of its units, as of a request; 0: as before.

        Raises:
            CancelledWorkError, StartTimeoutError: as `Ticket.turn`; the former also where a unit gives way.
        """
        self._since = time.monotonic()
        self._ticket.request.urgency = urgency or self._ticket.request.urgency
        with self._ticket.turn(cost, self._stop) as turn:
            self.waited_s += self._lap()
            if not self._has_begun:
                self._has_begun = True
                begun()
            try:
                yield SeatTurn(self, turn)
            finally:
                self.busy_s += self._lap()

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """Inside the `with` block a turn is waited for, and nothing computed."""
        self.busy_s += self._lap()
        try:
            yield
        finally:
            self.waited_s += self._lap()

    @property
    def rank(self) -> int:
        """Hurry of its units where several wait for the device: 0 goes first."""
        return 0 if self._ticket.lane is Lane.INTERACTIVE else 1

    def _lap(self) -> float:
        """Seconds since the last time that this was asked."""
        since, self._since = self._since, time.monotonic()
        return self._since - since


class SeatTurn:
    """A turn that is held, unit after unit."""

    def __init__(self, seat: Seat, turn: Turn) -> None:
        self._seat = seat
        self._turn = turn
        self._first = True

    def next_unit(self, cost: float) -> int:
        """Announce a unit: before another than the first, those go first who have a better claim.

        Args:
            cost: of the unit, in the engine's unit of cost.

        Returns:
            Hurry of the unit where several wait for the device; those of a lower one go first.

        Raises:
            CancelledWorkError: nobody wants the rest.
        """
        if self._first:
            self._first = False
            self._turn.cost = cost
        else:
            with self._seat.waiting():
                self._turn.renew(cost)
        return self._seat.rank

    def give_way(self, done: float, left: float) -> None:
        """Inside a unit, where it can be interrupted: let those go first who wait in a better lane.

        Args:
            done: cost of what was done of the unit.
            left: estimate for what is left of it.

        Raises:
            CancelledWorkError: nobody wants the rest.
        """
        with self._seat.waiting():
            self._turn.give_way(done, left)
