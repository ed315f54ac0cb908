"""Callbacks over a real socket, to a host that is sometimes down."""

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest

from tests.jobs.conftest import Clock, MakeManager, job_options, new_job, until
from tests.jobs.receiver import Receiver, receiver
from tests.jobs.work_app import Work
from voice_stack.core.errors import InvalidRequestError
from voice_stack.jobs.callbacks.sender import MAX_ATTEMPTS
from voice_stack.jobs.manager import JobManager
from voice_stack.jobs.types import CallbackState, Job

SECRET = "whsec_c2VjcmV0IGJ5dGVz"


@pytest.fixture
def host() -> Iterator[Receiver]:
    with receiver() as state:
        yield state


@pytest.fixture
def work() -> Work:
    return Work()


async def settled(jobs: JobManager, job: Job, clock: Clock | None = None) -> CallbackState:
    """The job's callback, once it is delivered or given up."""
    async with asyncio.timeout(20):
        while True:
            (state,) = (await jobs.read.view(job.id)).callbacks
            if state.status != "pending":
                return state
            if clock is not None:
                clock.now += 10_000
                jobs._open()._sender.wake()
            await asyncio.sleep(0.005)


def hooks(host: Receiver) -> dict[str, object]:
    return {"job_callback_hosts": [host.host], "job_callback_secret": SECRET, "job_result_ttl_s": 1e9}


