"""The request id on responses and log lines, and the one line a request."""

import asyncio
import contextvars
import logging
import threading

import anyio.to_thread
import pytest
from fastapi import APIRouter
from starlette.testclient import TestClient

from tests.web.conftest import MakeApp
from voice_stack.core.logging import request_id


@pytest.fixture
def client(make_app: MakeApp) -> TestClient:
    router = APIRouter()

    @router.get("/seen")
    async def seen() -> dict[str, str]:
        found: list[str] = []
        thread = threading.Thread(target=contextvars.copy_context().run, args=(lambda: found.append(request_id.get()),))
        thread.start()
        thread.join()
        return {
            "task": request_id.get(),
            "anyio": await anyio.to_thread.run_sync(request_id.get),
            "asyncio": await asyncio.to_thread(request_id.get),
            "own": found[0],
        }

    @router.get("/sync")
    def sync() -> dict[str, str]:
        return {"task": request_id.get()}

    @router.get("/broken")
    async def broken() -> None:
        raise ZeroDivisionError

    return TestClient(make_app(router))


def test_a_sane_id_is_kept_everywhere(client: TestClient) -> None:
    answer = client.get("/v1/seen", headers={"x-request-id": "abc-1.2_3"})
    assert answer.headers["x-request-id"] == "abc-1.2_3"
    assert set(answer.json().values()) == {"abc-1.2_3"}


def test_ids_are_made_one_a_request_and_forgotten_after_it(client: TestClient) -> None:
    answers = [client.get("/v1/sync") for _ in range(3)]
    assert [answer.json()["task"] for answer in answers] == [answer.headers["x-request-id"] for answer in answers]
    assert len({answer.headers["x-request-id"] for answer in answers}) == 3
    assert all(answer.headers["x-request-id"].startswith("req_") for answer in answers)
    assert request_id.get() == "-"


@pytest.mark.parametrize("sent", ["", "a b", "x" * 129, "a\tb", "<script>", "ä".encode().decode("latin-1")])
def test_a_strange_id_is_replaced(client: TestClient, sent: str) -> None:
    answer = client.get("/v1/sync", headers={b"x-request-id": sent.encode("latin-1")})
    assert answer.headers["x-request-id"].startswith("req_")


@pytest.mark.parametrize(("path", "status"), [("/v1/sync", 200), ("/v1/broken", 500), ("/nowhere", 404)])
def test_every_answer_has_the_id_and_its_time(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["x-request-id"]
    assert answer.headers["openai-processing-ms"].isdigit()


def _request_lines(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.getMessage() == "request"]


def test_a_request_is_one_line_without_its_query(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="voice_stack.web"):
        answer = client.post("/v1/no%0Awhere?initial_prompt=private", content=b"12345")
    (record,) = _request_lines(caplog)
    facts = vars(record)
    assert record.levelno == logging.INFO
    assert (facts["method"], facts["path"], facts["status"], facts["error"]) == (
        "POST",
        "/v1/no%0Awhere",
        404,
        "not_found",
    )
    assert facts["bytes_out"] == len(answer.content)
    assert facts["bytes_in"] == 5
    assert facts["duration_ms"] >= 0
    assert "private" not in str(facts)


def test_probes_are_logged_at_debug_only(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="voice_stack.web"):
        client.get("/health")
        client.get("/metrics")
    assert [record.levelno for record in _request_lines(caplog)] == [logging.DEBUG] * 2
