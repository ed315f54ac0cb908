"""Event streams over a real socket."""

import asyncio
import threading
from collections.abc import AsyncIterator, Mapping

import httpx
import openai
import pytest
from fastapi import APIRouter
from starlette.responses import Response

from tests.served_app import served_app
from tests.web.conftest import MakeApp
from voice_stack.core.errors import EngineError
from voice_stack.web.sse import event_stream

Event = Mapping[str, object]


def _router(source: "type[_Source]", keep_alive_s: float = 10.0) -> APIRouter:
    router = APIRouter()

    @router.get("/events")
    async def events() -> Response:
        return event_stream(source.run(), on_close=source.on_close, keep_alive_s=keep_alive_s)

    return router


class _Source:
    """Events of a test; notes when it is finalised. One subclass a test: the flags are the class's own."""

    finalised: threading.Event
    closed: threading.Event

    def __init_subclass__(cls) -> None:
        cls.finalised = threading.Event()
        cls.closed = threading.Event()

    @classmethod
    async def events(cls) -> AsyncIterator[Event]:
        raise NotImplementedError
        yield {}

    @classmethod
    async def run(cls) -> AsyncIterator[Event]:
        try:
            async for event in cls.events():
                yield event
        finally:
            cls.finalised.set()

    @classmethod
    async def on_close(cls) -> None:
        cls.closed.set()


def test_events_arrive_in_order_and_the_stream_ends(make_app: MakeApp) -> None:
    class Source(_Source):
        @classmethod
        async def events(cls) -> AsyncIterator[Event]:
            async with asyncio.timeout(30):  # spans the yields: the whole iteration has to be one task's
                for number in range(100):
                    yield {"n": number}

    with served_app(make_app(_router(Source))) as url:
        answer = httpx.get(f"{url}/v1/events")
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-accel-buffering"] == "no"
    assert answer.text == "".join(f'data: {{"n":{number}}}\n\n' for number in range(100))
    assert Source.closed.is_set()


def test_an_event_leaves_before_the_next_one_is_made(make_app: MakeApp) -> None:
    class Source(_Source):
        received = threading.Event()

        @classmethod
        async def events(cls) -> AsyncIterator[Event]:
            yield {"n": 1}
            yield {"received": await asyncio.to_thread(cls.received.wait, 30)}

    with served_app(make_app(_router(Source))) as url, httpx.stream("GET", f"{url}/v1/events") as answer:
        lines = answer.iter_lines()
        assert next(lines) == 'data: {"n":1}'
        Source.received.set()
        assert [line for line in lines if line] == ['data: {"received":true}']


def test_keep_alives_leave_the_awaited_event_alone(make_app: MakeApp) -> None:
    class Source(_Source):
        seen = threading.Event()

        @classmethod
        async def events(cls) -> AsyncIterator[Event]:
            yield {"seen": await asyncio.to_thread(cls.seen.wait, 30)}

    with served_app(make_app(_router(Source, keep_alive_s=0.01))) as url:
        with httpx.stream("GET", f"{url}/v1/events") as answer:
            lines = answer.iter_lines()
            assert [next(lines) for _ in range(4)] == [": keep-alive", "", ": keep-alive", ""]
            Source.seen.set()
            assert [line for line in lines if line.startswith("data")] == ['data: {"seen":true}']


def test_a_client_that_leaves_while_an_event_is_awaited_stops_the_source(make_app: MakeApp) -> None:
    class Source(_Source):
        @classmethod
        async def events(cls) -> AsyncIterator[Event]:
            yield {"n": 1}
            await asyncio.Event().wait()

    with served_app(make_app(_router(Source))) as url:
        with httpx.stream("GET", f"{url}/v1/events") as answer:
            next(answer.iter_lines())
        assert Source.finalised.wait(30)
        assert Source.closed.wait(30)


def test_a_client_that_leaves_between_events_stops_the_source(make_app: MakeApp) -> None:
    class Source(_Source):
        @classmethod
        async def events(cls) -> AsyncIterator[Event]:
            while True:
                yield {"filler": "x" * 100_000}

    with served_app(make_app(_router(Source))) as url:
        with httpx.stream("GET", f"{url}/v1/events") as answer:
            next(answer.iter_raw())
        assert Source.finalised.wait(30)
        assert Source.closed.wait(30)


@pytest.mark.parametrize(
    ("error", "code", "leaks"),
    [(EngineError("The model broke."), "engine_error", True), (KeyError("secret"), "internal_error", False)],
)
def test_an_error_is_the_last_event_and_the_sdk_raises_it(
    make_app: MakeApp, error: Exception, code: str, leaks: bool
) -> None:
    class Source(_Source):
        @classmethod
        async def events(cls) -> AsyncIterator[Event]:
            yield {"type": "transcript.text.delta", "delta": "one"}
            raise error

    with served_app(make_app(_router(Source))) as url:
        text = httpx.get(f"{url}/v1/events").text
        client = openai.OpenAI(base_url=f"{url}/v1", api_key="x", max_retries=0)
        stream = client.get("/events", cast_to=object, stream=True, stream_cls=openai.Stream[object])
        with pytest.raises(openai.APIError) as caught:
            list(stream)
    assert text.count("\n\n") == 2
    assert "event: error\ndata: " in text
    assert "secret" not in text
    assert caught.value.code == code
    assert ("The model broke." in caught.value.message) is leaks


def test_a_source_that_cannot_be_closed_breaks_the_stream_and_hangs_nobody(make_app: MakeApp) -> None:
    class Stubborn:
        def __aiter__(self) -> "Stubborn":
            return self

        async def __anext__(self) -> Event:
            raise StopAsyncIteration

        async def aclose(self) -> None:
            raise OverflowError

    router = APIRouter()

    @router.get("/events")
    async def events() -> Response:
        return event_stream(Stubborn())

    with served_app(make_app(router)) as url, pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{url}/v1/events", timeout=30)


def test_a_source_whose_own_work_is_cancelled_ends_the_stream_with_an_error(make_app: MakeApp) -> None:
    class Source(_Source):
        @classmethod
        async def events(cls) -> AsyncIterator[Event]:
            yield {"n": 1}
            work = asyncio.get_running_loop().create_future()
            work.cancel()
            yield {"n": await work}

    with served_app(make_app(_router(Source))) as url:
        text = httpx.get(f"{url}/v1/events").text
    assert text.startswith('data: {"n":1}\n\nevent: error\n')
    assert '"code":"cancelled"' in text
    assert Source.closed.is_set()


def test_a_number_that_is_no_json_ends_the_stream_with_an_error(make_app: MakeApp) -> None:
    class Source(_Source):
        @classmethod
        async def events(cls) -> AsyncIterator[Event]:
            yield {"logprob": float("nan")}

    with served_app(make_app(_router(Source))) as url:
        text = httpx.get(f"{url}/v1/events").text
    assert text.startswith("event: error\n")
    assert "NaN" not in text
    assert Source.finalised.is_set()
