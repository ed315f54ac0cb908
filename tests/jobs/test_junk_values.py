"""Junk in any column of the jobs' database: it costs what it stands in, and nothing else."""

import asyncio
import contextlib
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.jobs.conftest import MakeManager, job_options, new_job, until
from tests.jobs.work_app import Work
from voice_stack.core.envelope import json_bytes
from voice_stack.core.errors import InvalidAudioError, VoiceStackError
from voice_stack.jobs import schemas
from voice_stack.jobs.manager import JobManager
from voice_stack.jobs.spool.spool import Spool
from voice_stack.jobs.store.batch_store import BatchStore
from voice_stack.jobs.store.database import Database
from voice_stack.jobs.store.tables import metadata

SAMPLE = {
    "voice_stack_jobs": {"id", "status", "created_at", "total_s", "error", "response_headers"},
    "voice_stack_job_callbacks": {"url", "next_at"},
    "voice_stack_job_batches": {"created_at"},
    "voice_stack_job_batch_items": {"error"},
}
COLUMNS = [
    pytest.param(
        *(table.name, column.name),
        id=f"{table.name}.{column.name}",
        marks=[] if column.name in SAMPLE[table.name] else [pytest.mark.long],
    )
    for table in metadata.sorted_tables
    for column in table.columns
]
JUNK: list[object] = [
    *("junk", "", "{", "[5]", '{"a": NaN}', '{"message": "\\ud800"}', "[" * 100_000, "../../x", "http://["),
    *(b"\xff\xfe\x00", -1, 10**15, 1e999, None),
]
# Text that is no UTF-8, which only a damaged page or another program leaves.
JUNK_TEXT = "CAST(x'ff00ff' AS TEXT)"
NOWHERE: dict[str, object] = {
    "job_callback_hosts": "127.0.0.1:9",
    "job_callback_secret": "a secret of twenty-four",
    "job_workers": 1,
}


def manager(folder: Path, work: Work) -> JobManager:
    """One that tells nobody of the jobs twice."""
    return JobManager(job_options(**NOWHERE), folder, "work", {"work": work}, retry_base_s=60.0)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a completed job, a failed one, one that ran, those that wait, callbacks and a batch."""
    folder = tmp_path_factory.mktemp("template")

    async def fill() -> None:
        work = Work()
        jobs = manager(folder, work)
        await jobs.start()
        await jobs.ready()
        fail = {"fields": [["fail", "1"]], "query": []}
        for new in (new_job(b"1"), new_job(b"2", params=fail)):
            await jobs.follow.wait((await jobs.accept(new)).id)
        work.open.clear()
        ran = await jobs.accept(new_job(b"3"))
        await until(lambda: ran.id in work.begun)
        error = InvalidAudioError("This is no audio.")
        batch = await jobs.accept_batch([("a", new_job(b"4")), ("b", error), ("c", new_job(b"5"))])
        for number in range(len(JUNK)):
            await jobs.accept(new_job(f"{number}".encode(), callback_url="http://127.0.0.1:9/x"))
        await jobs.stop()
        (folder / "batch").write_text(batch.id)

    asyncio.run(fill())
    return folder


def scatter(folder: Path, table: str, column: str) -> None:
    """Put one kind of junk into each row, as far as the table's own rules let it."""
    connection = sqlite3.connect(folder / "jobs" / "work" / "jobs.sqlite3")
    with connection:
        for number, (row,) in enumerate(connection.execute(f"SELECT rowid FROM {table}").fetchall()):
            with contextlib.suppress(sqlite3.IntegrityError):
                value = JUNK[number % len(JUNK)]
                connection.execute(f"UPDATE {table} SET {column}=? WHERE rowid=?", (value, row))
                if number % len(JUNK) == 0:
                    connection.execute(f"UPDATE {table} SET {column}={JUNK_TEXT} WHERE rowid=?", (row,))
    connection.close()


