"""Blocking work on threads of its own, seen from the event loop."""

import asyncio
import contextlib
import contextvars
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, Protocol, Self, TypeVar

from voice_stack.core.errors import CancelledWorkError, StoppingError, VoiceStackError

# Requests that may be under way at once. A thread mostly waits for its turn on the engine, so many are cheap.
_RUNS = 64
# Seconds that work has to end in when the service stops.
_CLOSE_S = 3.0

LeasedT = TypeVar("LeasedT")
ItemT = TypeVar("ItemT")
# The protocol is read only, so the run's own types may be narrower.
LeasedT_co = TypeVar("LeasedT_co", covariant=True)
ItemT_co = TypeVar("ItemT_co", covariant=True)


class Run(Protocol[LeasedT_co, ItemT_co]):
    """Work that has its engine and is ready to be iterated; leaving the context gives back what it holds."""

    @property
    def leased(self) -> LeasedT_co: ...

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...
    def __iter__(self) -> Iterator[ItemT_co]: ...


RunT = TypeVar("RunT", bound=Run[Any, Any])


class Execution(Generic[LeasedT, ItemT, RunT]):
    """One piece of work under way.

    Await `started` for the engine that answers (or the error that ended the work before it began), then iterate for
    the results; `run` is there when the iteration has ended. `cancel` gives the work up; the thread cleans up after
    itself at its next safe point.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.started: asyncio.Future[LeasedT] = loop.create_future()
        self.run: RunT | None = None
        self._stop = threading.Event()
        self._loop = loop
        self._queue: asyncio.Queue[ItemT | BaseException | None] = asyncio.Queue()

    def cancel(self) -> None:
        """Give the work up. Thread-safe and idempotent."""
        self._stop.set()

    def abort(self, error: VoiceStackError) -> None:
        """Give the work up and end the request with `error` at once, wherever the thread is. On the event loop."""
        self._stop.set()
        self._fail(error)

    async def __aiter__(self) -> AsyncIterator[ItemT]:
        while True:
            item = await self._queue.get()
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item

    async def result(self) -> RunT:
        """Wait until the work has come to its end, and drop the single results."""
        await self.started
        async for _ in self:
            pass
        assert self.run is not None  # the iteration has ended without an error
        return self.run

    def work(self, start: Callable[[threading.Event], RunT]) -> None:
        """The thread's side.

        Args:
            start: begins the work; the event tells it to end.
        """
        try:
            if self._stop.is_set():
                raise CancelledWorkError("The client is gone.")
            with start(self._stop) as run:
                self._post(self._start, run.leased)
                for item in run:
                    self._post(self._queue.put_nowait, item)
                self._post(self._finish, run)
        except BaseException as error:
            # Whatever it is, the event loop's side waits for it; only what no request can answer for goes further.
            self._post(self._fail, error)
            if not isinstance(error, Exception):
                raise

    def _post(self, callback: Callable[..., object], *args: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to be told
            self._loop.call_soon_threadsafe(callback, *args)

    def _start(self, leased: LeasedT) -> None:
        if not self.started.done():
            self.started.set_result(leased)

    def _finish(self, run: RunT) -> None:
        self.run = run
        self._queue.put_nowait(None)

    def _fail(self, error: BaseException) -> None:
        if self.started.done():
            self._queue.put_nowait(error)
        else:
            self.started.set_exception(error)
            self.started.exception()  # retrieved: a client that is gone leaves nobody to await it


class Runner(Generic[LeasedT, ItemT, RunT]):
    """Starts work on threads of its own, so that neither the event loop nor its thread pool waits.

    Args:
        name: of the threads.
    """

    def __init__(self, name: str) -> None:
        self._threads = ThreadPoolExecutor(_RUNS, thread_name_prefix=name)
        self._running: set[Execution[LeasedT, ItemT, RunT]] = set()
        self._stopping = False

    def begin(
        self, start: Callable[[threading.Event], RunT], *, release: Callable[[], None] = lambda: None
    ) -> Execution[LeasedT, ItemT, RunT]:
        """Begin a piece of work. On the event loop.

        Args:
            start: begins it, on the thread; the event tells it to end.
            release: called in any case when it has ended, also when it never began.

        Raises:
            StoppingError: the service is being stopped; nothing was begun.
        """
        if self._stopping:
            release()
            raise StoppingError("The service is being stopped.")
        execution: Execution[LeasedT, ItemT, RunT] = Execution(asyncio.get_running_loop())
        context = contextvars.copy_context()  # the request id on the log lines of the thread
        self._running.add(execution)

        def work() -> None:
            try:
                context.run(execution.work, start)
            finally:
                release()
                self._running.discard(execution)

        self._threads.submit(work)
        return execution

    @property
    def running(self) -> int:
        """Pieces of work accepted and not yet ended."""
        return len(self._running)

    def stop(self) -> None:
        """Accept nothing more, and end what is under way with `StoppingError`. On the event loop."""
        self._stopping = True
        for execution in tuple(self._running):
            execution.abort(StoppingError("The service is being stopped."))

    def close(self) -> None:
        """Give the threads a moment to end. One that loads or downloads a model does not look up; it is left behind."""
        self._stopping = True
        for execution in tuple(self._running):
            execution.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)
        deadline = time.monotonic() + _CLOSE_S
        while self._running and time.monotonic() < deadline:
            time.sleep(0.02)
