"""Manager of a service's jobs: accepted durably, run, joined when they are the same, cancelled, forgotten in time."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from voice_stack.core.errors import JobsUnavailableError, StoppingError, VoiceStackError
from voice_stack.jobs.following import JobFollowers
from voice_stack.jobs.intake import Item
from voice_stack.jobs.opened import OpenJobs
from voice_stack.jobs.reader import JobReader
from voice_stack.jobs.settings import JobOptions
from voice_stack.jobs.spool.keys import key_of
from voice_stack.jobs.spool.spool import MIB, Spool
from voice_stack.jobs.storage import open_storage
from voice_stack.jobs.store.database import Database
from voice_stack.jobs.store.job_store import Released
from voice_stack.jobs.threads import Threads
from voice_stack.jobs.types import Batch, Job, JobStatus, JobView, Json, NewJob
from voice_stack.jobs.work.run import JobHandler


class JobManager:
    """The jobs of one service. Everything is called on its event loop; nothing there waits for disk or database.

    `await start()` before the first request, `begin_stop()` when the service begins to stop, `await stop()` at last.

    Args:
        data_dir: what the jobs keep is in a folder of it.
        service: short name (`asr`), of the folder.
        handlers: by the kind of job that they run.
        api_prefix: of the paths in what callbacks are sent.
        clock: seconds since the epoch.
        retry_base_s: seconds before the second attempt at a job or a callback that failed for the moment.

    Attributes:
        problem: why there are no jobs; None when there are.

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
        self.problem: str | None = "The jobs have not been started."
        self._handlers = dict(handlers)
        self._clock = clock
        self._retry_base_s = retry_base_s
        self._database = Database(options.database_url, folder / "jobs.sqlite3")
        self._spool = Spool(folder, int(options.spool_mb * MIB))
        self._threads = Threads()
        self._opened: OpenJobs | None = None
        self._stopping = False

    async def start(self) -> None:
        """Take the folder, bring back what a process before left, and begin to work. May be tried again.

        Raises:
            SettingsError: the folder or the database cannot be used, or another process uses it.
            ServiceUnavailableError: the database failed.
        """
        try:
            storage = await open_storage(
                self._database,
                self._spool,
                self._threads,
                clock=self._clock,
                ttl_s=self.options.result_ttl_s,
            )
            opened = OpenJobs(
                storage, self.options, self._handlers, api_prefix=self.api_prefix, retry_base_s=self._retry_base_s
            )
            await opened.start()
        except BaseException as error:
            self.problem = error.message if isinstance(error, VoiceStackError) else type(error).__name__
            await self._threads.disk(self._spool.close)
            raise
        self.problem = None
        self._opened = opened

    def begin_stop(self) -> None:
        """Accept and begin nothing more; end the streams of events. Never waits."""
        self._stopping = True
        if self._opened is not None:
            self._opened.begin_stop()

    async def stop(self) -> None:
        """Put running jobs back for the next process, and let go of everything. Idempotent."""
        self.begin_stop()
        if self._opened is not None:
            await self._opened.stop()
            self._opened = None
        await asyncio.to_thread(self._threads.close)
        await asyncio.to_thread(self._database.close)
        await asyncio.to_thread(self._spool.close)

    @property
    def available(self) -> bool:
        """True while jobs can be taken; `problem` says why not."""
        return self._opened is not None and not self._stopping

    def check(self) -> None:
        """See that there are jobs.

        Raises:
            StoppingError: the service is being stopped.
            JobsUnavailableError: there is no folder for them.
        """
        if self._stopping:
            raise StoppingError("The service is being stopped.")
        self._open()

    @property
    def read(self) -> JobReader:
        """Reader of the jobs.

        Raises:
            JobsUnavailableError: there is no folder for them.
        """
        return self._open().read

    @property
    def follow(self) -> JobFollowers:
        """Followers of the jobs: who waits for one, and who watches it.

        Raises:
            JobsUnavailableError: there is no folder for them.
        """
        return self._open().follow

    def status(self) -> Json:
        """State for /health: jobs by their status, as of a moment ago, and what they take of the disk. Never waits."""
        counts = self._opened.counts if self._opened is not None else {}
        return {
            "state": "ready" if self.problem is None else "unavailable",
            "reason": self.problem,
            **{status.value: counts.get(status, 0) for status in JobStatus},
            "set_aside": self._spool.aside.names,
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
        self.check()
        accepted, _ = await self._open().take([new], None)
        return accepted[0]

    async def accept_batch(self, items: Sequence[Item]) -> Batch:
        """Take several requests over, all or none; those that were found invalid are noted with their error.

        Args:
            items: what the client knows each by, and the job or what is wrong with it.

        Raises:
            As `accept`.
        """
        self.check()
        opened = self._open()
        _, batch_id = await opened.take([item for _, item in items if isinstance(item, NewJob)], items)
        assert batch_id is not None
        return await opened.read.batch(batch_id)

    async def key(self, new: NewJob) -> str:
        """The identity of work that shall perhaps be done without a job. Reads the files."""
        return await self._threads.disk(key_of, new)

    async def release(self, job_id: str) -> tuple[Released, JobView]:
        """Give a job up for one of its owners: the last one cancels it, or deletes it when it is over.

        Raises:
            NotFoundError: there is no such job.
        """
        return await self._open().release(job_id)

    async def release_batch(self, batch_id: str) -> Batch | None:
        """Give up the jobs of a batch that are not over; a batch that is over is deleted, with the results.

        Returns:
            The batch as it is then; None when it is deleted.

        Raises:
            NotFoundError: there is no such batch.
        """
        return await self._open().release_batch(batch_id)

    async def expire(self) -> None:
        """Let go of results that are older than JOB_RESULT_TTL_S."""
        await self._open().expire()

    def _open(self) -> OpenJobs:
        if self._opened is None:
            if self._stopping:
                raise StoppingError("The service is being stopped.")
            raise JobsUnavailableError(f"The server cannot keep jobs: {self.problem}")
        return self._opened
