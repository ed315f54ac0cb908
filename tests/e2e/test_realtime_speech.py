"""Realtime speech by OpenAI's Python client: the least that a client of it needs."""

import asyncio
import base64
from typing import Any

import pytest
from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection

from tests.live_server import Server


def connected(server: Server) -> Any:
    return AsyncOpenAI(base_url=server.v1, api_key="unused", max_retries=0).realtime.connect(model="gpt-realtime")


async def say(session: AsyncRealtimeConnection, text: str) -> None:
    item: Any = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
    await session.conversation.item.create(item=item)
    await session.response.create()


async def until(session: AsyncRealtimeConnection, kind: str) -> list[Any]:
    found = []
    async with asyncio.timeout(60):
        async for event in session:
            found.append(event)
            if event.type == kind:
                break
    return found


def output(**settings: Any) -> Any:
    return {"type": "realtime", "output_modalities": ["audio"], "audio": {"output": settings}}


@pytest.mark.parametrize(("kind", "bytes_a_second"), [("audio/pcm", 48_000), ("audio/pcmu", 8_000)])
async def test_a_text_is_spoken(tone_server: Server, kind: str, bytes_a_second: int) -> None:
    async with connected(tone_server) as session:
        created = await session.recv()
        assert (created.type, created.session.type) == ("session.created", "realtime")
        await session.session.update(session=output(format={"type": kind}, voice={"id": "alloy"}, speed=1.0))
        assert (await session.recv()).session.audio.output.format.type == kind
        await say(session, "Hello there, how are you today?")
        events = await until(session, "response.done")
    order = list(dict.fromkeys(event.type for event in events))
    assert order == [
        "conversation.item.added",
        "conversation.item.done",
        "response.created",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_audio_transcript.delta",
        "response.output_audio.delta",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.done",
    ]
    sound = b"".join(base64.b64decode(e.delta) for e in events if e.type == "response.output_audio.delta")
    assert 0.3 < len(sound) / bytes_a_second < 10
    done = events[-1].response
    assert done.status == "completed"
    assert done.usage.total_tokens == done.usage.input_tokens + done.usage.output_tokens
    assert len({e.response_id for e in events if e.type.startswith("response.output_audio")}) == 1


async def test_what_is_wrong_is_said_and_the_session_goes_on(tone_server: Server) -> None:
    async with connected(tone_server) as session:
        await session.recv()
        await session.response.create()
        assert "nothing to say" in (await session.recv()).error.message
        await session.response.cancel()
        assert "no active response" in (await session.recv()).error.message
        await session.session.update(session=output(speed=9))
        assert (await session.recv()).error.param == "session.audio.output.speed"
        await session.session.update(session=output(voice="nobody-of-that-name"))
        await session.recv()
        await say(session, "Hello.")
        failed = (await until(session, "response.done"))[-1].response
        assert failed.status == "failed"
        await session.session.update(session=output(voice="alloy"))
        await say(session, "Hello.")
        assert (await until(session, "response.done"))[-1].response.status == "completed"


async def test_a_response_is_cancelled(tone_server: Server) -> None:
    async with connected(tone_server) as session:
        await session.recv()
        await say(session, "One two three. " * 200)
        await until(session, "response.created")
        await session.response.create()
        await session.response.cancel()
        events = await until(session, "response.done")
        assert "already has an active response" in next(e for e in events if e.type == "error").error.message
        assert events[-1].response.status == "cancelled"
