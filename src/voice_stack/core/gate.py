"""Fair access to compute: a counting gate that lets waiters in strictly in the order they came."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from voice_stack.core.errors import CancelledWorkError

# How often a waiter looks whether its work was given up.
_POLL_S = 0.1


class FairGate:
    """At most `width` threads are inside at once; those who wait enter first come, first served.

    A request that passes the gate anew for every unit of its work goes to the back of the queue each time, so that
    requests take turns unit by unit and a short one never waits for the whole of a long one.
    (`threading.Semaphore` gives no such promise: a thread that has just left may barge in again.)

    Args:
        width: threads inside at once, >= 1.
    """

    def __init__(self, width: int) -> None:
        if width < 1:
            raise ValueError(f"width must be at least 1, not {width}")
        self.width = width
        self._lock = threading.Lock()
        self._inside = 0
        self._queue: deque[threading.Event] = deque()

    @property
    def waiting(self) -> int:
        """Threads in the queue."""
        return len(self._queue)

    @property
    def busy(self) -> bool:
        """True when all places are taken: a newcomer would wait."""
        return self._inside >= self.width or bool(self._queue)

    @contextmanager
    def turn(self, stop: threading.Event) -> Iterator[None]:
        """Wait for a place, hold it inside the `with` block.

        Raises:
            CancelledWorkError: `stop` was set before a place came free.
        """
        ticket = threading.Event()
        with self._lock:
            if self._inside < self.width and not self._queue:
                self._inside += 1
                ticket.set()
            else:
                self._queue.append(ticket)
        while not ticket.wait(_POLL_S):
            if stop.is_set() and self._withdraw(ticket):
                raise CancelledWorkError("The client is gone.")
        try:
            yield
        finally:
            self._leave()

    def _withdraw(self, ticket: threading.Event) -> bool:
        """Leave the queue; False when the place was granted in the meantime."""
        with self._lock:
            if ticket.is_set():
                return False
            self._queue.remove(ticket)
            return True

    def _leave(self) -> None:
        with self._lock:
            if self._queue:
                self._queue.popleft().set()  # the place is handed over, so nobody can barge in between
            else:
                self._inside -= 1
