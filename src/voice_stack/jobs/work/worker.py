"""Running jobs: claim, run, keep the answer, and only then say that it is there."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping

from voice_stack.core.errors import (
    CancelledWorkError,
    DiskFullError,
    ServiceUnavailableError,
    StoppingError,
    VoiceStackError,
)
from voice_stack.core.logging import Seldom, request_id
from voice_stack.jobs.backoff import backoff_s
from voice_stack.jobs.spool.checkpoints import Checkpoints
from voice_stack.jobs.spool.room import fills_the_disk, free_bytes, is_full
from voice_stack.jobs.storage import Storage
from voice_stack.jobs.types import Job, JobStatus
from voice_stack.jobs.work.outcome import LiveJob, Outcome, failed
from voice_stack.jobs.work.pace import Pace
from voice_stack.jobs.work.responses import inner_error
from voice_stack.jobs.work.run import JobHandler, JobRun
from voice_stack.serving.scheduling.policy import Lane

logger = logging.getLogger("voice_stack.jobs")

# Attempts that may end with an error that passes, before the job fails with it.
MAX_FAILURES = 12
_RETRY_MOST_S = 300.0
# Workers look at the queue at least so often, whoever forgot to wake them.
_IDLE_S = 30.0
_DATABASE_RETRY_S = 1.0
_SAVE_PROGRESS_S = 5.0
# Seconds that running handlers have to come to a safe point when the service stops.
_STOP_S = 2.0


class JobWorkers:
    """Workers that run up to `count` jobs at once, and one transfer besides. On the event loop.

    Args:
        handlers: by the kind of job that they run.
        changed: told the id of a job whenever something about it has changed.
        retry_base_s: seconds before the second attempt at a job whose error may pass.

    Attributes:
        live: the jobs that run, by their id.
        pace: how fast each kind of job goes.
        count: jobs that run at once.
    """

    def __init__(
        self,
        storage: Storage,
        handlers: Mapping[str, JobHandler],
        *,
        count: int,
        changed: Callable[[str], None],
        retry_base_s: float,
    ) -> None:
        self.live: dict[str, LiveJob] = {}
        self.pace = Pace()
        self.count = count
        self._queue = storage.queue
        self._spool = storage.spool
        self._threads = storage.threads
        self._clock = storage.clock
        self._ttl_s = storage.ttl_s
        self._handlers = handlers
        self._changed = changed
        self._retry_base_s = retry_base_s
        self._cancelled: set[str] = set()
        self._wakers: list[asyncio.Event] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._saving: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._seldom = Seldom(logger)

    def start(self) -> None:
        """Begin to claim jobs."""
        for number in range(self.count):
            # A film in every place would keep a voice command waiting for an hour.
            lanes = (Lane.INTERACTIVE,) if number == 0 and self.count > 1 else tuple(Lane)
            self._employ(f"job-worker-{number}", lanes)
        # A download of an hour takes nobody's turn at the engines.
        self._employ("job-transfers", tuple(Lane), transfers=True)

    def _employ(self, name: str, lanes: tuple[Lane, ...], *, transfers: bool = False) -> None:
        waker = asyncio.Event()
        self._wakers.append(waker)
        self._tasks.append(asyncio.create_task(self._work(lanes, waker, transfers=transfers), name=name))

    def wake(self) -> None:
        """There may be something to do."""
        for waker in self._wakers:
            waker.set()

    def cancel(self, job_id: str) -> None:
        """Let a running job end at its next safe point; the database knows that it is to be cancelled."""
        self._cancelled.add(job_id)
        if live := self.live.get(job_id):
            live.stop.set()

    def begin_stop(self) -> None:
        """Begin no job any more, and let those that run come to a safe point."""
        self._stopping = True
        for live in self.live.values():
            live.stop.set()
        self.wake()

    async def stop(self) -> None:
        """Wait a moment for the running jobs, and put them back into the queue."""
        self.begin_stop()
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=_STOP_S)
        left = [live.job for live in self.live.values()]
        for task in late:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._saving, return_exceptions=True)
        with contextlib.suppress(ServiceUnavailableError):  # the next start finds them as after a crash
            for job in left:
                await self._threads.database(self._queue.put_back, job, not_before=0.0, failed=False)

    async def _work(self, lanes: tuple[Lane, ...], waker: asyncio.Event, *, transfers: bool) -> None:
        while not self._stopping:
            waker.clear()
            try:
                job = await self._threads.database(self._queue.claim, lanes, self._clock(), transfers=transfers)
                pause = _IDLE_S if job else await self._pause_s()
            except ServiceUnavailableError as error:
                self._seldom.error(f"the queue of jobs cannot be read: {error}")
                job, pause = None, _DATABASE_RETRY_S
            if job is not None:
                try:
                    await self._run(job)
                except Exception:
                    logger.exception("the end of the job %s could not be noted; the next start runs it again", job.id)
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await waker.wait()

    async def _pause_s(self) -> float:
        """Seconds until a job comes due that waits for better times."""
        now = self._clock()
        moment = await self._threads.database(self._queue.next_retry, now)
        return _IDLE_S if moment is None else min(_IDLE_S, moment - now)

    async def _run(self, job: Job) -> None:
        live = LiveJob(job, time.monotonic(), job.processed_s)
        self.live[job.id] = live
        if self._stopping or job.id in self._cancelled:
            live.stop.set()
        self._changed(job.id)
        token = request_id.set(job.id)
        try:
            outcome = await self._attempt(live)
            await self._record_end(live, outcome)
        finally:
            request_id.reset(token)
            del self.live[job.id]
            self._cancelled.discard(job.id)
            self._changed(job.id)

    async def _attempt(self, live: LiveJob) -> Outcome:
        try:
            handler = self._handlers.get(live.job.kind)
            if handler is None:
                raise VoiceStackError(f"This version of the service does not know jobs of kind {live.job.kind!r}.")
            run = await self._threads.disk(self._open, live, asyncio.get_running_loop())
            live.run = run
            response = await handler(run)
            await self._threads.disk(self._spool.keep_result, live.job.id, response.body)
        except (StoppingError, CancelledWorkError) as error:
            if isinstance(error, StoppingError):
                # The service is going down, and whoever noticed first has told.
                self.begin_stop()
            if not live.stop.is_set():
                return failed(error)
            return Outcome(JobStatus.CANCELLED if live.job.id in self._cancelled else None)
        except VoiceStackError as error:
            return self._after_error(live.job, error)
        except OSError as error:
            if is_full(error):
                return await self._threads.disk(self._after_full_disk, live.job)
            logger.exception("a job failed on the disk")
            return self._after_error(live.job, ServiceUnavailableError(f"The server's disk failed: {error.strerror}."))
        except Exception:
            logger.exception("a job failed on an error that nobody foresaw")
            return failed(VoiceStackError("The server failed on this job; its log has the details under the job's id."))
        if response.status >= 400:
            return Outcome(JobStatus.FAILED, response, inner_error(response), kept=True)
        return Outcome(JobStatus.COMPLETED, response, kept=True)

    def _open(self, live: LiveJob, loop: asyncio.AbstractEventLoop) -> JobRun:
        """The job's files. Blocking."""
        job = live.job
        folder = self._spool.job_folder(job.id)
        request = self._spool.request(job.id)
        checkpoints = Checkpoints(folder, grown=lambda size: self._spool.grow(job.id, size))

        def told() -> None:
            if not live.told:
                live.told = True
                with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to be told
                    loop.call_soon_threadsafe(self._progressed, live)

        return JobRun(job, request, folder, checkpoints, live.stop, told)

    def _progressed(self, live: LiveJob) -> None:
        live.told = False
        self._changed(live.job.id)
        now = time.monotonic()
        if now - live.saved >= _SAVE_PROGRESS_S and live.job.id in self.live:
            live.saved = now
            task = asyncio.create_task(self._save_progress(live))
            self._saving.add(task)
            task.add_done_callback(self._saving.discard)

    async def _save_progress(self, live: LiveJob) -> None:
        try:
            await self._threads.database(self._queue.note_progress, live.job, *live.reached)
        except ServiceUnavailableError as error:
            self._seldom.warning(f"the progress of a job could not be noted: {error}")

    def _after_error(self, job: Job, error: VoiceStackError) -> Outcome:
        if not error.retryable or job.failures + 1 >= MAX_FAILURES:
            return failed(error)
        delay = backoff_s(job.failures + 1, base_s=self._retry_base_s, most_s=_RETRY_MOST_S)
        logger.warning("a job is tried again in %.0f s: %s", delay, error)
        return Outcome(None, delay_s=delay)

    def _after_full_disk(self, job: Job) -> Outcome:
        """Blocking. What fills the disk goes; others wait for better times."""
        deleted, checkpoints = self._spool.drop_output(job.id)
        free = free_bytes(self._spool.folder) + checkpoints
        if not fills_the_disk(deleted + checkpoints, free):
            return self._after_error(job, ServiceUnavailableError("The server's disk is full."))
        logger.error("the job %s needs more room than the disk has, and is given up", job.id)
        self._spool.remove(job.id)
        return failed(DiskFullError("The job and its answer need more room than there is on the server's disk."))

    async def _record_end(self, live: LiveJob, outcome: Outcome) -> None:
        """Write down how the attempt ended; a database that is away is waited for."""
        while True:
            try:
                await self._write(live, outcome)
                return
            except (ServiceUnavailableError, OSError) as error:
                self._seldom.error(f"the end of a job cannot be noted yet: {error}")
                if self._stopping:
                    return  # the answer lies on the disk, and the next process makes it anew
                if isinstance(error, DiskFullError):
                    await self._threads.disk(self._make_room, live.job.id, outcome)
                await asyncio.sleep(_DATABASE_RETRY_S)

    def _make_room(self, job_id: str, outcome: Outcome) -> None:
        """Blocking. For the database, of what the job will not need any more."""
        with contextlib.suppress(OSError):
            if outcome.kept:
                self._spool.drop_checkpoints(job_id)
            elif outcome.status is not None or job_id in self._cancelled:
                self._spool.remove(job_id)

    async def _write(self, live: LiveJob, outcome: Outcome) -> None:
        job, now = live.job, self._clock()
        if outcome.status is None and job.id not in self._cancelled:
            not_before = 0.0 if outcome.delay_s is None else now + outcome.delay_s
            await self._threads.database(
                self._queue.put_back,
                job,
                not_before=not_before,
                failed=outcome.delay_s is not None,
                processed_s=live.reached[0],
            )
            return
        if not outcome.kept:
            # An attempt that was lost after it had kept its answer must not speak for this one.
            await self._threads.disk(self._spool.drop_result, job.id)
        status = outcome.status or JobStatus.CANCELLED
        progress = live.reached
        if status is JobStatus.COMPLETED and progress[1] is not None:
            progress = (progress[1], progress[1])
        ended = await self._threads.database(
            self._queue.finish,
            job,
            status,
            now=now,
            ttl_s=self._ttl_s,
            response=outcome.response,
            error=outcome.error,
            progress=progress,
        )
        if not ended and await self._threads.database(
            self._queue.finish, job, JobStatus.CANCELLED, now=now, ttl_s=self._ttl_s
        ):
            status = JobStatus.CANCELLED  # after its last safe point
        if status is JobStatus.COMPLETED:
            self.pace.observe(job.kind, live.reached[0] - live.before_s, time.monotonic() - live.began)
        tidy = self._spool.remove if status is JobStatus.CANCELLED else self._spool.drop_inputs
        try:
            await self._threads.disk(tidy, job.id)
        except OSError as error:
            logger.warning("the files of a finished job could not be removed: %s", error)
