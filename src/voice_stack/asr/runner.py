"""Transcriptions on worker threads, seen from the event loop."""

import asyncio
import contextlib
import contextvars
import threading
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO

from voice_stack.asr.engines.pool import LeasedEngine
from voice_stack.asr.run import RunReport, TranscriptionOptions, TranscriptionRun
from voice_stack.asr.service import TranscriptionService
from voice_stack.asr.types import LanguageGuess, Segment, Transcript
from voice_stack.audio.decode import RawPcm
from voice_stack.core.errors import CancelledWorkError, StoppingError, VoiceStackError

# Requests that may be under way at once. A thread mostly waits for its turn on the engine, so many are cheap.
_RUNS = 64
_DETECTIONS = 4
# Seconds that work has to end in when the service stops.
_CLOSE_S = 3.0


class Execution:
    """One transcription under way.

    Await `started` for the engine that answers (or the error that ended it before it began), then iterate for the
    segments; `transcript` and `report` are there when the iteration has ended. `cancel` gives the work up; the
    thread cleans up after itself at its next safe point.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.started: asyncio.Future[LeasedEngine] = loop.create_future()
        self.transcript: Transcript | None = None
        self.report: RunReport | None = None
        self._stop = threading.Event()
        self._loop = loop
        self._queue: asyncio.Queue[Segment | BaseException | None] = asyncio.Queue()

    def cancel(self) -> None:
        """Give the work up. Thread-safe and idempotent."""
        self._stop.set()

    def abort(self, error: VoiceStackError) -> None:
        """Give the work up and end the request with `error` at once, wherever the thread is. On the event loop."""
        self._stop.set()
        self._fail(error)

    async def __aiter__(self) -> AsyncIterator[Segment]:
        while True:
            item = await self._queue.get()
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item

    async def result(self) -> Transcript:
        """Wait for the whole transcript."""
        await self.started
        async for _ in self:
            pass
        assert self.transcript is not None  # the iteration has ended without an error
        return self.transcript

    def work(self, service: TranscriptionService, file: BinaryIO, options: TranscriptionOptions) -> None:
        """The thread's side: transcribe `file`, which it owns and closes."""
        try:
            if self._stop.is_set():
                raise CancelledWorkError("The client is gone.")
            with file, service.start(file, options, self._stop) as run:
                self._post(self._start, run.leased)
                for segment in run:
                    self._post(self._queue.put_nowait, segment)
                self._post(self._finish, run)
        except BaseException as error:
            # Whatever it is, the event loop's side waits for it; only what no request can answer for goes further.
            self._post(self._fail, error)
            if not isinstance(error, Exception):
                raise

    def _post(self, callback: object, *args: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to be told
            self._loop.call_soon_threadsafe(callback, *args)  # type: ignore[arg-type]

    def _start(self, leased: LeasedEngine) -> None:
        if not self.started.done():
            self.started.set_result(leased)

    def _finish(self, run: TranscriptionRun) -> None:
        self.transcript, self.report = run.transcript, run.report
        self._queue.put_nowait(None)

    def _fail(self, error: BaseException) -> None:
        if self.started.done():
            self._queue.put_nowait(error)
        else:
            self.started.set_exception(error)
            self.started.exception()  # retrieved: a client that is gone leaves nobody to await it


class TranscriptionRunner:
    """Starts transcriptions on threads of its own, so that neither the event loop nor its thread pool waits."""

    def __init__(self, service: TranscriptionService) -> None:
        self.service = service
        self._runs = ThreadPoolExecutor(_RUNS, thread_name_prefix="asr-run")
        self._detections = ThreadPoolExecutor(_DETECTIONS, thread_name_prefix="asr-detect")
        self._running: set[Execution] = set()
        self._stopping = False

    def submit(self, file: BinaryIO, options: TranscriptionOptions) -> Execution:
        """Begin a transcription.

        Args:
            file: handed over: it is closed when the work ends, whatever becomes of the request.
        """
        if self._stopping:
            file.close()
            raise StoppingError("The service is being stopped.")
        execution = Execution(asyncio.get_running_loop())
        context = contextvars.copy_context()  # the request id on the log lines of the thread
        self._running.add(execution)

        def work() -> None:
            try:
                context.run(execution.work, self.service, file, options)
            finally:
                self._running.discard(execution)

        self._runs.submit(work)
        return execution

    async def detect_language(
        self, file: BinaryIO, *, raw: RawPcm | None, offset_s: float, length_s: float
    ) -> tuple[LanguageGuess, LeasedEngine]:
        """Tell the language of a file; never behind transcriptions. Closes the file."""
        context = contextvars.copy_context()

        def work() -> tuple[LanguageGuess, LeasedEngine]:
            with file:
                return self.service.detect_language(file, raw=raw, offset_s=offset_s, length_s=length_s)

        return await asyncio.get_running_loop().run_in_executor(self._detections, context.run, work)

    @property
    def running(self) -> int:
        """Transcriptions accepted and not yet ended."""
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
        self._runs.shutdown(wait=False, cancel_futures=True)
        self._detections.shutdown(wait=False, cancel_futures=True)
        deadline = time.monotonic() + _CLOSE_S
        while self._running and time.monotonic() < deadline:
            time.sleep(0.02)
