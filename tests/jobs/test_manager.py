"""Jobs from their acceptance to their end, in one process."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.jobs.conftest import Clock, MakeManager, job_options, new_job, until
from tests.jobs.work_app import STEPS, Work, expected_digest
from voice_stack.core.errors import (
    InvalidRequestError,
    JobCancelledError,
    JobNotFinishedError,
    JobsUnavailableError,
    NotFoundError,
    ResultExpiredError,
    SettingsError,
    SpoolFullError,
    StoppingError,
    UploadTooLargeError,
)
from voice_stack.jobs.manager import JobManager
from voice_stack.jobs.schemas import job_json
from voice_stack.jobs.types import PULL, Job, JobStatus, Released, StoredResponse
from voice_stack.jobs.work.run import JobRun
from voice_stack.jobs.work.worker import MAX_FAILURES
from voice_stack.serving.scheduling.policy import Lane

DATA = os.urandom(1000)


@pytest.fixture
def work() -> Work:
    return Work()


def body(response: StoredResponse) -> str:
    raw = response.body if isinstance(response.body, bytes) else response.body.read_bytes()
    return raw.decode()


async def running(jobs: JobManager, job: Job) -> None:
    await until(lambda: _is(jobs, job, JobStatus.RUNNING))


async def _is(jobs: JobManager, job: Job, status: JobStatus) -> bool:
    return (await jobs.read.get(job.id)).status is status


async def test_an_accepted_job_is_answered(make_manager: MakeManager, work: Work) -> None:
    jobs = await make_manager(work)
    job = await jobs.accept(new_job(DATA))
    response = await jobs.follow.wait(job.id)
    assert response.status == 200
    assert body(response) == f'{{"digest":"{expected_digest(DATA)}"}}'
    assert ("x-voice-stack-engine", "steps") in response.headers
    done = await jobs.read.view(job.id)
    assert (done.job.status, done.reached, done.job.attempts) == (JobStatus.COMPLETED, (STEPS, STEPS), 1)


async def test_a_finished_job_leaves_only_its_result(make_manager: MakeManager, work: Work, tmp_path: Path) -> None:
    jobs = await make_manager(work)
    job = await jobs.accept(new_job(DATA))
    await jobs.follow.wait(job.id)
    folder = tmp_path / "jobs" / "work" / "accepted" / job.id
    await until(lambda: [path.name for path in folder.iterdir()] == ["result"])


async def test_identical_work_is_done_once(make_manager: MakeManager, work: Work) -> None:
    jobs = await make_manager(work)
    work.open.clear()
    first = await jobs.accept(new_job(DATA))
    await running(jobs, first)
    tries = [await jobs.accept(new_job(DATA)) for _ in range(2)]
    waiting = asyncio.gather(*(jobs.follow.wait(job.id) for job in (first, *tries)))
    work.open.set()
    answers = {body(response) for response in await waiting}
    late = await jobs.accept(new_job(DATA))
    assert {job.id for job in (*tries, late)} == {first.id}
    assert len(answers) == 1
    assert work.begun == [first.id]
    assert late.owners == 4


async def test_work_outside_of_jobs_joins_them(make_manager: MakeManager, work: Work) -> None:
    jobs = await make_manager(work)
    key = await jobs.key(new_job(DATA))
    assert await jobs.follow.join(key) is None
    work.open.clear()
    job = await jobs.accept(new_job(DATA))
    joined = asyncio.create_task(jobs.follow.join(key))
    await until(lambda: jobs.follow.awaits(job.id))
    work.open.set()
    response = await joined
    assert response is not None
    assert body(response) == body(await jobs.follow.wait(job.id))


async def test_a_cancelled_job_goes_on_for_who_waits_for_it(make_manager: MakeManager, work: Work) -> None:
    jobs = await make_manager(work)
    work.open.clear()
    job = await jobs.accept(new_job(DATA))
    joined = asyncio.create_task(jobs.follow.join(await jobs.key(new_job(DATA))))
    await until(lambda: jobs.follow.awaits(job.id))
    assert (await jobs.release(job.id))[0] is Released.SHARED
    work.open.set()
    assert await joined is not None


async def test_it_is_cancelled_when_they_leave_too(make_manager: MakeManager, work: Work) -> None:
    jobs = await make_manager(work)
    work.open.clear()
    job = await jobs.accept(new_job(DATA))
    joined = asyncio.create_task(jobs.follow.join(await jobs.key(new_job(DATA))))
    await until(lambda: jobs.follow.awaits(job.id))
    await jobs.release(job.id)
    joined.cancel()
    await until(lambda: _is(jobs, job, JobStatus.CANCELLED))


async def test_a_running_job_is_cancelled_at_its_next_safe_point(make_manager: MakeManager, work: Work) -> None:
    jobs = await make_manager(work)
    work.open.clear()
    job = await jobs.accept(new_job(DATA))
    await running(jobs, job)
    released, view = await jobs.release(job.id)
    assert (released, view.job.cancel_requested) == (Released.CANCELLING, True)
    await until(lambda: _is(jobs, job, JobStatus.CANCELLED))
    with pytest.raises(JobCancelledError):
        await jobs.read.response(await jobs.read.get(job.id))
    await until(lambda: jobs.status()["spool_mib"] == 0)


async def test_a_waiting_job_is_cancelled_at_once_and_never_runs(
    make_manager: MakeManager, work: Work, clock: Clock
) -> None:
    jobs = await make_manager(work, job_workers=1)
    work.open.clear()
    first = await jobs.accept(new_job(DATA))
    await running(jobs, first)
    second = await jobs.accept(new_job(b"other"))
    clock.now += 1
    third = await jobs.accept(new_job(b"third"))
    assert [view.queue_position for view in await jobs.read.views([second, third])] == [1, 2]
    assert (await jobs.release(second.id))[0] is Released.CANCELLED
    assert (await jobs.read.view(third.id)).queue_position == 1
    work.open.set()
    await jobs.follow.wait(third.id)
    assert work.begun == [first.id, third.id]


async def test_a_job_that_ignores_its_cancellation_is_cancelled_all_the_same(make_manager: MakeManager) -> None:
    let_go = asyncio.Event()

    async def deaf(_: JobRun) -> StoredResponse:
        await let_go.wait()
        return StoredResponse(200, [], b"late")

    jobs = await make_manager(deaf)
    job = await jobs.accept(new_job())
    await running(jobs, job)
    await jobs.release(job.id)
    let_go.set()
    await until(lambda: _is(jobs, job, JobStatus.CANCELLED))


async def test_deleting_a_finished_job_removes_all_of_it(make_manager: MakeManager, work: Work, tmp_path: Path) -> None:
    jobs = await make_manager(work)
    job = await jobs.accept(new_job(DATA))
    await jobs.follow.wait(job.id)
    assert (await jobs.release(job.id))[0] is Released.DELETED
    with pytest.raises(NotFoundError):
        await jobs.read.view(job.id)
    with pytest.raises(NotFoundError):
        await jobs.release(job.id)
    await until(lambda: not (tmp_path / "jobs" / "work" / "accepted" / job.id).exists())


async def test_a_failed_job_answers_with_its_error(make_manager: MakeManager, work: Work) -> None:
    jobs = await make_manager(work)
    job = await jobs.accept(new_job(params={"fields": [["fail", "1"]], "query": []}))
    response = await jobs.follow.wait(job.id)
    assert response.status == 400
    expected = {
        "message": "This is no audio.",
        "type": "invalid_request_error",
        "param": "file",
        "code": "invalid_audio",
    }
    assert (await jobs.read.get(job.id)).error == expected
    assert '"code":"invalid_audio"' in body(response)
    again = await jobs.accept(new_job(params={"fields": [["fail", "1"]], "query": []}))
    assert again.id != job.id


async def test_an_error_that_nobody_foresaw_tells_nothing(make_manager: MakeManager, work: Work) -> None:
    jobs = await make_manager(work)
    job = await jobs.accept(new_job(params={"fields": [["crash", "1"]], "query": []}))
    response = await jobs.follow.wait(job.id)
    assert response.status == 500
    assert "ZeroDivision" not in body(response)


async def test_a_kind_that_nobody_handles_fails(make_manager: MakeManager) -> None:
    jobs = await make_manager(None)
    assert (await jobs.follow.wait((await jobs.accept(new_job())).id)).status == 500


async def test_an_error_that_passes_is_outlived(make_manager: MakeManager, work: Work, clock: Clock) -> None:
    jobs = await make_manager(work)
    work.failures = 3
    job = await jobs.accept(new_job(DATA))

    async def over() -> bool:
        clock.now += 10
        jobs._open()._workers.wake()
        return await _is(jobs, job, JobStatus.COMPLETED)

    await until(over)
    done = await jobs.read.get(job.id)
    assert (done.attempts, done.failures) == (4, 3)


async def test_an_error_that_never_passes_is_the_answer(make_manager: MakeManager, work: Work, clock: Clock) -> None:
    jobs = await make_manager(work)
    work.failures = 1000
    job = await jobs.accept(new_job(DATA))

    async def over() -> bool:
        clock.now += 1000
        jobs._open()._workers.wake()
        return await _is(jobs, job, JobStatus.FAILED)

    await until(over)
    assert len(work.begun) == MAX_FAILURES
    assert (await jobs.read.response(await jobs.read.get(job.id))).status == 429


async def test_results_expire(make_manager: MakeManager, work: Work, clock: Clock) -> None:
    jobs = await make_manager(work, job_result_ttl_s=100)
    done = await jobs.accept(new_job(DATA))
    failed = await jobs.accept(new_job(params={"fields": [["fail", "1"]], "query": []}))
    for job in (done, failed):
        await jobs.follow.wait(job.id)
    clock.now += 100
    await jobs.expire()
    for job in (done, failed):
        with pytest.raises(ResultExpiredError):
            await jobs.read.response(await jobs.read.get(job.id))
    assert jobs.status()["spool_mib"] == 0
    assert (await jobs.accept(new_job(DATA))).id != done.id
    clock.now += 10_000
    await jobs.expire()
    with pytest.raises(NotFoundError):
        await jobs.read.get(done.id)


async def test_a_full_spool_refuses_until_results_go(make_manager: MakeManager, work: Work) -> None:
    jobs = await make_manager(work, job_spool_mb=1)
    work.open.clear()
    job = await jobs.accept(new_job(bytes(700_000)))
    with pytest.raises(SpoolFullError):
        await jobs.accept(new_job(b"1" * 700_000))
    with pytest.raises(UploadTooLargeError):
        await jobs.accept(new_job(bytes(1_100_000)))
    work.open.set()
    await jobs.follow.wait(job.id)
    await until(lambda: jobs.status()["spool_mib"] == 0)
    await jobs.accept(new_job(b"1" * 700_000))


async def test_joining_needs_no_lasting_room(make_manager: MakeManager, work: Work, tmp_path: Path) -> None:
    jobs = await make_manager(work)
    work.open.clear()
    ids = {(await jobs.accept(new_job(DATA))).id for _ in range(5)}
    assert len(ids) == 1
    assert list((tmp_path / "jobs" / "work" / "incoming").iterdir()) == []


async def test_a_restart_goes_on_where_the_work_was(make_manager: MakeManager, tmp_path: Path, clock: Clock) -> None:
    reached = asyncio.Event()
    loop = asyncio.get_running_loop()

    class Half(Work):
        def note(self, line: str) -> None:
            if line.endswith(" 3"):
                self.open.clear()
                loop.call_soon_threadsafe(reached.set)

    first = await make_manager(Half(), job_workers=1)
    job = await first.accept(new_job(DATA))
    clock.now += 1
    waiting = await first.accept(new_job(b"waits"))
    async with asyncio.timeout(20):
        await reached.wait()
    await first.stop()
    seen: list[int] = []

    class Rest(Work):
        async def __call__(self, job: JobRun) -> StoredResponse:
            seen.append(len(job.checkpoints))
            return await super().__call__(job)

    second = JobManager(job_options(job_workers=1), tmp_path, "work", {"work": Rest()}, clock=clock)
    await second.start()
    try:
        for data, accepted in ((DATA, job), (b"waits", waiting)):
            assert expected_digest(data) in body(await second.follow.wait(accepted.id))
        assert seen == [4, 0]
        assert (await second.read.get(job.id)).attempts == 2
    finally:
        await second.stop()


async def test_a_service_that_stops_accepts_nothing_and_lets_nobody_wait(make_manager: MakeManager, work: Work) -> None:
    jobs = await make_manager(work)
    work.open.clear()
    job = await jobs.accept(new_job(DATA))
    waiting = asyncio.create_task(jobs.follow.wait(job.id))
    await until(lambda: jobs.follow.awaits(job.id))
    jobs.begin_stop()
    with pytest.raises(StoppingError):
        await waiting
    with pytest.raises(StoppingError):
        await jobs.accept(new_job(DATA))


async def test_one_place_is_kept_for_who_waits(make_manager: MakeManager, work: Work) -> None:
    jobs = await make_manager(work, job_workers=2)
    work.open.clear()
    film = await jobs.accept(new_job(b"film"))
    await running(jobs, film)
    films = [await jobs.accept(new_job(bytes([number]))) for number in range(2)]
    command = await jobs.accept(new_job(b"command", lane=Lane.INTERACTIVE))
    await running(jobs, command)
    assert {(await jobs.read.get(film.id)).status for film in films} == {JobStatus.QUEUED}


async def test_transfers_and_computations_do_not_wait_for_each_other(tmp_path: Path, work: Work, clock: Clock) -> None:
    downloads, gate = 0, asyncio.Event()

    async def download(run: JobRun) -> StoredResponse:
        nonlocal downloads
        downloads += 1
        run.progress(1_000, 4_000)
        await gate.wait()
        return StoredResponse(200, [], b"{}")

    jobs = JobManager(job_options(job_workers=1), tmp_path, "work", {"work": work, PULL: download}, clock=clock)
    await jobs.start()
    await jobs.ready()
    try:
        work.open.clear()
        computing = [await jobs.accept(new_job(bytes([number]))) for number in range(2)]
        await running(jobs, computing[0])
        pulls = []
        for name in "abc":
            clock.now += 1
            pulls.append(await jobs.accept(new_job(kind=PULL, files=[], params={"model": name})))
        await running(jobs, pulls[0])
        assert downloads == 1, "one at a time"
        positions = [(await jobs.read.view(job.id)).queue_position for job in (computing[1], *pulls[1:])]
        assert positions == [1, 1, 2]
        shown = job_json(await jobs.read.view(pulls[0].id), "/v1")
        assert shown["progress"] == {"processed_bytes": 1_000, "total_bytes": 4_000, "fraction": 0.25}
        assert "processed_seconds" in job_json(await jobs.read.view(computing[0].id), "/v1")["progress"]
        work.open.set()
        for job in computing:
            await jobs.follow.wait(job.id)
        assert await _is(jobs, pulls[0], JobStatus.RUNNING)
        gate.set()
        for job in pulls:
            await jobs.follow.wait(job.id)
    finally:
        await jobs.stop()


async def test_the_result_is_not_there_before_its_time(make_manager: MakeManager, work: Work) -> None:
    jobs = await make_manager(work)
    work.open.clear()
    job = await jobs.accept(new_job(DATA))
    with pytest.raises(JobNotFinishedError) as caught:
        await jobs.read.response(job)
    assert 1 <= int(caught.value.headers["retry-after"]) <= 60


async def test_a_batch_takes_what_is_valid_and_notes_what_is_not(make_manager: MakeManager, work: Work) -> None:
    jobs = await make_manager(work)
    batch = await jobs.accept_batch(
        [
            ("a.wav", new_job(b"a")),
            ("b.wav", InvalidRequestError("No audio.", param="file")),
            ("c.wav", new_job(b"a")),
            ("d.wav", new_job(params={"fields": [["fail", "1"]], "query": []})),
        ]
    )
    first, refused, same, failing = batch.items
    assert refused.error is not None
    assert refused.error["message"] == "No audio."
    assert first.job is not None
    assert same.job is not None
    assert failing.job is not None
    assert first.job.job.id == same.job.job.id
    for item in (first, failing):
        assert item.job is not None
        await jobs.follow.wait(item.job.job.id)
    states = [item.job.job.status if item.job else None for item in (await jobs.read.batch(batch.id)).items]
    assert states == [JobStatus.COMPLETED, None, JobStatus.COMPLETED, JobStatus.FAILED]


async def test_a_batch_runs_in_its_order(make_manager: MakeManager, work: Work) -> None:
    jobs = await make_manager(work, job_workers=1)
    batch = await jobs.accept_batch([(str(number), new_job(bytes([number]))) for number in range(6)])
    ids = [item.job.job.id for item in batch.items if item.job is not None]
    await jobs.follow.wait(ids[-1])
    assert work.begun == ids


async def test_a_batch_that_does_not_fit_leaves_nothing(make_manager: MakeManager, work: Work) -> None:
    jobs = await make_manager(work, job_spool_mb=1)
    with pytest.raises(SpoolFullError):
        await jobs.accept_batch([(str(number), new_job(bytes([number]) * 400_000)) for number in range(3)])
    assert (await jobs.read.page(10, None, None))[0] == []
    await jobs._open()._intake.remove_unaccepted()
    assert jobs.status()["spool_mib"] == 0


async def test_a_batch_that_is_given_up_ends_but_for_what_others_want(make_manager: MakeManager, work: Work) -> None:
    jobs = await make_manager(work, job_workers=1)
    work.open.clear()
    shared = await jobs.accept(new_job(b"shared"))
    await running(jobs, shared)
    batch = await jobs.accept_batch([(name, new_job(name.encode())) for name in ("shared", "mine", "mine too")])
    for _ in range(3):  # again and again: nobody else's part may be taken
        left = await jobs.release_batch(batch.id)
        assert left is not None
        assert [item.job.job.status if item.job else None for item in left.items] == [
            None,
            JobStatus.CANCELLED,
            JobStatus.CANCELLED,
        ]
        if left.is_over:
            break
    work.open.set()
    assert body(await jobs.follow.wait(shared.id)) == f'{{"digest":"{expected_digest(b"shared")}"}}'
    assert (await jobs.read.get(shared.id)).owners == 1
    assert work.begun == [shared.id]


async def test_a_batch_that_is_over_is_deleted_with_its_results(make_manager: MakeManager, work: Work) -> None:
    jobs = await make_manager(work)
    refused = InvalidRequestError("No audio.", param="file")
    batch = await jobs.accept_batch([("a", new_job(b"a")), ("b", refused), ("a again", new_job(b"a"))])
    assert batch.items[0].job is not None
    job = batch.items[0].job.job
    await jobs.follow.wait(job.id)
    assert await jobs.release_batch(batch.id) is None
    for gone in (jobs.read.batch(batch.id), jobs.read.get(job.id)):
        with pytest.raises(NotFoundError):
            await gone
    assert jobs._spool.used_bytes == 0


async def test_two_services_may_not_share_a_folder(make_manager: MakeManager, tmp_path: Path, work: Work) -> None:
    await make_manager(work)
    other = JobManager(job_options(), tmp_path, "work", {})
    with pytest.raises(SettingsError, match="another process"):
        await other.start()
    await other.stop()


async def test_estimates_come_from_what_was_done(make_manager: MakeManager, work: Work) -> None:
    jobs = await make_manager(work)
    await jobs.follow.wait((await jobs.accept(new_job(DATA, cost_s=8.0))).id)
    work.open.clear()
    job = await jobs.accept(new_job(b"other", cost_s=8.0))
    await running(jobs, job)
    left = (await jobs.read.view(job.id)).seconds_left
    assert left is not None
    assert 0 < left < 60


async def test_the_database_is_made_with_the_first_job(tmp_path: Path, work: Work) -> None:
    file = tmp_path / "jobs" / "work" / "jobs.sqlite3"
    jobs = JobManager(job_options(), tmp_path, "work", {"work": work})
    await jobs.start()
    assert jobs.status()["state"] == "ready"
    assert not file.exists()
    job, other = await asyncio.gather(jobs.accept(new_job(DATA)), jobs.accept(new_job(b"other")))
    assert expected_digest(DATA) in body(await jobs.follow.wait(job.id))
    await jobs.follow.wait(other.id)
    await jobs.stop()
    later = JobManager(job_options(), tmp_path, "work", {"work": work})
    await later.start()
    assert (await later.read.get(job.id)).status is JobStatus.COMPLETED
    await later.stop()


async def test_a_database_that_cannot_be_made_is_named_and_tried_again(tmp_path: Path, work: Work) -> None:
    jobs = JobManager(job_options(), tmp_path, "work", {"work": work})
    await jobs.start()
    file = tmp_path / "jobs" / "work" / "jobs.sqlite3"
    # A link into nowhere: it is not there, and cannot be made.
    file.symlink_to(tmp_path / "nowhere" / "jobs.sqlite3")
    with pytest.raises(JobsUnavailableError, match="cannot be used"):
        await jobs.accept(new_job(DATA))
    assert jobs.status()["state"] == "unavailable"
    file.unlink()
    job = await jobs.accept(new_job(DATA))
    assert jobs.status()["state"] == "ready"
    assert expected_digest(DATA) in body(await jobs.follow.wait(job.id))
    await jobs.stop()


async def test_there_are_no_jobs_before_the_start_and_after_the_end(tmp_path: Path, work: Work) -> None:
    jobs = JobManager(job_options(), tmp_path, "work", {"work": work})
    assert not jobs.available
    assert jobs.status()["state"] == "unavailable"
    for nothing in (lambda: jobs.read, lambda: jobs.follow, jobs.check):
        with pytest.raises(JobsUnavailableError, match="not been started"):
            nothing()
    await jobs.start()
    assert jobs.available
    await jobs.ready()
    assert (await jobs.read.page(1, None, None))[0] == []
    await jobs.stop()
    await jobs.stop()
    assert not jobs.available
    for nothing in (lambda: jobs.read, lambda: jobs.follow, jobs.check):
        with pytest.raises(StoppingError):
            nothing()
