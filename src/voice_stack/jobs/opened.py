"""Jobs of a service from the moment at which their folder is open until it is closed again."""

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence

from voice_stack.core.errors import DiskFullError, NotFoundError, ServiceUnavailableError
from voice_stack.jobs import schemas
from voice_stack.jobs.callbacks.policy import check_callback
from voice_stack.jobs.callbacks.sender import CallbackSender
from voice_stack.jobs.following import JobFollowers
from voice_stack.jobs.intake import Intake
from voice_stack.jobs.reader import JobReader
from voice_stack.jobs.settings import JobOptions
from voice_stack.jobs.storage import Storage
from voice_stack.jobs.types import Batch, Item, Job, JobStatus, JobView, NewJob, Released
from voice_stack.jobs.watch import Watchers
from voice_stack.jobs.work.recovery import recover
from voice_stack.jobs.work.run import JobHandler
from voice_stack.jobs.work.worker import JobWorkers

logger = logging.getLogger("voice_stack.jobs")

# The row of a job outlives its result by so many times as long: the client learns that it came too late.
_ROWS_OUTLIVE = 7
_HOUSEKEEPING_S = 30.0
_COUNT_S = 0.5


class OpenJobs:
    """Everything that serves the jobs of one open storage, whole from its construction. On the event loop.

    Args:
        handlers: by the kind of job that they run.
        retry_base_s: seconds before the second attempt at a job or a callback that failed for the moment.

    Attributes:
        read: shows jobs.
        follow: waits for them.
        counts: jobs by their state, as of a moment ago.
    """

    def __init__(
        self,
        storage: Storage,
        options: JobOptions,
        handlers: Mapping[str, JobHandler],
        *,
        api_prefix: str,
        retry_base_s: float,
    ) -> None:
        self.counts: dict[JobStatus, int] = {}
        self._storage = storage
        self._threads = storage.threads
        self._options = options
        self._api_prefix = api_prefix
        self._watchers = Watchers()
        self._moved = asyncio.Event()
        self._intake = Intake(storage)
        self._workers = JobWorkers(
            storage, handlers, count=options.workers, changed=self._changed, retry_base_s=retry_base_s
        )
        self.read = JobReader(storage, self._workers)
        self.follow = JobFollowers(storage, self.read, self._workers, self._watchers, release=self.release)
        self._sender = CallbackSender(
            storage,
            self._callback_body,
            hosts=options.callback_hosts,
            secret=options.callback_secret,
            retry_base_s=retry_base_s,
        )
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Bring back what a process before left, and begin to work.

        Raises:
            ServiceUnavailableError: the database failed; nothing has begun.
        """
        await self._threads.database(recover, self._storage)
        await self.expire()
        self._workers.start()
        self._tasks = [
            asyncio.create_task(work) for work in (self._sender.run(), self._keep_house(), self._keep_count())
        ]

    def begin_stop(self) -> None:
        """Begin nothing more; end the streams of events. Never waits."""
        self._workers.begin_stop()
        self.follow.begin_stop()

    async def stop(self) -> None:
        """Put running jobs back for the next process."""
        self.begin_stop()
        await self._workers.stop()
        await self.follow.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def take(self, new: Sequence[NewJob], items: Sequence[Item] | None) -> tuple[list[Job], str | None]:
        """Accept all of the requests, or none; see `Intake.take`.

        Raises:
            InvalidRequestError: a callback is not allowed.
            UploadTooLargeError, SpoolFullError: there is no room.
            ServiceUnavailableError: disk or database failed.
        """
        for request in new:
            if request.callback_url:
                # On a thread: the first one loads the client.
                await self._threads.disk(check_callback, request.callback_url, self._options.callback_hosts)
        accepted, batch_id = await self._intake.take(new, items)
        self._workers.wake()
        self._sender.wake()
        for job in accepted:
            self._changed(job.id)
        return accepted, batch_id

    async def release(self, job_id: str) -> tuple[Released, JobView]:
        """Give a job up for one of its owners; see `JobManager.release`."""
        known = await self.read.get(job_id)
        storage = self._storage
        try:
            released, job = await self._release(job_id)
        except DiskFullError:
            if known.owners > 1 or self.follow.awaits(job_id):
                raise
            # To give up a job must be possible on a disk that is full of jobs: its files go first.
            if known.status is JobStatus.RUNNING:
                self._workers.cancel(job_id)
                return Released.CANCELLING, (await self.read.views([known]))[0]
            await self._threads.disk(storage.spool.remove, job_id)
            released, job = await self._release(job_id)
        if job is None:
            raise NotFoundError(f"There is no job {job_id[:50]!r}; it may have been deleted.")
        if released is Released.CANCELLING:
            self._workers.cancel(job.id)
        elif released in (Released.CANCELLED, Released.DELETED):
            await self._threads.disk(storage.spool.remove, job.id)
            self._sender.wake()
        self._changed(job.id)
        return released, (await self.read.views([job]))[0]

    async def _release(self, job_id: str) -> tuple[Released, Job | None]:
        storage = self._storage
        return await self._threads.database(
            storage.jobs.release,
            job_id,
            now=storage.clock(),
            ttl_s=storage.ttl_s,
            awaited=self.follow.awaits(job_id),
        )

    async def release_batch(self, batch_id: str) -> Batch | None:
        """Give up the jobs of a batch; see `JobManager.release_batch`."""
        batch, batches = await self.read.batch(batch_id), self._storage.batches
        for position, item in enumerate(batch.items):
            if item.job is None or (item.job.job.status.is_over and not batch.is_over):
                continue
            job = item.job.job
            if job.owners > 1:
                # First: a job that was given up, but stayed, would be given up again by the next call.
                await self._threads.database(batches.detach, batch_id, position)
            with contextlib.suppress(NotFoundError):  # it has just been deleted
                released, _ = await self.release(job.id)
                if released is Released.SHARED:
                    await self._threads.database(batches.detach, batch_id, position)
        if batch.is_over:
            await self._threads.database(batches.delete, batch_id)
            return None
        return await self.read.batch(batch_id)

    async def expire(self) -> None:
        """Let go of results that are older than JOB_RESULT_TTL_S."""
        storage = self._storage
        now, keep = storage.clock(), storage.ttl_s * _ROWS_OUTLIVE
        # The files first: on a full disk the database may have to wait for their room.
        for job_id in await self._threads.database(storage.jobs.expiring, now):
            await self._threads.disk(storage.spool.remove, job_id)
        await self._threads.database(storage.jobs.expire, now=now, keep_row_s=keep)
        await self._threads.database(storage.batches.forget, now - keep)
        self._moved.set()

    async def _keep_house(self) -> None:
        while True:
            await asyncio.sleep(min(_HOUSEKEEPING_S, max(0.1, self._storage.ttl_s / 4)))
            try:
                await self._intake.remove_unaccepted()
                await self.expire()
            except Exception:
                logger.exception("old results could not be removed")

    async def _keep_count(self) -> None:
        """Soon after every change; not at every one of a crowd."""
        while True:
            await self._moved.wait()
            self._moved.clear()
            try:
                self.counts = await self._threads.database(self._storage.jobs.counts)
            except ServiceUnavailableError as error:
                logger.warning("the jobs could not be counted: %s", error)
            await asyncio.sleep(_COUNT_S)

    async def _callback_body(self, job_id: str, event_id: str) -> bytes | None:
        try:
            return schemas.callback_body(await self.read.view(job_id), event_id, self._api_prefix)
        except NotFoundError:
            return None

    def _changed(self, job_id: str) -> None:
        self._watchers.changed(job_id)
        self._moved.set()
        if job_id not in self._workers.live:
            self._sender.wake()
