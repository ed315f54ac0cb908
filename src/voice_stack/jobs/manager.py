"""Manager of a service's jobs: accepted durably, run, joined when they are the same, cancelled, forgotten in time."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from voice_stack.core.errors import JobsUnavailableError, StoppingError, VoiceStackError
from voice_stack.jobs.settings import JobOptions
from voice_stack.jobs.spool.keys import key_of
from voice_stack.jobs.spool.spool import MIB, Spool
from voice_stack.jobs.threads import Threads
from voice_stack.jobs.types import Batch, Item, Job, JobStatus, JobView, Json, NewJob, Released
from voice_stack.jobs.work.run import JobHandler

if TYPE_CHECKING:
    # The database is a sixth of what a service without jobs would take: it comes with the first of them.
    from voice_stack.jobs.following import JobFollowers
    from voice_stack.jobs.opened import OpenJobs
    from voice_stack.jobs.reader import JobReader
    from voice_stack.jobs.store.database import Database


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
        self._file = folder / "jobs.sqlite3"
        self._database: Database | None = self._find_database() if options.database_url else None
        self._spool = Spool(folder, int(options.spool_mb * MIB))
        self._threads = Threads()
        self._opened: OpenJobs | None = None
        self._opening = asyncio.Lock()
        self._taken = False
        self._stopping = False

    async def start(self) -> None:
        """Take the folder, bring back what a process before left, and begin to work. May be tried again.

        Where there has never been a job, the database is made with the first one.

        Raises:
            SettingsError: the folder or the database cannot be used, or another process uses it.
            ServiceUnavailableError: the database failed.
        """
        try:
            await self._threads.disk(self._spool.open)
            if await self._threads.disk(self._has_jobs):
                self._opened = await self._open_database()
        except BaseException as error:
            self.problem = _problem(error)
            await self._threads.disk(self._spool.close)
            raise
        self._taken = True
        self.problem = None

    def _has_jobs(self) -> bool:
        """True where a process before may have left jobs. Blocking."""
        return self._database is not None or self._file.exists() or not self._spool.is_empty

    async def ready(self) -> None:
        """See that there are jobs, with their database open: what all that reads or follows them comes after.

        Raises:
            StoppingError: the service is being stopped.
            JobsUnavailableError: there is no folder for them, or no database.
        """
        await self._ready()

    async def _ready(self) -> "OpenJobs":
        self.check()
        async with self._opening:
            if self._opened is None:
                self.check()
                try:
                    self._opened = await self._open_database()
                except VoiceStackError as error:
                    # The next request tries again.
                    self.problem = _problem(error)
                    raise self._unavailable() from error
                self.problem = None
        return self._opened

    async def _open_database(self) -> "OpenJobs":
        database = await self._threads.database(self._find_database)
        from voice_stack.jobs.opened import OpenJobs
        from voice_stack.jobs.storage import open_storage

        storage = await open_storage(
            database, self._spool, self._threads, clock=self._clock, ttl_s=self.options.result_ttl_s
        )
        opened = OpenJobs(
            storage, self.options, self._handlers, api_prefix=self.api_prefix, retry_base_s=self._retry_base_s
        )
        await opened.start()
        return opened

    def _find_database(self) -> "Database":
        from voice_stack.jobs.store.database import Database

        if self._database is None:
            self._database = Database(self.options.database_url, self._file)
        return self._database

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
        if self._database is not None:
            await asyncio.to_thread(self._database.close)
        await asyncio.to_thread(self._spool.close)

    @property
    def available(self) -> bool:
        """True while jobs can be taken; `problem` says why not."""
        return self._taken and not self._stopping

    def check(self) -> None:
        """See that there are jobs.

        Raises:
            StoppingError: the service is being stopped.
            JobsUnavailableError: there is no folder for them.
        """
        if self._stopping:
            raise StoppingError("The service is being stopped.")
        if not self._taken:
            raise self._unavailable()

    @property
    def read(self) -> "JobReader":
        """Reader of the jobs.

        Raises:
            JobsUnavailableError: there is no folder for them.
        """
        return self._open().read

    @property
    def follow(self) -> "JobFollowers":
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
        opened = await self._ready()
        accepted, _ = await opened.take([new], None)
        return accepted[0]

    async def accept_batch(self, items: Sequence[Item]) -> Batch:
        """Take several requests over, all or none; those that were found invalid are noted with their error.

        Args:
            items: what the client knows each by, and the job or what is wrong with it.

        Raises:
            As `accept`.
        """
        opened = await self._ready()
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
        return await (await self._ready()).release(job_id)

    async def release_batch(self, batch_id: str) -> Batch | None:
        """Give up the jobs of a batch that are not over; a batch that is over is deleted, with the results.

        Returns:
            The batch as it is then; None when it is deleted.

        Raises:
            NotFoundError: there is no such batch.
        """
        return await (await self._ready()).release_batch(batch_id)

    async def expire(self) -> None:
        """Let go of results that are older than JOB_RESULT_TTL_S."""
        await (await self._ready()).expire()

    def _open(self) -> "OpenJobs":
        if self._opened is None:
            self.check()
            raise self._unavailable()
        return self._opened

    def _unavailable(self) -> JobsUnavailableError:
        return JobsUnavailableError(f"The server cannot keep jobs: {self.problem}")


def _problem(error: BaseException) -> str:
    return error.message if isinstance(error, VoiceStackError) else type(error).__name__
