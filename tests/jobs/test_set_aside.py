"""Junk among the jobs: it stops nothing, is named, and takes no accepted job with it."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.jobs.conftest import MakeManager, new_job, until
from tests.jobs.work_app import Work
from voice_stack.core.errors import NotFoundError
from voice_stack.jobs.manager import JobManager
from voice_stack.jobs.spool.checkpoints import Checkpoints
from voice_stack.jobs.types import Job

DATABASE = "jobs.sqlite3"
Damage = Callable[[Path, str], None]


def _sql(folder: Path, statement: str, *values: str) -> None:
    connection = sqlite3.connect(folder / DATABASE)
    with connection:
        connection.execute(statement, values)
    connection.close()


def _write(name: str, content: bytes) -> Damage:
    def damage(folder: Path, _: str) -> None:
        (folder / name).write_bytes(content)

    return damage


def _make_folder_of(name: str) -> Damage:
    def damage(folder: Path, _: str) -> None:
        (folder / name).unlink()
        (folder / name / "within").mkdir(parents=True)

    return damage


def _make_file_of_incoming(folder: Path, _: str) -> None:
    shutil.rmtree(folder / "incoming")
    (folder / "incoming").write_text("")


def _halve(folder: Path, _: str) -> None:
    os.truncate(folder / DATABASE, (folder / DATABASE).stat().st_size // 2)


def _scribble(folder: Path, _: str) -> None:
    with (folder / DATABASE).open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(8192))


def _drop(folder: Path, _: str) -> None:
    _sql(folder, "DROP TABLE voice_stack_jobs")


def _rename_column(folder: Path, _: str) -> None:
    _sql(folder, "ALTER TABLE voice_stack_jobs RENAME COLUMN owners TO holders")


def _break_checkpoints(folder: Path, job: str) -> None:
    (folder / "accepted" / job / "checkpoints.jsonl").write_text("[null, null, null]\n5\n")


def _link_a_stranger(folder: Path, _: str) -> None:
    (folder / "accepted" / "loop").symlink_to(folder)


# What each breaks, and whether something is named for it.
DAMAGES: dict[str, tuple[Damage, bool]] = {
    "a stray file among the accepted": (_write("accepted/.DS_Store", b"x"), True),
    "a stray file among the incoming": (_write("incoming/.nfs0001", b"x"), True),
    "a link among the accepted": (_link_a_stranger, True),
    "an identity of junk": (_write("spool-id", b"\xff\xfe\0"), True),
    "an identity that is another's": (_write("spool-id", b"work-" + b"0" * 32), False),
    "an empty identity": (_write("spool-id", b""), True),
    "a folder for the identity": (_make_folder_of("spool-id"), True),
    "a folder for the lock": (_make_folder_of("lock"), True),
    "a file for a folder": (_make_file_of_incoming, True),
    "a database of junk": (_write(DATABASE, b"\x01" * 20_000), True),
    "an empty database": (_write(DATABASE, b""), False),
    "half a database": (_halve, True),
    "a scribbled database": (_scribble, True),
    "a folder for the database": (_make_folder_of(DATABASE), True),
    "a table that is gone": (_drop, False),
    "a column of another version": (_rename_column, True),
    "checkpoints of junk": (_break_checkpoints, False),
}


@pytest.fixture
def work() -> Work:
    return Work()


async def _interrupted(make_manager: MakeManager, work: Work) -> Job:
    """A job that was accepted and began, when its service was stopped."""
    jobs = await make_manager(work)
    work.open.clear()
    job = await jobs.accept(new_job())
    await until(lambda: job.id in work.begun)
    await jobs.stop()
    work.open.set()
    return job


@pytest.mark.parametrize(("damage", "is_named"), DAMAGES.values(), ids=DAMAGES)
async def test_an_accepted_job_outlives(
    make_manager: MakeManager, work: Work, tmp_path: Path, damage: Damage, is_named: bool
) -> None:
    job = await _interrupted(make_manager, work)
    damage(tmp_path / "jobs" / "work", job.id)
    jobs = await make_manager(work)
    assert (await jobs.follow.wait(job.id)).status == 200
    assert bool(_set_aside(jobs)) is is_named
    assert jobs.status()["state"] == "ready"


async def test_what_was_set_aside_is_kept_and_named_until_somebody_deletes_it(
    make_manager: MakeManager, work: Work, tmp_path: Path
) -> None:
    folder = tmp_path / "jobs" / "work"
    job = await _interrupted(make_manager, work)
    _write(DATABASE, b"not a database, but somebody's")(folder, job.id)
    await (await make_manager(work)).stop()
    (kept,) = (folder / "set-aside").iterdir()
    assert kept.read_bytes() == b"not a database, but somebody's"
    jobs = await make_manager(work)
    assert [line.partition(":")[0] for line in _set_aside(jobs)] == [f"set-aside/{kept.name}"]
    await jobs.stop()
    kept.unlink()
    assert _set_aside(await make_manager(work)) == []


@pytest.mark.parametrize(
    "change", ["status='paused'", "lane='express'", "response_headers='{'", "error='{'", "created_at='yesterday'"]
)
async def test_a_row_of_another_version_waits_for_it(
    make_manager: MakeManager, work: Work, tmp_path: Path, change: str
) -> None:
    folder = tmp_path / "jobs" / "work"
    job = await _interrupted(make_manager, work)
    column = change.partition("=")[0]
    (before,) = sqlite3.connect(folder / DATABASE).execute(f"SELECT {column} FROM voice_stack_jobs").fetchone()
    _sql(folder, f"UPDATE voice_stack_jobs SET {change}")
    jobs = await make_manager(work)
    (named,) = _set_aside(jobs)
    assert job.id in named
    with pytest.raises(NotFoundError):
        await jobs.read.get(job.id)
    other = await jobs.accept(new_job(b"another"))
    assert (await jobs.follow.wait(other.id)).status == 200
    await jobs.stop()
    _sql(folder, f"UPDATE voice_stack_jobs SET {column}=? WHERE id=?", before, job.id)
    jobs = await make_manager(work)
    assert _set_aside(jobs) == []
    assert (await jobs.follow.wait(job.id)).status == 200


async def test_a_finished_job_of_a_lost_database_is_set_aside(
    make_manager: MakeManager, work: Work, tmp_path: Path
) -> None:
    jobs = await make_manager(work)
    job = await jobs.accept(new_job())
    await jobs.follow.wait(job.id)
    await jobs.stop()
    (tmp_path / "jobs" / "work" / DATABASE).unlink()
    jobs = await make_manager(work)
    assert any(job.id in name for name in _set_aside(jobs))
    (kept,) = (tmp_path / "jobs" / "work" / "set-aside").iterdir()
    assert (kept / "result").is_file()


@pytest.mark.parametrize("line", [b"5\n", b"[1,2]\n", b"[{}, null, 0]\n", b"[" * 100_000 + b"\n", b"\xff\n"])
def test_a_checkpoint_that_is_none_ends_the_list(tmp_path: Path, line: bytes) -> None:
    Checkpoints(tmp_path).append({"n": 1})
    with (tmp_path / "checkpoints.jsonl").open("ab") as file:
        file.write(line)
    assert Checkpoints(tmp_path).records == [{"n": 1}]


def _set_aside(jobs: JobManager) -> list[str]:
    names: list[str] = jobs.status()["set_aside"]
    return names
