"""An event loop on a thread of its own, for worker threads whose waiting must end when nobody wants the result."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from voice_stack.core.errors import CancelledWorkError

T = TypeVar("T")

# How often a thread that waits looks whether somebody still wants the result.
_LOOK_UP_S = 0.05
_JOIN_S = 5.0


class LoopThread:
    """Runs coroutines for other threads. Thread-safe.

    A blocking socket cannot be told to stop: whoever waits on it sits its timeout out. A task can be cancelled, and
    that closes its connection at once.
    """

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T], stop: threading.Event | None = None) -> T:
        """The result of a coroutine; cancels it when `stop` is set. Blocking.

        Raises:
            CancelledWorkError: `stop` was set.
            Whatever the coroutine raises.
        """
        try:
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError:  # the loop is closed
            work.close()
            raise
        try:
            while True:
                if stop is not None and stop.is_set():
                    raise CancelledWorkError("The client is gone.")
                try:
                    return future.result(_LOOK_UP_S)
                except TimeoutError:
                    if future.done():  # the coroutine's own, or it ended just now
                        return future.result()
        finally:
            future.cancel()

    def close(self) -> None:
        """End the loop with what still runs on it. Idempotent."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(_cancel_others(), self._loop)
        self._thread.join(_JOIN_S)
        if not self._thread.is_alive():
            self._loop.close()


async def _cancel_others() -> None:
    loop = asyncio.get_running_loop()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    loop.call_soon(loop.stop)
