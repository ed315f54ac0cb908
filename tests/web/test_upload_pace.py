"""How slowly a body may come."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from voice_stack.core.errors import RequestTimeoutError
from voice_stack.web.upload_pace import UploadPace

IDLE_S = 0.2


async def body(chunk: bytes, *, count: int, pause_s: float = 0.02) -> AsyncGenerator[bytes, None]:
    """A body of so many chunks, with a pause before each."""
    for _ in range(count):
        await asyncio.sleep(pause_s)
        yield chunk


async def read(pace: UploadPace, chunks: AsyncGenerator[bytes, None], pause_s: float = 0.0) -> int:
    """Bytes that came to a reader who takes his time."""
    size = 0
    async for chunk in pace.body(chunks):
        size += len(chunk)
        await asyncio.sleep(pause_s)
    return size


async def test_a_body_that_drips_is_given_up() -> None:
    with pytest.raises(RequestTimeoutError, match="too slow"):
        await read(UploadPace(IDLE_S), body(b"x", count=10_000))


async def test_a_body_that_stops_is_given_up() -> None:
    with pytest.raises(RequestTimeoutError, match="Nothing came"):
        await read(UploadPace(IDLE_S), body(b"x", count=1, pause_s=60))


async def test_a_slow_body_comes_to_its_end() -> None:
    assert await read(UploadPace(IDLE_S), body(bytes(100_000), count=30)) == 3_000_000


async def test_any_pace_will_do_where_it_is_turned_off() -> None:
    assert await read(UploadPace(IDLE_S, 0), body(b"x", count=30)) == 30


async def test_a_short_body_is_judged_by_its_silence_alone() -> None:
    assert await read(UploadPace(60.0), body(b"x", count=5)) == 5


async def test_time_that_the_service_takes_is_not_counted() -> None:
    assert await read(UploadPace(IDLE_S), body(b"x", count=5, pause_s=0), pause_s=0.1) == 5
