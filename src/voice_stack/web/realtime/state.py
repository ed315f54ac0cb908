"""Realtime sessions of one service: how many there are, their keys, their metrics."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from voice_stack.core.errors import OverloadedError, StoppingError
from voice_stack.web.client_secrets import ClientSecrets
from voice_stack.web.settings import RealtimeOptions

_RETRY_S: Final = 5.0
# For the last event of each session.
_FAREWELL_S: Final = 2.0
_SECONDS: Final = (0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30)


class RealtimeState:
    """Sessions that are open, and what is counted of them. On the event loop.

    Args:
        prefix: of the metrics (`voice_stack_asr`).

    Attributes:
        secrets: ephemeral keys.
        final_seconds: from the end of a turn to its last event.
    """

    def __init__(self, options: RealtimeOptions, registry: CollectorRegistry, prefix: str) -> None:
        self.options = options
        self.secrets = ClientSecrets()
        self._open: set[Callable[[], None]] = set()
        self._stopping = False
        self._empty = asyncio.Event()
        self._empty.set()
        Gauge(f"{prefix}_realtime_sessions", "Realtime sessions that are open.", registry=registry).set_function(
            lambda: len(self._open)
        )
        self._errors = Counter(
            f"{prefix}_realtime_errors",
            "Error events and failed items of realtime sessions.",
            ("code",),
            registry=registry,
        )
        self.final_seconds = Histogram(
            f"{prefix}_realtime_final_seconds",
            "Seconds from the end of a turn to its final event.",
            buckets=_SECONDS,
            registry=registry,
        )

    def count_error(self, code: str | None) -> None:
        """An error event went out."""
        self._errors.labels(code or "other").inc()

    @contextlib.contextmanager
    def session(self, stop: Callable[[], None]) -> Iterator[None]:
        """One more session, inside the `with` block.

        Args:
            stop: called when the service stops.

        Raises:
            OverloadedError: there are as many as there may be.
            StoppingError: the service is being stopped.
        """
        if self._stopping:
            raise StoppingError("The service is being stopped.")
        if len(self._open) >= self.options.max_sessions:
            raise OverloadedError(
                f"There are {len(self._open)} realtime sessions already; REALTIME_MAX_SESSIONS allows no more.",
                retry_after_s=_RETRY_S,
            )
        self._open.add(stop)
        self._empty.clear()
        try:
            yield
        finally:
            self._open.discard(stop)
            if not self._open:
                self._empty.set()

    def stop(self) -> None:
        """End all sessions, and let none in."""
        self._stopping = True
        for stop in tuple(self._open):
            stop()

    async def ended(self) -> None:
        """Wait until those that were stopped have told their clients, for two seconds at the most."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL_S):
                await self._empty.wait()
