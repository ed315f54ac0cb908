"""Jobs on a disk that is full: what fills it goes, others wait, and to give a job up makes room."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.jobs.conftest import Clock, MakeManager, new_job, until
from tests.jobs.work_app import Work
from voice_stack.core.errors import DiskFullError, SpoolFullError
from voice_stack.jobs.manager import JobManager
from voice_stack.jobs.spool import room
from voice_stack.jobs.spool.checkpoints import Checkpoints
from voice_stack.jobs.spool.room import KEPT_FREE_BYTES, fills_the_disk
from voice_stack.jobs.store.database import Database
from voice_stack.jobs.types import Job, JobStatus, Released, StoredResponse
from voice_stack.jobs.work.run import JobRun

MIB = 1024 * 1024
OUTPUT_BYTES = MIB


class FullDisk:
    """The disk's free bytes, as the jobs are told."""

    def __init__(self) -> None:
        self.free = 100 * MIB

    def __call__(self, _: Path) -> int:
        return self.free


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> FullDisk:
    disk = FullDisk()
    for module in ("spool.room", "work.worker"):
        monkeypatch.setattr(f"voice_stack.jobs.{module}.free_bytes", disk)
    return disk


async def _fills(run: JobRun) -> StoredResponse:
    """A handler whose output meets the end of the disk."""
    (run.folder / "out.response").write_bytes(bytes(OUTPUT_BYTES))
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


async def _status(jobs: JobManager, job: Job) -> JobStatus:
    return (await jobs.read.get(job.id)).status


def _let_the_database_grow(jobs: JobManager, *, grow: bool) -> Callable[[], None]:
    """A limit on the database's pages, which SQLite answers with SQLITE_FULL as it does a full disk."""

    def limit() -> None:
        assert jobs._database is not None
        with jobs._database._engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count={1 << 30 if grow else pages}")

    return limit


async def test_a_job_whose_output_fills_the_disk_fails_and_leaves_nothing(
    make_manager: MakeManager, disk: FullDisk, tmp_path: Path
) -> None:
    disk.free = OUTPUT_BYTES
    jobs = await make_manager(_fills)
    job = await jobs.accept(new_job(b"a" * 100))
    response = await jobs.follow.wait(job.id)
    view = await jobs.read.view(job.id)
    assert (view.job.status, response.status) == (JobStatus.FAILED, 507)
    assert view.job.error is not None
    assert view.job.error["code"] == "disk_full"
    assert not (tmp_path / "jobs" / "work" / "accepted" / job.id / "out.response").exists()
    assert jobs.status()["spool_mib"] == 0.0
    assert (await jobs.release(job.id))[0] is Released.DELETED


async def test_a_job_on_a_disk_that_others_fill_waits_for_room(
    make_manager: MakeManager, disk: FullDisk, clock: Clock, work: Work
) -> None:
    full = True

    async def handler(run: JobRun) -> StoredResponse:
        if full:
            (run.folder / "out.response").write_bytes(bytes(1000))
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return await work(run)

    jobs = await make_manager(handler)
    job = await jobs.accept(new_job())

    async def tried() -> bool:
        clock.now += 1000
        jobs._open()._workers.wake()
        return (await jobs.read.get(job.id)).failures > 2

    await until(tried)
    full = False
    clock.now += 1000
    jobs._open()._workers.wake()
    assert (await jobs.follow.wait(job.id)).status == 200


async def test_the_last_of_the_disk_is_left_to_the_database(
    make_manager: MakeManager, disk: FullDisk, work: Work, tmp_path: Path
) -> None:
    jobs = await make_manager(work)
    disk.free = KEPT_FREE_BYTES
    with pytest.raises(SpoolFullError):
        await jobs.accept(new_job())
    with pytest.raises(OSError, match="No space"):
        Checkpoints(tmp_path).append({"n": 1}, b"payload")
    assert Checkpoints(tmp_path).records == []


async def test_a_database_without_room_says_so_and_a_queued_job_can_be_given_up(
    make_manager: MakeManager, work: Work, tmp_path: Path
) -> None:
    jobs = await make_manager(work, job_workers=1)
    work.open.clear()
    running = await jobs.accept(new_job(b"1"))
    await until(lambda: _is_running(jobs, running))
    queued = await jobs.accept(new_job(b"2"))
    await jobs._threads.database(_let_the_database_grow(jobs, grow=False))

    async def crowd() -> None:
        for number in range(200):
            await jobs.accept(new_job(params={"fields": [], "query": [], "n": number}))

    with pytest.raises(DiskFullError):
        await crowd()
    assert (await jobs.release(queued.id))[0] is Released.CANCELLED
    await jobs._threads.database(_let_the_database_grow(jobs, grow=True))
    work.open.set()
    assert (await jobs.follow.wait(running.id)).status == 200


async def _is_running(jobs: JobManager, job: Job) -> bool:
    return await _status(jobs, job) is JobStatus.RUNNING


@pytest.mark.parametrize(
    ("written", "free", "fills"),
    [
        (MIB, MIB + KEPT_FREE_BYTES, True),
        (MIB, 2 * MIB + KEPT_FREE_BYTES, True),
        (MIB, 3 * MIB + KEPT_FREE_BYTES, False),
        (1000, 1000, False),
    ],
)
def test_what_takes_half_of_the_room_is_what_fills_it(written: int, free: int, fills: bool) -> None:
    assert fills_the_disk(written, free) is fills


def test_free_bytes_are_those_of_the_file_system(tmp_path: Path) -> None:
    assert 0 < room.free_bytes(tmp_path) <= os.statvfs(tmp_path).f_blocks * os.statvfs(tmp_path).f_frsize


def test_a_full_database_is_an_error_of_its_own(tmp_path: Path) -> None:
    database = Database("", tmp_path / "jobs.sqlite3")
    database.open()

    def grow() -> None:
        with database.begin() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count=1")
            connection.exec_driver_sql("CREATE TABLE t AS SELECT zeroblob(1000000)")

    with pytest.raises(DiskFullError):
        grow()
    database.close()
