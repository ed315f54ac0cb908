"""Blocking work on threads of its own, seen from the event loop."""

import asyncio
import contextlib
import contextvars
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, Protocol, Self, TypeVar

from voice_stack.core.errors import CancelledWorkError, OverloadedError, StoppingError, VoiceStackError
from voice_stack.serving.attempt import Attempt
from voice_stack.serving.scheduling.policy import Lane
from voice_stack.serving.scheduling.settings import QueueOptions
from voice_stack.serving.work import Ask, Observer

# Requests above what the queue holds that may be on their way to its entrance.
_ARRIVING = 32
# Threads that stay when nothing runs.
_KEPT = 32
# What a client is told that finds even those places taken.
_RETRY_S = 5.0
# Until an interactive request has begun takes this much longer than its wait for a turn: its audio is decoded first.
_DECODING_S = 5.0
# Results that nobody has read yet, above which no further unit is begun; the seconds after which a client that reads
# nothing is given up; and how often a thread that waits for it looks up.
_MOST_AHEAD = 32
_STALLED_S = 600.0
_LOOK_UP_S = 0.2
# Seconds that work has to end in when the service stops.
_CLOSE_S = 3.0

StartT = TypeVar("StartT")
ItemT = TypeVar("ItemT")
T = TypeVar("T")
# The protocol is read only, so the run's own types may be narrower.
StartT_co = TypeVar("StartT_co", covariant=True)
ItemT_co = TypeVar("ItemT_co", covariant=True)


class Run(Protocol[StartT_co, ItemT_co]):
    """Work that has its engine and is ready to be iterated; leaving the context gives back what it holds.

    Attributes:
        lane: where its first unit queues.
        start: plain data about what is known before the first result: the engine that answers.
    """

    @property
    def lane(self) -> Lane:
        """The lane that its first unit queues in."""
        ...

    @property
    def start(self) -> StartT_co:
        """Plain data that is known before the first result."""
        ...

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...
    def __iter__(self) -> Iterator[ItemT_co]: ...


RunT = TypeVar("RunT", bound=Run[Any, Any])


class _Watch(Observer):
    """The run's side of an execution."""

    def __init__(self, begun: Callable[[], None], wait_for_reader: Callable[[], None]) -> None:
        self._begun = begun
        self._wait = wait_for_reader

    def begun(self) -> None:
        self._begun()

    def wait_for_reader(self) -> None:
        self._wait()


