"""Bodies that are sent while they are made, over a real socket."""

import asyncio
import threading
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import APIRouter
from starlette.responses import Response

from tests.served_app import served_app
from tests.web.conftest import MakeApp
from voice_stack.core.errors import EngineError
from voice_stack.web.streaming import ByteStreamResponse


class Source:
    """Counts up for ever, or fails after a while; notes how it ends."""

    def __init__(self, *, pieces: int, fails: bool = False) -> None:
        self.pieces = pieces
        self.fails = fails
        self.closed = threading.Event()
        self.sent = 0

    async def body(self) -> AsyncIterator[bytes]:
        for _ in range(self.pieces):
            yield b"x" * 1000
            self.sent += 1
            await asyncio.sleep(0.001)
        if self.fails:
            raise EngineError("It broke.")

    def router(self) -> APIRouter:
        router = APIRouter()

        @router.get("/bytes")
        async def send() -> Response:
            return ByteStreamResponse(
                self.body(), media_type="audio/mpeg", headers={"x-own": "1"}, on_close=self.closed.set
            )

        return router


def test_bytes_arrive_whole_and_the_source_is_told(make_app: MakeApp) -> None:
    source = Source(pieces=20)
    with served_app(make_app(source.router())) as url:
        answer = httpx.get(f"{url}/v1/bytes")
    assert answer.content == b"x" * 20_000
    assert (answer.headers["content-type"], answer.headers["x-own"]) == ("audio/mpeg", "1")
    assert answer.headers["x-accel-buffering"] == "no"
    assert "content-length" not in answer.headers
    assert source.closed.wait(10)


def test_failure_in_the_middle_breaks_the_answer(make_app: MakeApp) -> None:
    source = Source(pieces=3, fails=True)
    with served_app(make_app(source.router())) as url:
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(f"{url}/v1/bytes")
    assert source.closed.wait(10)


def test_client_that_goes_ends_the_source(make_app: MakeApp) -> None:
    source = Source(pieces=10_000_000)
    with served_app(make_app(source.router())) as url:
        with httpx.stream("GET", f"{url}/v1/bytes") as answer:
            next(answer.iter_bytes())
        assert source.closed.wait(10)
        assert source.sent < source.pieces
