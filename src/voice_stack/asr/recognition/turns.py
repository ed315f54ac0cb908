"""The turns of one transcription on its engine, and what they cost."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

from voice_stack.asr.engines.base import NextUnit
from voice_stack.serving.scheduling.policy import Lane
from voice_stack.serving.scheduling.ticket import Ticket, Turn


class EngineTurns:
    """Takes turns for a request's units, and tells waiting and computing apart.

    Args:
        ticket: of the request.
        stop: set by another thread when nobody waits any more.
        on_begun: called when the first unit has its turn.

    Attributes:
        waited_s: seconds of waiting for turns.
        inference_s: seconds inside the engine.
    """

    def __init__(self, ticket: Ticket, stop: threading.Event, on_begun: Callable[[], None]) -> None:
        self.waited_s = 0.0
        self.inference_s = 0.0
        self._ticket = ticket
        self._stop = stop
        self._on_begun = on_begun
        self._since = 0.0
        self._has_begun = False

    @contextlib.contextmanager
    def turn(self, cost_s: float) -> Iterator[NextUnit]:
        """Wait for a turn, and hold it inside the `with` block, for as many units as the engine announces.

        Args:
            cost_s: estimate for the first unit, in seconds of audio.

        Yields:
            What the engine calls before each unit: before another than the first it gives way to those with a better
            claim.

        Raises:
            CancelledWorkError, StartTimeoutError: as `Ticket.turn`; the former also where the engine gives way.
        """
        self._since = time.monotonic()
        with self._ticket.turn(cost_s, self._stop) as turn:
            self.waited_s += self._lap()
            if not self._has_begun:
                self._has_begun = True
                self._on_begun()
            try:
                yield self._units_of(turn)
            finally:
                self.inference_s += self._lap()

    def _units_of(self, turn: Turn) -> NextUnit:
        first = True

        def next_unit(cost_s: float) -> int:
            nonlocal first
            if first:
                first = False
                turn.cost = cost_s
            else:
                self.inference_s += self._lap()
                try:
                    turn.renew(cost_s)
                finally:
                    self.waited_s += self._lap()
            return 0 if self._ticket.lane is Lane.INTERACTIVE else 1

        return next_unit

    def _lap(self) -> float:
        """Seconds since the last time that this was asked."""
        since, self._since = self._since, time.monotonic()
        return self._since - since