async def ask_for_everything(jobs: JobManager, batch_id: str, *, give_up: bool = False) -> None:
    """All that clients may ask for can be answered, with an error of ours at the most."""
    after = None
    for _ in range(30):
        views, more = await jobs.read.page(3, after, None)
        for view in views:
            json_bytes(schemas.job_json(view, "/v1"))
            schemas.callback_body(view, "evt", "/v1")
            with contextlib.suppress(VoiceStackError):
                json_bytes((await jobs.read.response(view.job)).status)
            after = view.job.id
        if not more or not views:
            break
    with contextlib.suppress(VoiceStackError):
        json_bytes(schemas.batch_json(await jobs.read.batch(batch_id), "/v1"))
    if give_up:
        for view in (await jobs.read.page(100, None, None))[0]:
            with contextlib.suppress(VoiceStackError):
                await jobs.release(view.job.id)
    json_bytes(jobs.status())
    await jobs.expire()


@pytest.mark.parametrize(("table", "column"), COLUMNS)
async def test_junk_costs_only_what_it_stands_in(template: Path, tmp_path: Path, table: str, column: str) -> None:
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    batch_id = (template / "batch").read_text()
    scatter(tmp_path, table, column)
    for again in (False, True):
        jobs = manager(tmp_path, Work())
        try:
            await jobs.start()
            assert jobs.status()["state"] == "ready"
            await ask_for_everything(jobs, batch_id)
            # While it runs; the next start looks again at what this one has put away.
            scatter(tmp_path, table, column)
            await ask_for_everything(jobs, batch_id, give_up=again)
            fresh = await jobs.accept(new_job(f"fresh {again}".encode()))
            assert (await jobs.follow.wait(fresh.id)).status == 200
        finally:
            await jobs.stop()
    assert (tmp_path / "jobs" / "work" / "accepted").is_dir()


async def test_an_item_whose_error_is_junk_says_so_and_is_named(
    template: Path, tmp_path: Path, make_manager: MakeManager
) -> None:
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    connection = sqlite3.connect(tmp_path / "jobs" / "work" / "jobs.sqlite3")
    with connection:
        connection.execute("UPDATE voice_stack_job_batch_items SET error='{' WHERE error IS NOT NULL")
    connection.close()
    jobs = await make_manager(Work(), **NOWHERE)
    batch_id = (template / "batch").read_text()
    assert any(batch_id in name for name in jobs.status()["set_aside"])
    items = schemas.batch_json(await jobs.read.batch(batch_id), "/v1")["items"]
    assert [item["status"] == "failed" for item in items] == [False, True, False]
    assert "cannot be read" in items[1]["error"]["message"]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff",
        b"[" * 100_000,
        b"5",
        b'{"params": 5, "files": [], "job": 5}',
        b'{"params": {}, "files": [], "job": {"kind": 1, "lane": "batch", "cost_s": "x", "callback_url": [], '
        b'"dedupe": 1, "work_key": ""}}',
        b'{"params": {}, "files": [], "job": {"kind": "work", "lane": "batch", "cost_s": NaN, "callback_url": null, '
        b'"dedupe": 1, "work_key": "\\ud800"}}',
    ],
)
async def test_a_request_of_junk_in_a_lost_database_is_set_aside(
    template: Path, tmp_path: Path, make_manager: MakeManager, text: bytes
) -> None:
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    folder = tmp_path / "jobs" / "work"
    (folder / "jobs.sqlite3").unlink()
    job = next(path for path in folder.glob("accepted/*") if not (path / "result").exists())
    (job / "request.json").write_bytes(text)
    jobs = await make_manager(Work(), **NOWHERE)
    assert any(job.name in name for name in jobs.status()["set_aside"])


def test_names_of_the_stores_are_told(tmp_path: Path) -> None:
    """A batch of another version is not found, and named."""
    spool, database = Spool(tmp_path, 1 << 20), Database("", tmp_path / "jobs.sqlite3")
    database.open()
    batches = BatchStore(database, "work-1", spool.aside.note)
    with database.begin() as connection:
        batch = batches.add(connection, [("a", {"message": "m"})], 1.0)
        connection.exec_driver_sql("UPDATE voice_stack_job_batches SET created_at='yesterday'")
    assert batches.get(batch) is None
    assert batch in spool.aside.names[0]
    database.close()