async def test_the_end_of_a_job_is_told_and_signed(
    make_manager: MakeManager, work: Work, host: Receiver, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    jobs = await make_manager(work, **hooks(host))
    job = await jobs.accept(new_job(callback_url=f"{host.url}?a=b"))
    assert (await settled(jobs, job)).status == "delivered"
    (delivery,) = host.deliveries
    monkeypatch.setattr("time.time", clock)
    openai.OpenAI(api_key="k").webhooks.verify_signature(delivery.body, delivery.headers, secret=SECRET)
    event = json.loads(delivery.body)
    assert (event["type"], event["object"], event["id"]) == ("job.completed", "event", delivery.headers["webhook-id"])
    assert event["data"]["id"] == job.id
    assert event["data"]["links"]["result"] == f"/v1/jobs/{job.id}/result"
    assert delivery.path == "/hook?a=b"
    assert "authorization" not in delivery.headers


@pytest.mark.parametrize("end", ["failed", "cancelled"])
async def test_other_ends_are_told_too(make_manager: MakeManager, work: Work, host: Receiver, end: str) -> None:
    jobs = await make_manager(work, **hooks(host))
    params = {"fields": [["fail", "1"]] if end == "failed" else [], "query": []}
    if end == "cancelled":
        work.open.clear()
    job = await jobs.accept(new_job(params=params, callback_url=host.url))
    if end == "cancelled":
        await jobs.release(job.id)
    await settled(jobs, job)
    assert json.loads(host.deliveries[0].body)["type"] == f"job.{end}"


async def test_a_host_that_is_down_is_tried_again(
    make_manager: MakeManager, work: Work, host: Receiver, clock: Clock
) -> None:
    jobs = await make_manager(work, **hooks(host))
    host.statuses = [500, 429, 404]
    job = await jobs.accept(new_job(callback_url=host.url))
    state = await settled(jobs, job, clock)
    assert (state.status, state.attempts, state.error) == ("delivered", 4, None)
    assert len({delivery.headers["webhook-id"] for delivery in host.deliveries}) == 1
    assert len({delivery.headers["webhook-timestamp"] for delivery in host.deliveries}) > 1
    assert len({delivery.body for delivery in host.deliveries}) == 1


async def test_a_host_that_stays_down_is_given_up(
    make_manager: MakeManager, work: Work, host: Receiver, clock: Clock
) -> None:
    jobs = await make_manager(work, **hooks(host))
    host.statuses = [503] * 100
    job = await jobs.accept(new_job(callback_url=host.url))
    state = await settled(jobs, job, clock)
    assert (state.status, state.attempts) == ("failed", MAX_ATTEMPTS)
    assert state.error is not None
    assert "503" in state.error


async def test_nobody_listening_is_a_failure_like_any_other(
    make_manager: MakeManager, work: Work, host: Receiver, clock: Clock
) -> None:
    with receiver() as gone:
        url, name = gone.url, gone.host
    jobs = await make_manager(work, **(hooks(host) | {"job_callback_hosts": [name]}))
    job = await jobs.accept(new_job(callback_url=url))
    assert (await settled(jobs, job, clock)).status == "failed"


async def test_a_host_that_wants_no_more_is_left_alone(make_manager: MakeManager, work: Work, host: Receiver) -> None:
    jobs = await make_manager(work, **hooks(host))
    host.statuses = [410]
    state = await settled(jobs, await jobs.accept(new_job(callback_url=host.url)))
    assert (state.status, state.attempts) == ("failed", 1)


async def test_redirects_are_not_followed(make_manager: MakeManager, work: Work, host: Receiver, clock: Clock) -> None:
    with receiver() as secret:
        jobs = await make_manager(work, **hooks(host))
        host.statuses, host.location = [307, 302, 301], secret.url
        await settled(jobs, await jobs.accept(new_job(callback_url=host.url)), clock)
        assert len(host.deliveries) == 4
        assert secret.deliveries == []


async def test_proxies_of_the_environment_are_not_asked(
    make_manager: MakeManager, work: Work, host: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiver() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://{proxy.host}")
        jobs = await make_manager(work, **hooks(host))
        await settled(jobs, await jobs.accept(new_job(callback_url=host.url)))
        assert proxy.deliveries == []


async def test_other_hosts_are_refused_before_the_job_is_accepted(
    make_manager: MakeManager, work: Work, host: Receiver
) -> None:
    jobs = await make_manager(work, **hooks(host))
    with pytest.raises(InvalidRequestError):
        await jobs.accept(new_job(callback_url="http://169.254.169.254/"))
    assert (await jobs.read.page(10, None, None))[0] == []


async def test_a_host_that_is_allowed_no_longer_is_not_called(
    make_manager: MakeManager, work: Work, host: Receiver, tmp_path: Path
) -> None:
    jobs = await make_manager(work, **hooks(host))
    work.open.clear()
    job = await jobs.accept(new_job(callback_url=host.url))
    await jobs.stop()
    settings = job_options(job_callback_hosts=["example.org"], job_callback_secret=SECRET)
    later = JobManager(settings, tmp_path, "work", {"work": Work()})
    await later.start()
    try:
        assert (await settled(later, job)).status == "failed"
    finally:
        await later.stop()
    assert host.deliveries == []


async def test_a_restart_goes_on_with_callbacks(
    make_manager: MakeManager, work: Work, host: Receiver, clock: Clock, tmp_path: Path
) -> None:
    jobs = await make_manager(work, **hooks(host))
    host.statuses = [500]
    job = await jobs.accept(new_job(callback_url=host.url))
    await until(lambda: len(host.deliveries) == 1)
    await jobs.stop()
    clock.now += 100
    later = JobManager(job_options(**hooks(host)), tmp_path, "work", {"work": work}, clock=clock)
    await later.start()
    try:
        assert (await settled(later, job, clock)).status == "delivered"
    finally:
        await later.stop()
    assert len({delivery.headers["webhook-id"] for delivery in host.deliveries}) == 1


async def test_everybody_who_shares_a_job_is_told(make_manager: MakeManager, work: Work, host: Receiver) -> None:
    jobs = await make_manager(work, **hooks(host))
    data = os.urandom(100)
    work.open.clear()
    for name in ("a", "b"):
        await jobs.accept(new_job(data, callback_url=f"http://{host.host}/{name}"))
    work.open.set()
    await until(lambda: len(host.deliveries) == 2)
    await jobs.accept(new_job(data, callback_url=f"http://{host.host}/late"))
    await until(lambda: len(host.deliveries) == 3)
    assert {delivery.path for delivery in host.deliveries} == {"/a", "/b", "/late"}
