"""Turns on an engine for threads: the policy and the admission behind one lock."""

import logging
import math
import threading
import time
from collections.abc import Callable

from voice_stack.core.errors import CancelledWorkError, OverloadedError, StartTimeoutError
from voice_stack.serving.scheduling.admission import Admission, LaneLimits
from voice_stack.serving.scheduling.ledger import Ledger, SchedulerSnapshot
from voice_stack.serving.scheduling.policy import Lane, Policy, PolicyConfig, Request
from voice_stack.serving.scheduling.ticket import Ticket, Waiter, check_cost

logger = logging.getLogger("voice_stack.scheduling")

# How often a waiter looks whether its work was given up.
_POLL_S = 0.1


class Scheduler:
    """Fair turns on one engine, for threads. Thread-safe.

    A slot that comes free is handed to the request that the policy picks, under the lock, so that no thread can barge
    in between.

    Args:
        policy: the rules; its width is what the engine can do at once.
        interactive, batch: how much each lane holds.
        request_timeout_s: longest wait of an interactive request for its first turn; `math.inf`: any.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        policy: PolicyConfig,
        *,
        interactive: LaneLimits,
        batch: LaneLimits,
        request_timeout_s: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._policy = Policy(policy)
        self._admission = Admission({Lane.INTERACTIVE: interactive, Lane.BATCH: batch}, policy.width)
        self._ledger = Ledger(policy.width, clock())
        self._request_timeout_s = request_timeout_s
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: dict[Request, Ticket] = {}

    def admit(
        self,
        lane: Lane,
        estimated_cost: float,
        label: str = "request",
        stop: threading.Event | None = None,
        *,
        urgency: int = 0,
    ) -> Ticket:
        """Let a request in. Close the ticket in any case.

        Args:
            estimated_cost: of all of its units, >= 0, in the engine's unit of cost; a guess is fine.
            label: names the request in the log.
            stop: set when nobody waits for the request any more; its rest is not counted against new ones then.
            urgency: above 0 where its audio comes as it is spoken: its units go first in its lane.

        Raises:
            OverloadedError: the lane is full.
        """
        check_cost(estimated_cost)
        with self._lock:
            try:
                booking = self._admission.admit(lane, estimated_cost, self._ledger.throughput.rate, stop)
            except OverloadedError as error:
                self._ledger[lane].refused += 1
                logger.info("%s refused: %s Retry-After: %d", label, error.message, error.retry_after_s)
                raise
            self._ledger[lane].admitted += 1
            ticket = Ticket(self, lane, booking, label)
            ticket.request.urgency = urgency
            self._policy.join(ticket.request)
        return ticket

    @property
    def waiting(self) -> int:
        """Requests that wait for a turn."""
        return len(self._waiting)

    def seconds_until_next(self, lane: Lane) -> float | None:
        """Seconds until a lane is rid of one of its requests, about; None when it has none, or the speed is unknown."""
        with self._lock:
            return self._admission.seconds_until_next(lane, self._ledger.throughput.rate)

    def snapshot(self) -> SchedulerSnapshot:
        """State of the queue, for `/health` and `/metrics`."""
        with self._lock:
            return self._ledger.snapshot(self._policy, self._admission, self._clock())

    def begin(self, ticket: Ticket, cost: float, stop: threading.Event) -> None:
        """For a ticket: wait until its unit may run."""
        with self._lock:
            if ticket.waiter:
                raise RuntimeError("a request runs its units one after the other")
            waiter = self._ask(ticket, cost, stop, self._clock())
        self._wait(ticket, waiter)

    def renew(self, ticket: Ticket, done: float, cost: float, stop: threading.Event) -> None:
        """For a ticket: end its unit and wait for the next; to the policy the request is never gone in between."""
        with self._lock:
            now = self._clock()
            self._settle(ticket, done, now, measured=True)
            waiter = self._ask(ticket, cost, stop, now)
        self._wait(ticket, waiter)

    def end(self, ticket: Ticket, cost: float, *, measured: bool) -> None:
        """For a ticket: give the slot back, if it has one."""
        with self._lock:
            if ticket.running:
                now = self._clock()
                self._settle(ticket, cost, now, measured=measured)
                self._dispatch(now)

    def outranked(self, ticket: Ticket) -> bool:
        """For a ticket: whether somebody waits in a better lane than its own."""
        with self._lock:
            return ticket.lane is Lane.BATCH and self._policy.waiting(Lane.INTERACTIVE) > 0

    def leave(self, ticket: Ticket) -> None:
        """For a ticket: the request has ended."""
        with self._lock:
            ticket.closed = True
            if ticket.waiter and not ticket.running:
                self._drop(ticket)
                self._ledger[ticket.lane].cancelled += 1
            elif ticket.running and ticket.thread == threading.get_ident():
                # An asynchronous exception came between the grant and the `with` block that would have given it back.
                now = self._clock()
                self._settle(ticket, 0.0, now, measured=False)
                self._dispatch(now)
            if not ticket.running:
                self._forget(ticket)

    def _ask(self, ticket: Ticket, cost: float, stop: threading.Event, now: float) -> Waiter:
        """Put a unit into the queue, and hand out the slots that are free."""
        if not ticket.closed and ticket.next_lane is not ticket.lane:
            ticket.lane = ticket.next_lane
            self._policy.move(ticket.request, ticket.lane)
            self._admission.move(ticket.booking, ticket.lane)
        bounded = ticket.lane is Lane.INTERACTIVE and not ticket.started
        waiter = Waiter(stop, now, now + self._request_timeout_s if bounded else math.inf)
        if ticket.closed:
            waiter.woken.set()
        else:
            self._policy.ask(ticket.request, cost, now)
            self._waiting[ticket.request] = ticket
            ticket.waiter = waiter
            ticket.thread = threading.get_ident()
        self._dispatch(now)
        return waiter

    def _dispatch(self, now: float) -> None:
        if self._policy.free_slots:
            # Those who are gone but have not looked up yet must not be given a slot.
            for ticket in [t for t in self._waiting.values() if t.waiter and t.waiter.stop.is_set()]:
                self._drop(ticket)
                self._ledger[ticket.lane].cancelled += 1
        while (request := self._policy.pick(now)) is not None:
            ticket = self._waiting.pop(request)
            assert ticket.waiter is not None  # as for all that wait
            ticket.waiter.began_at = now
            self._ledger.began(ticket.lane, now - ticket.waiter.asked_at, now, first=not ticket.started)
            ticket.started = True
            ticket.waiter.woken.set()

    def _drop(self, ticket: Ticket) -> None:
        """Take a waiting unit out of the queue, and wake its thread."""
        assert ticket.waiter is not None  # as for all that wait
        self._policy.withdraw(ticket.request)
        del self._waiting[ticket.request]
        ticket.waiter.woken.set()
        ticket.waiter = None

    def _settle(self, ticket: Ticket, cost: float, now: float, *, measured: bool) -> None:
        """Take a running unit's slot back, and charge it."""
        assert ticket.waiter is not None  # as for all that run
        assert ticket.waiter.began_at is not None
        seconds = now - ticket.waiter.began_at
        ticket.waiter = None
        self._policy.finish(ticket.request, cost)
        self._admission.charge(ticket.booking, cost)
        self._ledger.ended(ticket.lane, cost, seconds, now, measured=measured)
        if ticket.closed:
            self._forget(ticket)

    def _forget(self, ticket: Ticket) -> None:
        self._policy.leave(ticket.request)
        self._admission.leave(ticket.booking)

    def _wait(self, ticket: Ticket, waiter: Waiter) -> None:
        try:
            while not waiter.woken.wait(max(0.0, min(_POLL_S, waiter.deadline - self._clock()))):
                self._look_up(ticket, waiter)
            if waiter.began_at is None or waiter.stop.is_set():
                raise CancelledWorkError("The client is gone.")
        except BaseException:
            self._abandon(ticket, waiter)
            raise

    def _look_up(self, ticket: Ticket, waiter: Waiter) -> None:
        """Give up a unit that nobody wants any more, or that has waited too long."""
        with self._lock:
            if waiter.woken.is_set():
                return
            if waiter.stop.is_set():
                self._drop(ticket)
                self._ledger[ticket.lane].cancelled += 1
            elif self._clock() >= waiter.deadline:
                self._drop(ticket)
                self._ledger[ticket.lane].timed_out += 1
                logger.warning("%s got no turn in %g s", ticket.label, self._request_timeout_s)
                raise StartTimeoutError(
                    f"The service is busy: the request could not begin within {self._request_timeout_s:g} s."
                )

    def _abandon(self, ticket: Ticket, waiter: Waiter) -> None:
        """Leave nothing behind of a unit whose thread will not run it."""
        with self._lock:
            if ticket.waiter is not waiter:
                return
            if waiter.began_at is None:
                self._drop(ticket)
                self._ledger[ticket.lane].cancelled += 1
            else:
                now = self._clock()
                self._settle(ticket, 0.0, now, measured=False)
                self._dispatch(now)
