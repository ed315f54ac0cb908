"""Waiting for jobs, and watching them. On the event loop."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from typing import Any

from voice_stack.core.errors import JobCancelledError, NotFoundError, ServiceUnavailableError, StoppingError
from voice_stack.jobs.reader import JobReader
from voice_stack.jobs.storage import Storage
from voice_stack.jobs.types import JobView, StoredResponse
from voice_stack.jobs.watch import Watchers
from voice_stack.jobs.work.worker import JobWorkers

logger = logging.getLogger("voice_stack.jobs")

# Between two looks at a watched job: at the most often, and at the least (its place in the queue moves unannounced).
_WATCH_PAUSE_S, _WATCH_IDLE_S = 0.2, 5.0


class JobFollowers:
    """Followers of jobs: who waits for the end of one, and who watches it.

    Args:
        watchers: told of every change.
        release: gives a job up for one of its owners.
    """

    def __init__(
        self,
        storage: Storage,
        read: JobReader,
        workers: JobWorkers,
        watchers: Watchers,
        *,
        release: Callable[[str], Awaitable[object]],
    ) -> None:
        self._storage = storage
        self._read = read
        self._workers = workers
        self._watchers = watchers
        self._release = release
        self._awaited: Counter[str] = Counter()
        self._errands: set[asyncio.Task[None]] = set()
        self._stopping = False

    def begin_stop(self) -> None:
        """End all waiting with `StoppingError`."""
        self._stopping = True
        self._watchers.wake_all()

    async def stop(self) -> None:
        """End all waiting, and what is still done for those who have waited."""
        self.begin_stop()
        for task in self._errands:
            task.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)

    def awaits(self, job_id: str) -> bool:
        """True while somebody waits for the job's answer."""
        return self._awaited[job_id] > 0

    async def join(self, key: str) -> StoredResponse | None:
        """The answer of a job that does, or has just done, the work of this key; None when there is none.

        The caller becomes no owner. When the owners cancel the job, it goes on for as long as somebody waits here.
        """
        job = await self._storage.threads.database(self._storage.jobs.twin, key, self._storage.clock())
        if job is None:
            return None
        try:
            return await self.wait(job.id)
        except (JobCancelledError, NotFoundError):
            return None

    async def wait(self, job_id: str) -> StoredResponse:
        """The job's answer, as soon as there is one; an error's envelope when it failed.

        Raises:
            NotFoundError: there is no such job, or it was deleted meanwhile.
            JobCancelledError: it was cancelled meanwhile.
            StoppingError: the service is being stopped; the job goes on in the next process.
        """
        self._awaited[job_id] += 1
        try:
            with self._watchers.on(job_id) as changed:
                while True:
                    changed.clear()
                    if job_id not in self._workers.live:
                        job = await self._read.get(job_id)
                        if job.status.is_over:
                            return await self._read.response(job)
                    self._refuse_when_stopping()
                    await changed.wait()
        finally:
            self._awaited[job_id] -= 1
            if not self._awaited[job_id]:
                del self._awaited[job_id]
                self._errand(self._drop_unowned(job_id))

    async def watch(self, job_id: str) -> AsyncGenerator[JobView, None]:
        """The job now and after every change, until it is over.

        Raises:
            NotFoundError: there is no such job, or it was deleted meanwhile.
            StoppingError: the service is being stopped.
        """
        with self._watchers.on(job_id) as changed:
            while True:
                changed.clear()
                view = await self._read.view(job_id)
                yield view
                if view.job.status.is_over:
                    return
                self._refuse_when_stopping()
                try:
                    async with asyncio.timeout(_WATCH_IDLE_S):
                        await changed.wait()
                except TimeoutError:
                    continue
                await asyncio.sleep(_WATCH_PAUSE_S)

    async def _drop_unowned(self, job_id: str) -> None:
        """Cancel a job that was only kept for those who waited."""
        try:
            job = await self._read.get(job_id)
            if job.owners == 0 and not job.status.is_over and not job.cancel_requested:
                await self._release(job_id)
        except (NotFoundError, ServiceUnavailableError) as error:
            logger.debug("nothing to give up: %s", error)

    def _refuse_when_stopping(self) -> None:
        if self._stopping:
            raise StoppingError("The service is being stopped; the job goes on when it is back.")

    def _errand(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)
