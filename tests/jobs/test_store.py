"""The database of the jobs, on SQLite and, where there is one, on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Connection, Executable, event
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from tests.jobs.conftest import new_job
from voice_stack.core.errors import ServiceUnavailableError, SettingsError
from voice_stack.jobs.spool.requests import Spooled
from voice_stack.jobs.store.batch_store import BatchStore
from voice_stack.jobs.store.database import Database
from voice_stack.jobs.store.job_store import JobStore
from voice_stack.jobs.store.queue_store import MAX_CRASHES, JobQueue
from voice_stack.jobs.store.tables import metadata
from voice_stack.jobs.types import Job, JobStatus, Released, StoredResponse
from voice_stack.serving.scheduling.policy import Lane

NOW, TTL = 1_800_000_000.0, 100.0
OK = StoredResponse(200, [("content-type", "text/plain"), ("x-a", "1"), ("x-a", "2")], b"")


class Jobs:
    """Store and queue of one spool, and short ways to use them."""

    def __init__(self, database: Database, spool: str = "work-1") -> None:
        self.database = database
        self.store = JobStore(database, spool)
        self.queue = JobQueue(database, spool)
        self.batches = BatchStore(database, spool)

    def add(self, key: str | None = None, *, now: float = NOW, **new: object) -> Job:
        work = Spooled(f"job_{uuid4().hex}", new_job(**new), key or uuid4().hex)  # type: ignore[arg-type]
        with self.database.begin() as connection:
            return self.store.add(connection, work, now=now, ttl_s=TTL)[0]

    def claim(self, *lanes: Lane, now: float = NOW) -> Job:
        job = self.queue.claim(lanes or tuple(Lane), now)
        assert job is not None
        return job

    def get(self, job: Job) -> Job:
        found = self.store.get(job.id)
        assert found is not None
        return found

    def complete(self, job: Job, now: float = NOW) -> bool:
        return self.queue.finish(job, JobStatus.COMPLETED, now=now, ttl_s=TTL, response=OK)

    def release(self, job: Job, *, awaited: bool = False) -> Released:
        return self.store.release(job.id, now=NOW, ttl_s=TTL, awaited=awaited)[0]

    def recover(self, steps: int = 0) -> list[Job]:
        return self.queue.recover(lambda _: steps, now=NOW, ttl_s=TTL)


@pytest.fixture
def jobs(database: Database) -> Jobs:
    return Jobs(database)


def test_jobs_run_by_lane_and_age(jobs: Jobs) -> None:
    film = jobs.add()
    book = jobs.add(now=NOW + 1)
    command = jobs.add(lane=Lane.INTERACTIVE, now=NOW + 100)
    late = jobs.add(lane=Lane.INTERACTIVE, now=NOW + 1000)
    assert [job.id for job in jobs.queue.queue()] == [command.id, film.id, book.id, late.id]
    assert jobs.claim(Lane.INTERACTIVE).id == command.id
    assert [jobs.claim().id for _ in range(3)] == [film.id, book.id, late.id]
    assert jobs.queue.claim(tuple(Lane), NOW) is None


def test_a_claimed_job_runs_and_counts_its_attempts(jobs: Jobs) -> None:
    jobs.add(cost_s=60.0)
    first = jobs.claim(now=NOW + 5)
    assert (first.status, first.attempts, first.started_at, first.total_s) == (JobStatus.RUNNING, 1, NOW + 5, 60.0)
    jobs.queue.put_back(first, not_before=NOW + 50, failed=True)
    assert jobs.queue.claim(tuple(Lane), NOW + 49) is None
    assert jobs.queue.next_retry(NOW) == NOW + 50
    second = jobs.claim(now=NOW + 50)
    assert (second.attempts, second.failures, second.started_at) == (2, 1, NOW + 5)


def test_only_the_present_attempt_may_complete_and_only_once(jobs: Jobs) -> None:
    jobs.add()
    stale = jobs.claim()
    jobs.queue.put_back(stale, not_before=0, failed=False)
    current = jobs.claim()
    assert not jobs.complete(stale)
    assert jobs.complete(current, NOW + 7)
    assert not jobs.complete(current)
    done = jobs.get(current)
    assert (done.status, done.finished_at, done.expires_at) == (JobStatus.COMPLETED, NOW + 7, NOW + 7 + TTL)
    assert (done.response_status, list(done.response_headers)) == (200, list(OK.headers))


def test_a_cancelled_attempt_cannot_complete(jobs: Jobs) -> None:
    jobs.add()
    job = jobs.claim()
    assert jobs.release(job) is Released.CANCELLING
    assert not jobs.complete(job)
    assert jobs.queue.finish(job, JobStatus.CANCELLED, now=NOW, ttl_s=TTL)
    assert jobs.get(job).status is JobStatus.CANCELLED


def test_the_same_work_is_joined(jobs: Jobs) -> None:
    first = jobs.add("key")
    assert jobs.add("key").id == first.id
    jobs.claim()
    assert jobs.add("key").id == first.id
    assert jobs.add("other").id != first.id
    assert jobs.get(first).owners == 3


def test_finished_work_is_joined_until_it_expires(jobs: Jobs) -> None:
    first = jobs.add("key")
    jobs.complete(jobs.claim())
    assert jobs.add("key", now=NOW + 60).id == first.id
    assert jobs.get(first).expires_at == NOW + 60 + TTL
    assert jobs.add("key", now=NOW + 60 + TTL).id != first.id


@pytest.mark.parametrize("end", ["failed", "cancelled", "cancelling"])
def test_work_that_came_to_nothing_is_not_joined(jobs: Jobs, end: str) -> None:
    first = jobs.add("key")
    if end == "cancelled":
        jobs.release(first)
    else:
        job = jobs.claim()
        if end == "failed":
            jobs.queue.finish(job, JobStatus.FAILED, now=NOW, ttl_s=TTL, error={"message": "m"})
        else:
            jobs.release(job)
    assert jobs.add("key").id != first.id


def test_work_that_shall_not_be_joined_is_not(jobs: Jobs) -> None:
    assert jobs.add("key", dedupe=False).id != jobs.add("key", dedupe=False).id
    assert jobs.store.twin("key", NOW) is None


def test_the_more_urgent_of_two_requests_decides(jobs: Jobs) -> None:
    jobs.add(now=NOW)
    shared = jobs.add("key", now=NOW + 1)
    jobs.add("key", lane=Lane.INTERACTIVE, now=NOW + 2)
    assert jobs.claim(Lane.INTERACTIVE).id == shared.id


def test_a_shared_job_ends_with_its_last_owner(jobs: Jobs) -> None:
    job = jobs.add("key")
    jobs.add("key")
    assert jobs.release(job) is Released.SHARED
    assert jobs.get(job).status is JobStatus.QUEUED
    assert jobs.release(job) is Released.CANCELLED
    assert jobs.get(job).status is JobStatus.CANCELLED
    assert jobs.release(job) is Released.DELETED
    assert jobs.store.get(job.id) is None
    assert jobs.release(job) is Released.UNKNOWN


def test_an_awaited_job_goes_on_without_owners(jobs: Jobs) -> None:
    job = jobs.add("key")
    assert jobs.release(job, awaited=True) is Released.SHARED
    assert (jobs.get(job).status, jobs.get(job).owners) == (JobStatus.QUEUED, 0)
    assert jobs.release(job) is Released.CANCELLED


def test_a_start_brings_back_what_ran(jobs: Jobs) -> None:
    ran, cancelled, unowned = jobs.add(now=NOW), jobs.add(now=NOW + 1), jobs.add(now=NOW + 2)
    waiting = jobs.add(now=NOW + 3)
    for _ in range(3):
        jobs.claim()
    jobs.release(cancelled)
    jobs.release(unowned, awaited=True)
    assert jobs.recover() == []
    assert [job.id for job in jobs.queue.queue()] == [ran.id, waiting.id]
    assert {jobs.get(job).status for job in (cancelled, unowned)} == {JobStatus.CANCELLED}


def test_a_job_that_kills_its_process_is_given_up(jobs: Jobs) -> None:
    job = jobs.add()
    for _ in range(MAX_CRASHES - 1):
        jobs.claim(now=NOW + 60)
        assert jobs.recover() == []
    jobs.claim(now=NOW + 60)
    (fatal,) = jobs.recover()
    assert fatal.id == job.id
    assert jobs.queue.finish(fatal, JobStatus.FAILED, now=NOW, ttl_s=TTL)


def test_a_job_whose_process_dies_time_and_again_lets_others_go_first(jobs: Jobs) -> None:
    suspect, other = jobs.add(), jobs.add(now=NOW + 1)
    for _ in range(5):
        assert jobs.claim(now=NOW + 10).id == suspect.id
        jobs.recover()
    assert jobs.claim().id == other.id
    assert jobs.queue.next_retry(NOW) == pytest.approx(NOW + 4)
    assert jobs.claim(now=NOW + 4).id == suspect.id


def test_a_job_that_gets_on_between_crashes_is_not(jobs: Jobs) -> None:
    jobs.add()
    for steps in range(3 * MAX_CRASHES):
        jobs.claim()
        assert jobs.recover(steps // 2) == []


def test_another_spool_sees_nothing_of_them(jobs: Jobs, database: Database) -> None:
    job = jobs.add("key")
    other = Jobs(database, "work-2")
    other.recover()
    assert other.store.get(job.id) is None
    assert other.queue.claim(tuple(Lane), NOW) is None
    assert other.add("key").id != job.id
    assert other.release(job) is Released.UNKNOWN
    assert other.store.page(10, None, None)[0] != jobs.store.page(10, None, None)[0]


def test_pages_go_from_the_newest_to_the_oldest(jobs: Jobs) -> None:
    added = [jobs.add(now=NOW + number // 2) for number in range(7)]  # pairs of one moment
    ids, after = [], None
    for size in (3, 3, 1):
        page, more = jobs.store.page(3, after, None)
        assert (len(page), more) == (size, size == 3)
        ids += [job.id for job in page]
        after = page[-1]
    assert sorted(ids) == sorted(job.id for job in added)
    assert ids[0] == added[6].id
    assert {ids[-1], ids[-2]} == {added[0].id, added[1].id}
    jobs.claim()
    assert len(jobs.store.page(10, None, JobStatus.RUNNING)[0]) == 1
    assert jobs.store.counts() == {JobStatus.QUEUED: 6, JobStatus.RUNNING: 1}


def test_results_expire_first_and_rows_much_later(jobs: Jobs) -> None:
    job, waiting = jobs.add(), jobs.add(now=NOW + 1)
    jobs.complete(jobs.claim())
    assert jobs.store.expiring(NOW + TTL - 1) == []
    assert jobs.store.expiring(NOW + TTL) == [job.id]
    jobs.store.expire(now=NOW + TTL - 1, keep_row_s=1000)
    assert not jobs.get(job).expired
    jobs.store.expire(now=NOW + TTL, keep_row_s=1000)
    assert jobs.get(job).expired
    assert jobs.store.expiring(NOW + TTL) == []
    assert jobs.store.files_needed() == {waiting.id: False}
    jobs.store.expire(now=NOW + TTL + 1000, keep_row_s=1000)
    assert jobs.store.get(job.id) is None
    assert jobs.get(waiting).status is JobStatus.QUEUED


def test_callbacks_are_due_when_the_job_is_over(jobs: Jobs) -> None:
    job = jobs.add("key", callback_url="http://a/")
    jobs.add("key", callback_url="http://b/")
    jobs.add("key", callback_url="http://a/")
    callbacks = jobs.store.callbacks
    assert (callbacks.due(NOW + 9, 10), callbacks.next_at()) == ([], None)
    jobs.complete(jobs.claim(), NOW + 5)
    assert callbacks.next_at() == NOW + 5
    first, second = sorted(callbacks.due(NOW + 5, 10), key=lambda due: due.url)
    assert (first.url, second.url, first.job_id) == ("http://a/", "http://b/", job.id)
    callbacks.note(first.id, attempts=1, status="delivered", next_at=None, error=None)
    callbacks.note(second.id, attempts=1, status="pending", next_at=NOW + 9, error="x")
    assert callbacks.due(NOW + 8, 10) == []
    assert [due.attempts for due in callbacks.due(NOW + 9, 10)] == [1]
    assert {state.status for state in callbacks.of([job.id])[job.id]} == {"delivered", "pending"}
    jobs.add("key", now=NOW + 6, callback_url="http://c/")
    assert [due.url for due in callbacks.due(NOW + 6, 10)] == ["http://c/"]


def test_callbacks_go_with_their_job(jobs: Jobs) -> None:
    job = jobs.add(callback_url="http://a/")
    jobs.complete(jobs.claim())
    jobs.release(job)
    assert jobs.store.callbacks.due(NOW, 10) == []
    assert jobs.store.callbacks.of([job.id]) == {}


def test_names_may_be_anything_that_clients_send(jobs: Jobs) -> None:
    with jobs.database.begin() as connection:
        batch = jobs.batches.add(connection, [("a\0b\ud800ü", {"message": "\0\ud800"})], NOW)
    found = jobs.batches.get(batch)
    assert found is not None
    assert [(item.name, item.error) for item in found[1]] == [("ab?ü", {"message": "\0?"})]


def test_batches_keep_the_order_of_their_items(jobs: Jobs) -> None:
    first, second = jobs.add(), jobs.add()
    with jobs.database.begin() as connection:
        batch = jobs.batches.add(connection, [("b", second.id), ("x", {"message": "bad"}), ("a", first.id)], NOW)
    found = jobs.batches.get(batch)
    assert found is not None
    assert [(item.name, item.error, item.job and item.job.id) for item in found[1]] == [
        ("b", None, second.id),
        ("x", {"message": "bad"}, None),
        ("a", None, first.id),
    ]
    jobs.batches.forget(NOW + 1)
    assert jobs.batches.get(batch) is not None
    for job in (first, second):
        jobs.release(job)
        jobs.release(job)
    jobs.batches.forget(NOW + 1)
    assert jobs.batches.get(batch) is None


def test_a_failing_database_is_an_error_of_ours(jobs: Jobs) -> None:
    with jobs.database.begin() as connection:
        metadata.drop_all(connection)
    with pytest.raises(ServiceUnavailableError):
        jobs.store.get("job_1")


@pytest.fixture
def statements(tmp_path: Path) -> Iterator[list[Executable]]:
    """Every statement that a walk through all queries has executed."""
    database = Database("", tmp_path / "walk.sqlite3")
    database.open()
    seen: list[Executable] = []

    def note(_: Connection, statement: Executable, *__: object) -> None:
        seen.append(statement)

    event.listen(database._engine, "before_execute", note)
    test_a_start_brings_back_what_ran(Jobs(database, "1"))
    test_callbacks_are_due_when_the_job_is_over(Jobs(database, "2"))
    test_batches_keep_the_order_of_their_items(Jobs(database, "3"))
    test_results_expire_first_and_rows_much_later(Jobs(database, "4"))
    test_pages_go_from_the_newest_to_the_oldest(Jobs(database, "5"))
    test_the_more_urgent_of_two_requests_decides(Jobs(database, "6"))
    yield seen
    database.close()


def test_every_statement_is_one_for_postgresql(statements: list[Executable]) -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    assert len(statements) > 100
    for statement in statements:
        statement.compile(dialect=dialect)  # type: ignore[attr-defined]
    for table in metadata.sorted_tables:
        assert "DOUBLE PRECISION" in str(CreateTable(table).compile(dialect=dialect)) or table.name.endswith("items")
        for index in table.indexes:
            CreateIndex(index).compile(dialect=dialect)


def test_sqlite_commits_to_the_disk(tmp_path: Path) -> None:
    database = Database("", tmp_path / "jobs.sqlite3")
    database.open()
    with database.begin() as connection:
        for pragma, value in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)):
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
    database.close()


@pytest.mark.parametrize("url", ["nonsense", "mysql://host/name", "postgresql+nodriver://host/name"])
def test_urls_that_cannot_be_used_stop_the_start(url: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="JOB_DATABASE_URL"):
        Database(url, tmp_path)


def test_a_database_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/missing/jobs.sqlite3", tmp_path)
    with pytest.raises(SettingsError, match="JOB_DATABASE_URL"):
        database.open()
