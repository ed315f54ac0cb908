"""The routes of jobs over a real socket."""

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from tests.jobs.conftest import job_settings
from tests.jobs.receiver import receiver
from tests.jobs.work_app import Work, create_work_app, expected_digest
from tests.served_app import served_app

ASYNC = {"prefer": "respond-async"}


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def client(tmp_path: Path, work: Work) -> Iterator[httpx.Client]:
    settings = job_settings(tmp_path, job_workers=1, job_spool_mb=3)
    with served_app(create_work_app(settings, work)) as url, httpx.Client(base_url=f"{url}/v1", timeout=30) as http:
        yield http
        work.open.set()


def post(client: httpx.Client, data: bytes | None = None, path: str = "work", **options: Any) -> httpx.Response:
    files = {"file": ("a.wav", os.urandom(500) if data is None else data)}
    return client.post(f"/{path}", files=files, headers=options.pop("headers", ASYNC), **options)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def follow(client: httpx.Client, job_id: str) -> list[dict[str, Any]]:
    """Every event of a job."""
    with client.stream("GET", f"/jobs/{job_id}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        return [json.loads(line.removeprefix("data: ")) for line in stream.iter_lines() if line.startswith("data: ")]


def test_a_job_is_accepted_followed_and_answered(client: httpx.Client, work: Work) -> None:
    work.open.clear()
    data = os.urandom(500)
    accepted = post(client, data)
    job = accepted.json()
    assert accepted.status_code == 202
    assert accepted.headers["location"] == f"/v1/jobs/{job['id']}" == job["links"]["self"]
    assert accepted.headers["preference-applied"] == "respond-async"
    assert 1 <= int(accepted.headers["retry-after"]) <= 60
    assert (job["object"], job["status"], job["progress"]["total_seconds"]) == ("job", "queued", 8)
    work.open.set()
    events = follow(client, job["id"])
    assert [event["type"] for event in events[:-1]] == ["job.progress"] * (len(events) - 1)
    assert events[-1]["type"] == "job.completed"
    assert events[-1]["job"]["progress"] == {"processed_seconds": 8, "total_seconds": 8, "fraction": 1.0}
    result = client.get(f"/jobs/{job['id']}/result")
    assert (result.status_code, result.json()) == (200, {"digest": expected_digest(data)})
    assert result.headers["x-voice-stack-engine"] == "steps"
    assert result.headers["content-type"] == "application/json"


def test_the_result_is_what_a_waiting_client_gets(client: httpx.Client) -> None:
    data = os.urandom(500)
    waited = post(client, data, headers={})
    job = post(client, data).json()
    assert job["status"] == "completed"
    result = client.get(job["links"]["result"].removeprefix("/v1"))
    changing = ("date", "x-request-id", "openai-processing-ms")
    assert result.content == waited.content
    assert {name: value for name, value in result.headers.items() if name not in changing} == {
        name: value for name, value in waited.headers.items() if name not in changing
    }


def test_bad_requests_are_no_jobs(client: httpx.Client) -> None:
    assert client.post("/work", files={"other": b"x"}, headers=ASYNC).status_code == 400
    assert post(client, params={"async": "perhaps"}).json()["error"]["param"] == "async"
    refused = post(client, params={"callback_url": "http://127.0.0.1/"})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "callback_url")
    assert client.get("/jobs").json()["data"] == []


def test_the_query_asks_for_a_job_too(client: httpx.Client) -> None:
    accepted = post(client, headers={}, params={"async": "true"})
    assert accepted.status_code == 202
    assert "preference-applied" not in accepted.headers


def test_a_job_that_is_done_in_time_is_answered_at_once(client: httpx.Client, work: Work) -> None:
    answer = post(client, headers={"prefer": "respond-async, wait=30"})
    assert answer.status_code == 200
    work.open.clear()
    assert post(client, headers={"prefer": "respond-async, wait=1"}).status_code == 202


def test_the_result_of_an_unfinished_job_is_a_clear_409(client: httpx.Client, work: Work) -> None:
    work.open.clear()
    job = post(client).json()
    answer = client.get(f"/jobs/{job['id']}/result")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "job_not_finished")
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    begun = time.monotonic()
    sdk = openai.OpenAI(base_url=str(client.base_url), api_key="k")
    with pytest.raises(openai.ConflictError):
        sdk.get(f"/jobs/{job['id']}/result", cast_to=object)
    assert time.monotonic() - begun < float(answer.headers["retry-after"])


def test_a_failed_job_gives_its_error(client: httpx.Client) -> None:
    failing = client.post("/work", files={"file": b"x"}, data={"fail": "1"}, headers=ASYNC).json()
    events = follow(client, failing["id"])
    assert events[-1]["type"] == "job.failed"
    assert events[-1]["job"]["error"]["code"] == "invalid_audio"
    result = client.get(f"/jobs/{failing['id']}/result")
    assert (result.status_code, result.json()) == (400, {"error": events[-1]["job"]["error"]})
    waited = client.post("/work", files={"file": b"x"}, data={"fail": "1"})
    assert (waited.status_code, waited.content) == (400, result.content)


