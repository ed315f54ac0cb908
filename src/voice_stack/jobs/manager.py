"""The jobs of a service: accepted durably, run, joined when they are the same, cancelled, and forgotten in time."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from voice_stack.core.errors import (
    JobsUnavailableError,
    NotFoundError,
    ServiceUnavailableError,
    StoppingError,
    VoiceStackError,
)
from voice_stack.jobs import schemas
from voice_stack.jobs.callbacks.policy import check_callback
from voice_stack.jobs.callbacks.sender import CallbackSender
from voice_stack.jobs.following import JobFollowers
from voice_stack.jobs.intake import Intake, Item
from voice_stack.jobs.reader import JobReader
from voice_stack.jobs.settings import JobOptions
from voice_stack.jobs.spool.keys import key_of
from voice_stack.jobs.spool.spool import MIB, Spool
from voice_stack.jobs.store.batch_store import BatchStore
from voice_stack.jobs.store.database import Database
from voice_stack.jobs.store.job_store import JobStore, Released
from voice_stack.jobs.store.queue_store import JobQueue
from voice_stack.jobs.store.recovery import recover
from voice_stack.jobs.threads import Threads
from voice_stack.jobs.types import Batch, Job, JobStatus, JobView, Json, NewJob
from voice_stack.jobs.watch import Watchers
from voice_stack.jobs.work.pace import Pace
from voice_stack.jobs.work.run import JobHandler
from voice_stack.jobs.work.worker import JobWorkers

logger = logging.getLogger("voice_stack.jobs")

# The row of a job outlives its result by so many times as long: the client learns that it came too late.
_ROWS_OUTLIVE = 7
_HOUSEKEEPING_S = 30.0
_COUNT_S = 0.5


class JobManager:
    """The jobs of one service. Everything is called on its event loop; nothing there waits for disk or database.

    `await start()` before the first request, `begin_stop()` when the service begins to stop, `await stop()` at last.
    `read` shows jobs, `follow` waits for them.

    Args:
        data_dir: what the jobs keep is in a folder of it.
        service: short name (`asr`), of the folder.
        handlers: by the kind of job that they run.
        api_prefix: of the paths in what callbacks are sent.
        clock: seconds since the epoch.
        retry_base_s: before the second attempt at a job or a callback that failed for the moment.

    Raises:
        SettingsError: JOB_DATABASE_URL cannot be used.
    """

    def __init__(
        self,
        options: JobOptions,
        data_dir: Path,
        service: str,
        handlers: Mapping[str, JobHandler],
        *,
        api_prefix: str = "/v1",
        clock: Callable[[], float] = time.time,
        retry_base_s: float = 5.0,
    ) -> None:
        folder = data_dir / "jobs" / service
        self.options = options
        self.api_prefix = api_prefix
        self._ttl_s = options.result_ttl_s
        self._handlers = dict(handlers)
        self._clock = clock
        self._retry_base_s = retry_base_s
        self._database = Database(options.database_url, folder / "jobs.sqlite3")
        self._spool = Spool(folder, int(options.spool_mb * MIB))
        self._threads = Threads()
        self._watchers = Watchers()
        self._counts: dict[JobStatus, int] = {}
        self._moved = asyncio.Event()
        self.problem: str | None = "The jobs have not been started."
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False

    async def start(self) -> None:
        """Take the folder, bring back what a process before left, and begin to work. May be tried again.

        Raises:
            SettingsError: the folder or the database cannot be used, or another process uses it.
            ServiceUnavailableError: the database failed.
        """
        try:
            await self._threads.disk(self._spool.open)
            await self._threads.database(self._database.open)
            await self._open()
        except BaseException as error:
            self.problem = error.message if isinstance(error, VoiceStackError) else type(error).__name__
            await self._threads.disk(self._spool.close)
            raise
        self.problem = None
        self._workers.start()
        self._tasks = [
            asyncio.create_task(work) for work in (self._sender.run(), self._keep_house(), self._keep_count())
        ]

    async def _open(self) -> None:
        stored = (self._database, self._spool.id)
        self._store, self._queue, self._batches = JobStore(*stored), JobQueue(*stored), BatchStore(*stored)
        pace, count = Pace(), self.options.workers
        self._workers = JobWorkers(
            self._queue,
            self._spool,
            self._handlers,
            self._threads,
            pace,
            count=count,
            ttl_s=self._ttl_s,
            changed=self._changed,
            clock=self._clock,
            retry_base_s=self._retry_base_s,
        )
        self.read = JobReader(
            self._store, self._queue, self._batches, self._spool, self._workers, self._threads, pace, count=count
        )
        self.follow = JobFollowers(
            self.read,
            self._store,
            self._workers,
            self._watchers,
            self._threads,
            release=self.release,
            clock=self._clock,
        )
        self._intake = Intake(
            self._database,
            self._store,
            self._batches,
            self._spool,
            self._threads,
            ttl_s=self._ttl_s,
            clock=self._clock,
        )
        self._sender = CallbackSender(
            self._store.callbacks,
            self._threads,
            self._callback_body,
            hosts=self.options.callback_hosts,
            secret=self.options.callback_secret,
            clock=self._clock,
            retry_base_s=self._retry_base_s,
        )
        await self._threads.database(
            recover, self._queue, self._store, self._spool, now=self._clock(), ttl_s=self._ttl_s
        )
        await self.expire()

    def begin_stop(self) -> None:
        """Accept and begin nothing more; end the streams of events. Never waits."""
        self._stopping = True
        if self._tasks:
            self._workers.begin_stop()
            self.follow.begin_stop()

    async def stop(self) -> None:
        """Put running jobs back for the next process, and let go of everything. Idempotent."""
        self.begin_stop()
        if self._tasks:
            await self._workers.stop()
            await self.follow.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await asyncio.to_thread(self._threads.close)
        await asyncio.to_thread(self._database.close)
        await asyncio.to_thread(self._spool.close)

    @property
    def available(self) -> bool:
        """Whether jobs can be taken; `problem` says why not."""
        return bool(self._tasks) and not self._stopping

    def check(self) -> None:
        """See that there are jobs.

        Raises:
            StoppingError: the service is being stopped.
            JobsUnavailableError: there is no folder for them.
        """
        if self._stopping:
            raise StoppingError("The service is being stopped.")
        if not self._tasks:
            raise JobsUnavailableError(f"The server cannot keep jobs: {self.problem}")

    def status(self) -> Json:
        """For /health: jobs by their state, as of a moment ago, and what they take of the disk. Never waits."""
        return {
            "state": "ready" if self.problem is None else "unavailable",
            "reason": self.problem,
            **{status.value: self._counts.get(status, 0) for status in JobStatus},
            "spool_mib": round(self._spool.used_bytes / MIB, 1),
        }

    async def accept(self, new: NewJob) -> Job:
        """Take a request over: when this returns, its answer is certain, whatever happens to the process.

        The files are read, and stay the caller's. Work that is in flight or has just been finished is joined: the job
        is then one that was there before, and has one owner more.

        Raises:
            InvalidRequestError: the callback is not allowed.
            UploadTooLargeError, SpoolFullError: there is no room for it.
            ServiceUnavailableError: disk or database failed, there is no folder, or the service is being stopped.
        """
        accepted, _ = await self._take([new], None)
        return accepted[0]

    async def accept_batch(self, items: Sequence[Item]) -> Batch:
        """Take several requests over, all or none; those that were found invalid are noted with their error.

        Args:
            items: what the client knows each by, and the job or what is wrong with it.

        Raises:
            As `accept`.
        """
        _, batch_id = await self._take([item for _, item in items if isinstance(item, NewJob)], items)
        assert batch_id is not None
        return await self.read.batch(batch_id)

    async def _take(self, new: Sequence[NewJob], items: Sequence[Item] | None) -> tuple[list[Job], str | None]:
        self.check()
        for request in new:
            if request.callback_url:
                # On a thread: the first one loads the client.
                await self._threads.disk(check_callback, request.callback_url, self.options.callback_hosts)
        accepted, batch_id = await self._intake.take(new, items)
        self._workers.wake()
        self._sender.wake()
        for job in accepted:
            self._changed(job.id)
        return accepted, batch_id

    async def key(self, new: NewJob) -> str:
        """The identity of work that shall perhaps be done without a job. Reads the files."""
        return await self._threads.disk(key_of, new)

    async def release(self, job_id: str) -> tuple[Released, JobView]:
        """Give a job up for one of its owners: the last one cancels it, or deletes it when it is over.

        Raises:
            NotFoundError: there is no such job.
        """
        await self.read.get(job_id)
        released, job = await self._threads.database(
            self._store.release, job_id, now=self._clock(), ttl_s=self._ttl_s, awaited=self.follow.awaits(job_id)
        )
        if job is None:
            raise NotFoundError(f"There is no job {job_id[:50]!r}; it may have been deleted.")
        if released is Released.CANCELLING:
            self._workers.cancel(job.id)
        elif released in (Released.CANCELLED, Released.DELETED):
            await self._threads.disk(self._spool.remove, job.id)
            self._sender.wake()
        self._changed(job.id)
        return released, (await self.read.views([job]))[0]

    async def release_batch(self, batch_id: str) -> Batch | None:
        """Give up the jobs of a batch that are not over; a batch that is over is deleted, with the results.

        Returns:
            The batch as it is then; None when it is deleted.

        Raises:
            NotFoundError: there is no such batch.
        """
        batch = await self.read.batch(batch_id)
        for position, item in enumerate(batch.items):
            if item.job is None or (item.job.job.status.is_over and not batch.is_over):
                continue
            job = item.job.job
            if job.owners > 1:
                # First: a job that was given up, but stayed, would be given up again by the next call.
                await self._threads.database(self._batches.detach, batch_id, position)
            with contextlib.suppress(NotFoundError):  # it has just been deleted
                released, _ = await self.release(job.id)
                if released is Released.SHARED:
                    await self._threads.database(self._batches.detach, batch_id, position)
        if batch.is_over:
            await self._threads.database(self._batches.delete, batch_id)
            return None
        return await self.read.batch(batch_id)

    async def expire(self) -> None:
        """Let go of results that are older than JOB_RESULT_TTL_S."""
        now, keep = self._clock(), self._ttl_s * _ROWS_OUTLIVE
        for job_id in await self._threads.database(self._store.expire, now=now, keep_row_s=keep):
            await self._threads.disk(self._spool.remove, job_id)
        await self._threads.database(self._batches.forget, now - keep)
        self._moved.set()

    async def _keep_house(self) -> None:
        while True:
            await asyncio.sleep(min(_HOUSEKEEPING_S, max(0.1, self._ttl_s / 4)))
            try:
                await self._intake.settle_doubts()
                await self.expire()
            except Exception:
                logger.exception("old results could not be removed")

    async def _keep_count(self) -> None:
        """Soon after every change; not at every one of a crowd."""
        while True:
            await self._moved.wait()
            self._moved.clear()
            try:
                self._counts = await self._threads.database(self._store.counts)
            except ServiceUnavailableError as error:
                logger.warning("the jobs could not be counted: %s", error)
            await asyncio.sleep(_COUNT_S)

    async def _callback_body(self, job_id: str, event_id: str) -> bytes | None:
        try:
            return schemas.callback_body(await self.read.view(job_id), event_id, self.api_prefix)
        except NotFoundError:
            return None

    def _changed(self, job_id: str) -> None:
        self._watchers.changed(job_id)
        self._moved.set()
        if self._tasks and job_id not in self._workers.live:
            self._sender.wake()