class Execution(Generic[StartT, ItemT, RunT]):
    """One piece of work under way.

    Await `started` for the engine that answers (or the error that ended the work before it began), then iterate for
    the results; `run` is there when the iteration has ended. `cancel` gives the work up; the thread cleans up after
    itself at its next safe point.

    Attributes:
        started: done when the engine is there and the request was let into its queue.
        begun: done when its first unit has its turn; it may be long in coming for batch work.
        lane: where it queues; there once it has started.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, stop: threading.Event) -> None:
        self.started: asyncio.Future[StartT] = loop.create_future()
        self.begun: asyncio.Future[None] = loop.create_future()
        self.lane: Lane | None = None
        self.run: RunT | None = None
        self._stop = stop
        self._loop = loop
        self._queue: asyncio.Queue[ItemT | BaseException | None] = asyncio.Queue()
        self._ahead = 0
        self._taken = threading.Condition()

    def cancel(self) -> None:
        """Give the work up. Thread-safe and idempotent."""
        self._stop.set()

    @contextlib.contextmanager
    def cancelled_on_error(self) -> Iterator[None]:
        """Inside the `with` block whatever goes wrong gives the work up: nobody waits for it any more."""
        try:
            yield
        except BaseException:
            self.cancel()
            raise

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
            with self._taken:
                self._ahead -= 1
                self._taken.notify()
            yield item

    async def settle(self, patience_s: float, request_timeout_s: float) -> bool:
        """Wait, before the headers of a stream go out, for what can still be answered with a status.

        That is the engine, and the first turn on it: an interactive request has it in time or not at all.

        Args:
            patience_s: most seconds to wait for the engine, which may take minutes to load or to download, and for the
                first turn of batch work.
            request_timeout_s: most seconds that an interactive request waits for its first turn; 0: as `patience_s`.

        Returns:
            Whether the work has begun.

        Raises:
            VoiceStackError: the work ended before it began.
        """
        await asyncio.wait({self.started}, timeout=patience_s)
        if self.started.done():
            self.started.result()
            bounded = self.lane is Lane.INTERACTIVE and request_timeout_s
            turn_s = request_timeout_s + _DECODING_S if bounded else patience_s
            await asyncio.wait({self.begun}, timeout=turn_s)
        if self.begun.done():
            self.begun.result()
        return self.begun.done()

    async def result(self) -> RunT:
        """Wait until the work has come to its end, and drop the single results."""
        await self.started
        async for _ in self:
            pass
        assert self.run is not None  # the iteration has ended without an error
        return self.run

    def work(self, start: Callable[[Ask], RunT], attempt: Attempt | None) -> None:
        """Do the work: the thread's side.

        Args:
            start: begins the work.
            attempt: of a job.
        """
        try:
            if self._stop.is_set():
                raise CancelledWorkError("The client is gone.")
            with start(Ask(self._stop, _Watch(self._begun_on_thread, self._wait_for_reader), attempt)) as run:
                self._post(self._start, run.start, run.lane)
                for item in run:
                    with self._taken:
                        self._ahead += 1
                    self._post(self._queue.put_nowait, item)
                self._post(self._finish, run)
        except BaseException as error:
            # Whatever it is, the event loop's side waits for it; only what no request can answer for goes further.
            self._post(self._fail, error)
            if not isinstance(error, Exception):
                raise

    def _begun_on_thread(self) -> None:
        self._post(self._begin)

    def _wait_for_reader(self) -> None:
        """Hold the thread while the client is far behind: an hour of sound must not pile up in memory.

        Raises:
            CancelledWorkError: the work was given up, or the client has not read for too long.
        """
        deadline = time.monotonic() + _STALLED_S
        with self._taken:
            while self._ahead > _MOST_AHEAD:
                if self._stop.is_set() or time.monotonic() > deadline:
                    raise CancelledWorkError("The client does not read.")
                self._taken.wait(_LOOK_UP_S)

    def _post(self, callback: Callable[..., object], *args: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to be told
            self._loop.call_soon_threadsafe(callback, *args)

    def _start(self, start: StartT, lane: Lane) -> None:
        self.lane = lane
        if not self.started.done():
            self.started.set_result(start)

    def _begin(self) -> None:
        if not self.begun.done():
            self.begun.set_result(None)

    def _finish(self, run: RunT) -> None:
        self.run = run
        self._begin()  # work that never needed the engine
        self._queue.put_nowait(None)

    def _fail(self, error: BaseException) -> None:
        if self.started.done():
            self._queue.put_nowait(error)
        for future in (self.started, self.begun):
            if not future.done():
                future.set_exception(error)
                future.exception()  # retrieved: a client that is gone leaves nobody to await it


class Runner(Generic[StartT, ItemT, RunT]):
    """Starts work on threads of its own, so that neither the event loop nor its thread pool waits.

    There is a thread for every request that the queue holds, whatever its lane: a thread that waits is cheap, and a
    command never waits for one that works on films. What a crowd took ends when nothing runs any more.

    Args:
        name: of the threads.
        queue: how much it holds.
    """

    def __init__(self, name: str, queue: QueueOptions) -> None:
        self._places = queue.interactive_requests + queue.batch_requests + _ARRIVING
        self._name = name
        self._threads = ThreadPoolExecutor(self._places, thread_name_prefix=name)
        self._most = 0
        self._running: set[Execution[StartT, ItemT, RunT]] = set()
        self._stopping = False

    def begin(
        self,
        start: Callable[[Ask], RunT],
        *,
        release: Callable[[], None] = lambda: None,
        attempt: Attempt | None = None,
    ) -> Execution[StartT, ItemT, RunT]:
        """Begin a piece of work. On the event loop.

        Args:
            start: begins it, on the thread.
            release: called in any case when it has ended, also when it never began.
            attempt: of a job, whose stop ends it too.

        Raises:
            StoppingError: the service is being stopped; nothing was begun.
            OverloadedError: more requests come than can be looked at; nothing was begun.
        """
        if self._stopping:
            release()
            raise StoppingError("The service is being stopped.")
        if self.running >= self._places:
            release()
            raise OverloadedError("Too many requests come at once.", retry_after_s=_RETRY_S)
        execution: Execution[StartT, ItemT, RunT] = Execution(
            asyncio.get_running_loop(), attempt.stop if attempt else threading.Event()
        )
        context = contextvars.copy_context()  # the request id on the log lines of the thread
        self._running.add(execution)
        self._most = max(self._most, len(self._running))
        loop = asyncio.get_running_loop()

        def work() -> None:
            try:
                context.run(execution.work, start, attempt)
            finally:
                release()
                self._running.discard(execution)
                if not self._running:
                    with contextlib.suppress(RuntimeError):  # the loop is closed
                        loop.call_soon_threadsafe(self._let_threads_go)

        self._threads.submit(work)
        return execution

    def _let_threads_go(self) -> None:
        """After a crowd, end the threads that it took. On the event loop, as all that begins work."""
        if self._most > _KEPT and not self._running and not self._stopping:
            self._threads.shutdown(wait=False)
            self._threads = ThreadPoolExecutor(self._places, thread_name_prefix=self._name)
            self._most = 0

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


async def on_thread(threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    """The result of work on one of some threads. It comes to its end also when nobody waits for it any more.

    Who is cancelled while he waits is told when it has ended: what it uses is in use until then.
    """
    context = contextvars.copy_context()
    future = asyncio.get_running_loop().run_in_executor(threads, context.run, work)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        if not future.cancelled():
            await asyncio.wait({future})
            future.exception()
        raise
