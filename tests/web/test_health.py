"""The health routes."""

import threading

import httpx
import pytest
from fastapi import APIRouter
from starlette.testclient import TestClient

from tests.served_app import served_app
from tests.web.conftest import MakeApp
from voice_stack import __version__
from voice_stack.web.health import HEALTH_PATHS


@pytest.mark.parametrize("path", ["/health", "/healthz", "/healthcheck", "/status"])
def test_every_health_route_says_the_same(make_app: MakeApp, path: str) -> None:
    client = TestClient(make_app())
    assert client.get(path).json() == {
        "status": "ok",
        "service": "test",
        "version": __version__,
        "engine": "none",
        "state": "ready",
    }
    head = client.head(path)
    assert (head.status_code, head.content) == (200, b"")


def test_the_documentation_describes_the_routes(make_app: MakeApp) -> None:
    client = TestClient(make_app())
    assert set(client.get("/openapi.json").json()["paths"]) == {*HEALTH_PATHS, "/metrics"}
    assert client.get("/docs").status_code == 200


def test_health_answers_while_every_worker_thread_is_busy(make_app: MakeApp) -> None:
    router = APIRouter()
    release = threading.Event()
    running = threading.Semaphore(0)

    @router.post("/work")
    def work() -> None:
        running.release()
        release.wait(60)

    with served_app(make_app(router)) as url:
        threads = [
            threading.Thread(target=httpx.post, args=(f"{url}/v1/work",), kwargs={"timeout": 60}) for _ in range(45)
        ]
        for thread in threads:
            thread.start()
        for _ in range(40):  # the size of the worker pool
            assert running.acquire(timeout=30)
        try:
            assert httpx.get(f"{url}/health", timeout=30).status_code == 200
            assert httpx.get(f"{url}/metrics", timeout=30).status_code == 200
        finally:
            release.set()
            for thread in threads:
                thread.join()
