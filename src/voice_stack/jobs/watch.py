"""Watchers of jobs, told that something has changed. On the event loop."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Watchers:
    """Watchers by the job that they watch."""

    def __init__(self) -> None:
        self._events: dict[str, set[asyncio.Event]] = {}

    @contextmanager
    def on(self, job_id: str) -> Iterator[asyncio.Event]:
        """An event that is set at every change; the watcher clears it before it looks."""
        event = asyncio.Event()
        self._events.setdefault(job_id, set()).add(event)
        try:
            yield event
        finally:
            events = self._events[job_id]
            events.discard(event)
            if not events:
                del self._events[job_id]

    def changed(self, job_id: str) -> None:
        """Tell the job's watchers that something about it has changed."""
        for event in self._events.get(job_id, ()):
            event.set()

    def wake_all(self) -> None:
        """Tell all watchers, so that each looks again."""
        for job_id in self._events:
            self.changed(job_id)