@pytest.mark.parametrize("name", ["job_0", "job_" + 32 * "0", "..%2F..%2Fetc%2Fpasswd", "%00", "ä", "a" * 3000])
@pytest.mark.parametrize("rest", ["", "/result", "/events"])
def test_unknown_jobs_are_404(client: httpx.Client, name: str, rest: str) -> None:
    answer = client.get(f"/jobs/{name}{rest}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    assert client.delete(f"/jobs/{name}").status_code in (404, 405)


def test_unknown_batches_are_404(client: httpx.Client) -> None:
    for name in ("batch_0", "%00"):
        assert client.get(f"/batches/{name}").status_code == 404
        assert client.delete(f"/batches/{name}").status_code == 404


def test_a_running_job_is_cancelled(client: httpx.Client, work: Work) -> None:
    work.open.clear()
    job = post(client).json()
    until(lambda: client.get(f"/jobs/{job['id']}").json()["status"] == "running")
    cancelling = client.delete(f"/jobs/{job['id']}")
    assert (cancelling.status_code, cancelling.json()["cancel_requested"]) == (202, True)
    assert follow(client, job["id"])[-1]["type"] == "job.cancelled"
    gone = client.get(f"/jobs/{job['id']}/result")
    assert (gone.status_code, gone.json()["error"]["code"]) == (410, "job_cancelled")


def test_a_waiting_job_is_cancelled_at_once(client: httpx.Client, work: Work) -> None:
    work.open.clear()
    jobs = [post(client).json() for _ in range(3)]
    until(lambda: client.get(f"/jobs/{jobs[0]['id']}").json()["status"] == "running")
    assert [client.get(f"/jobs/{job['id']}").json()["queue_position"] for job in jobs] == [None, 1, 2]
    cancelled = client.delete(f"/jobs/{jobs[1]['id']}")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")


def test_a_finished_job_is_deleted(client: httpx.Client) -> None:
    job = post(client).json()
    follow(client, job["id"])
    assert client.delete(f"/jobs/{job['id']}").json() == {"id": job["id"], "object": "job", "deleted": True}
    assert client.get(f"/jobs/{job['id']}").status_code == 404


def test_the_list_has_pages(client: httpx.Client, work: Work) -> None:
    work.open.clear()
    ids = [post(client).json()["id"] for _ in range(5)]
    first = client.get("/jobs", params={"limit": 2}).json()
    assert (first["object"], first["has_more"], first["last_id"]) == ("list", True, ids[3])
    second = client.get("/jobs", params={"limit": 3, "after": first["last_id"]}).json()
    assert [job["id"] for job in first["data"] + second["data"]] == ids[::-1]
    assert second["has_more"] is False
    until(lambda: len(client.get("/jobs", params={"status": "running"}).json()["data"]) == 1)
    assert len(client.get("/jobs", params={"status": "queued"}).json()["data"]) == 4
    for bad in ({"limit": 0}, {"limit": 101}, {"status": "lost"}):
        assert client.get("/jobs", params=bad).status_code == 400
    assert client.get("/jobs", params={"after": "job_0"}).status_code == 404


def test_a_full_spool_says_so(client: httpx.Client, work: Work) -> None:
    work.open.clear()
    post(client, bytes(2_000_000))
    full = post(client, b"1" * 2_000_000)
    assert (full.status_code, full.json()["error"]["code"]) == (507, "spool_full")
    assert (full.headers["retry-after"], full.headers["x-should-retry"]) == ("60", "false")
    assert post(client, bytes(4_000_000)).status_code == 413


def leave(client: httpx.Client, path: str, data: bytes) -> None:
    """Ask for work, and go away while it runs."""
    with pytest.raises(httpx.ReadTimeout):
        post(client, data, path=path, headers={}, timeout=1.0)


def test_bazarrs_three_tries_cost_one(client: httpx.Client, work: Work) -> None:
    work.open.clear()
    film = os.urandom(1000)
    for _ in range(2):
        leave(client, "patient", film)
    work.open.set()
    answer = post(client, film, path="patient", headers={})
    assert answer.json() == {"digest": expected_digest(film)}
    assert len(work.begun) == 1


def test_other_work_ends_with_its_client(client: httpx.Client, work: Work) -> None:
    work.open.clear()
    leave(client, "work", os.urandom(100))
    until(lambda: client.get("/jobs").json()["data"][0]["status"] == "cancelled")


def test_a_callback_names_what_it_is_about(tmp_path: Path) -> None:
    with receiver() as host:
        settings = job_settings(tmp_path, job_callback_hosts=[host.host], job_callback_secret="s")
        with served_app(create_work_app(settings, Work())) as url:
            with httpx.Client(base_url=f"{url}/v1", timeout=30) as client:
                job = post(client, params={"callback_url": host.url}).json()
                assert [state["host"] for state in job["callbacks"]] == [host.host]
                until(lambda: len(host.deliveries) == 1)
                until(lambda: client.get(f"/jobs/{job['id']}").json()["callbacks"][0]["status"] == "delivered")
                result = client.get(json.loads(host.deliveries[0].body)["data"]["links"]["result"].removeprefix("/v1"))
                assert result.status_code == 200


def test_links_carry_the_prefix_of_a_proxy(tmp_path: Path) -> None:
    app = create_work_app(job_settings(tmp_path), Work())
    app.root_path = "/speech"
    with served_app(app) as url, httpx.Client(base_url=f"{url}/speech/v1", timeout=30) as client:
        accepted = post(client)
        assert accepted.headers["location"].startswith("/speech/v1/jobs/job_")


def test_health_shows_the_jobs(client: httpx.Client, work: Work) -> None:
    work.open.clear()
    post(client)
    health = str(client.base_url).removesuffix("/v1/") + "/health"
    until(lambda: httpx.get(health).json()["running"] == 1)
