"""How much of an unwanted body is read at most."""

import asyncio

from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from voice_stack.web.drain import DrainMiddleware


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("early", 401)(scope, receive, send)


async def _run(drain: DrainMiddleware, receive: Receive, **headers: str) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    await drain({"type": "http", "method": "POST", "path": "/", "headers": raw}, receive, send)
    return sent


def _is_whole(sent: list[Message]) -> bool:
    ends = [not message.get("more_body", False) for message in sent[1:]]
    return ends == [False] * (len(ends) - 1) + [True] and b"".join(m["body"] for m in sent[1:]) == b"early"


async def test_an_endless_body_is_dropped_up_to_the_bound() -> None:
    read = 0

    async def endless() -> Message:
        nonlocal read
        read += 1000
        return {"type": "http.request", "body": bytes(1000), "more_body": True}

    sent = await _run(DrainMiddleware(_answer, max_bytes=10_500), endless, transfer_encoding="chunked")
    assert read == 11_000
    assert _is_whole(sent)
    assert (b"connection", b"close") in sent[0]["headers"]


async def test_a_stalled_body_is_not_waited_for_long() -> None:
    async def stalled() -> Message:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    assert _is_whole(await _run(DrainMiddleware(_answer, max_s=0.05), stalled, content_length="5"))


async def test_the_answer_leaves_before_the_body_is_dropped() -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        assert sent[-1] == {"type": "http.response.body", "body": b"early", "more_body": True}
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-length", b"5")]
    await DrainMiddleware(_answer)({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive, send)
    assert _is_whole(sent)


async def test_a_request_without_a_body_is_left_alone() -> None:
    async def unasked() -> Message:
        raise AssertionError("nobody may ask for a body that does not exist")

    for headers in ({}, {"content_length": "0"}):
        sent = await _run(DrainMiddleware(_answer), unasked, **headers)
        assert len(sent) == 2
        assert (b"connection", b"close") not in sent[0]["headers"]
