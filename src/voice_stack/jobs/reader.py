"""Jobs as they are at this moment: what the database says, and what only the running attempt knows."""

import time
from collections.abc import Sequence

from voice_stack.core.envelope import json_bytes
from voice_stack.core.errors import JobCancelledError, JobNotFinishedError, NotFoundError, ResultExpiredError
from voice_stack.jobs.storage import Storage
from voice_stack.jobs.types import TRANSFERS, Batch, BatchItem, Job, JobStatus, JobView, StoredResponse
from voice_stack.jobs.work.pace import Load, queued_seconds_left, running_seconds_left
from voice_stack.jobs.work.worker import JobWorkers


class JobReader:
    """Reader of jobs and batches. On the event loop.

    Args:
        workers: which know of a running job what the database does not.
    """

    def __init__(self, storage: Storage, workers: JobWorkers) -> None:
        self._storage = storage
        self._threads = storage.threads
        self._workers = workers

    async def get(self, job_id: str) -> Job:
        """The job as the database has it.

        Raises:
            NotFoundError: there is none.
        """
        # A database may choke on what is no id (PostgreSQL on a NUL).
        job = (
            await self._threads.database(self._storage.jobs.get, job_id)
            if job_id.isascii() and job_id.isprintable()
            else None
        )
        if job is None:
            raise NotFoundError(f"There is no job {job_id[:50]!r}; it may have been deleted.")
        return job

    async def view(self, job_id: str) -> JobView:
        """The job.

        Raises:
            NotFoundError: there is none.
        """
        return (await self.views([await self.get(job_id)]))[0]

    async def views(self, found: Sequence[Job]) -> list[JobView]:
        """Jobs, with what is known at this moment only."""
        callbacks = await self._threads.database(self._storage.jobs.callbacks.of, [job.id for job in found])
        waiting = any(job.status is JobStatus.QUEUED for job in found)
        everything = await self._threads.database(self._storage.queue.queue) if waiting else []
        # Transfers and computations do not wait for each other.
        queues = [[job for job in everything if (job.kind in TRANSFERS) is side] for side in (False, True)]
        positions = {job.id: number for queue in queues for number, job in enumerate(queue)}
        views = []
        for job in found:
            position = positions.get(job.id) if job.status is JobStatus.QUEUED else None
            left = self._running_left(job)
            if position is not None:
                transfer = job.kind in TRANSFERS
                ahead = [Load(other.kind, _left(other)) for other in queues[transfer][:position]]
                ahead += [
                    Load(live.job.kind, _rest(live.reached))
                    for live in self._workers.live.values()
                    if (live.job.kind in TRANSFERS) is transfer
                ]
                workers = 1 if transfer else self._workers.count
                left = queued_seconds_left(self._workers.pace, Load(job.kind, _left(job)), ahead, workers)
            own = tuple(callbacks.get(job.id, ()))
            views.append(JobView(job, self._reached(job), None if position is None else position + 1, left, own))
        return views

    async def page(self, limit: int, after: str | None, status: JobStatus | None) -> tuple[list[JobView], bool]:
        """Jobs, the newest first, and whether there are more.

        Raises:
            NotFoundError: `after` is no job.
        """
        last = await self.get(after) if after else None
        found, more = await self._threads.database(self._storage.jobs.page, limit, last, status)
        return await self.views(found), more

    async def batch(self, batch_id: str) -> Batch:
        """The batch.

        Raises:
            NotFoundError: there is none.
        """
        sane = batch_id.isascii() and batch_id.isprintable()
        found = await self._threads.database(self._storage.batches.get, batch_id) if sane else None
        if found is None:
            raise NotFoundError(f"There is no batch {batch_id[:50]!r}.")
        created_at, items = found
        views = await self.views([item.job for item in items if item.job is not None])
        by_id = {view.job.id: view for view in views}
        return Batch(
            batch_id,
            created_at,
            tuple(BatchItem(item.name, item.error, by_id.get(item.job.id) if item.job else None) for item in items),
        )

    async def response(self, job: Job) -> StoredResponse:
        """The answer of a job that is over.

        Raises:
            JobNotFinishedError, JobCancelledError, ResultExpiredError: there is none to be had.
        """
        if not job.status.is_over:
            view = (await self.views([job]))[0]
            raise JobNotFinishedError(
                f"The job is {job.status}; ask again later, or follow its events.", retry_after_s=view.retry_after_s
            )
        if job.status is JobStatus.CANCELLED:
            raise JobCancelledError("The job was cancelled.")
        path = self._storage.spool.result(job.id)
        status = job.response_status or 500
        if await self._threads.disk(path.is_file):
            return StoredResponse(status, job.response_headers, path)
        if job.error is None or job.expired:
            raise ResultExpiredError("The result was kept for its time (JOB_RESULT_TTL_S) and is gone.")
        return StoredResponse(status, job.response_headers, json_bytes({"error": job.error}))

    def _reached(self, job: Job) -> tuple[float, float | None]:
        live = self._workers.live.get(job.id) if job.status is JobStatus.RUNNING else None
        return live.reached if live else (job.processed_s, job.total_s)

    def _running_left(self, job: Job) -> float | None:
        live = self._workers.live.get(job.id)
        if job.status is not JobStatus.RUNNING or live is None:
            return None
        done, total = live.reached
        return running_seconds_left(
            self._workers.pace,
            job.kind,
            done_s=done,
            total_s=total,
            done_before_s=live.before_s,
            wall_s=time.monotonic() - live.began,
        )


def _left(job: Job) -> float | None:
    return _rest((job.processed_s, job.total_s))


def _rest(reached: tuple[float, float | None]) -> float | None:
    done, total = reached
    return None if total is None else max(0.0, total - done)
