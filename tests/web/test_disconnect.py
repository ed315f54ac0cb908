"""Work for a client that has gone."""

import asyncio
import threading

import httpx
import pytest
from fastapi import APIRouter, Request

from tests.served_app import served_app
from tests.web.conftest import MakeApp
from voice_stack.core.errors import CancelledWorkError
from voice_stack.serving.background import in_background
from voice_stack.web.disconnect import run_until_disconnect, until_disconnect
from voice_stack.web.uploads import read_form


class _Work:
    """Work in a thread, which ends when it is released or cancelled."""

    def __init__(self) -> None:
        self.running = threading.Event()
        self.release = threading.Event()
        self.ended = threading.Event()
        self.cancelled = 0

    def run(self) -> str:
        self.running.set()
        self.release.wait(30)
        self.ended.set()
        if self.cancelled:
            raise CancelledWorkError("Nobody waits.")
        return "done"

    def cancel(self) -> None:
        self.cancelled += 1
        self.release.set()


def _router(work: _Work) -> APIRouter:
    router = APIRouter()

    @router.post("/work")
    async def do(request: Request) -> dict[str, str]:
        async with await read_form(request, max_bytes=10_000_000):
            return {"result": await run_until_disconnect(request, asyncio.to_thread(work.run), work.cancel)}

    @router.post("/shared")
    async def share(request: Request) -> dict[str, str]:
        return {"result": await until_disconnect(request, in_background(work.run, "shared-work"))}

    @router.post("/failing")
    async def fail(request: Request) -> None:
        async def broken() -> None:
            raise CancelledWorkError("Given up.")

        await run_until_disconnect(request, broken(), work.cancel)

    return router


FILES = {"file": ("a.wav", bytes(3_000_000))}


def test_work_whose_client_waits_is_left_alone(make_app: MakeApp) -> None:
    work = _Work()
    work.release.set()
    with served_app(make_app(_router(work))) as url, httpx.Client() as client:
        for _ in range(3):  # on one connection: the watcher of the one request must not eat the next
            assert client.post(f"{url}/v1/work", files=FILES).json() == {"result": "done"}
    assert work.cancelled == 0


def test_a_client_that_leaves_cancels_its_work_once(make_app: MakeApp) -> None:
    work = _Work()

    async def leave(url: str) -> None:
        async with httpx.AsyncClient(timeout=30) as client:
            request = asyncio.create_task(client.post(f"{url}/v1/work", files=FILES))
            await asyncio.to_thread(work.running.wait, 30)
            request.cancel()

    with served_app(make_app(_router(work))) as url:
        asyncio.run(leave(url))
        assert work.ended.wait(30)
    assert work.cancelled == 1


def test_an_error_of_the_work_is_the_answer(make_app: MakeApp) -> None:
    work = _Work()
    with served_app(make_app(_router(work))) as url:
        answer = httpx.post(f"{url}/v1/failing")
    assert (answer.status_code, answer.json()["error"]["code"]) == (499, "cancelled")
    assert work.cancelled == 0


async def test_a_server_that_gives_up_cancels_the_work() -> None:
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def never() -> dict[str, str]:
        started.set()
        await asyncio.Event().wait()
        return {}

    request = Request({"type": "http", "method": "POST", "path": "/", "headers": []}, never)
    task = asyncio.create_task(run_until_disconnect(request, never(), cancelled.set))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cancelled.is_set()


def test_work_for_all_goes_on_when_a_client_leaves(make_app: MakeApp) -> None:
    work = _Work()

    async def leave(url: str) -> None:
        async with httpx.AsyncClient(timeout=30) as client:
            request = asyncio.create_task(client.post(f"{url}/v1/shared"))
            await asyncio.to_thread(work.running.wait, 30)
            request.cancel()

    with served_app(make_app(_router(work))) as url, httpx.Client() as client:
        asyncio.run(leave(url))
        assert not work.ended.wait(0.3)
        work.release.set()
        assert work.ended.wait(30)
        assert client.post(f"{url}/v1/shared").json() == {"result": "done"}
    assert work.cancelled == 0
