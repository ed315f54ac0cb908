"""A crowd begins one by one; the health is answered in between."""

import asyncio
import contextlib

import pytest
from starlette.types import Message, Receive, Scope, Send

from voice_stack.web.turnstile import TurnstileMiddleware


class Journal:
    """An application that writes down the turn of the loop in which each request begins."""

    def __init__(self) -> None:
        self.turn = 0
        self.begun: list[tuple[str, int]] = []
        self.door = TurnstileMiddleware(self.app, free_paths=("/health",))

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.begun.append((scope["path"], self.turn))

    def request(self, path: str, kind: str = "http") -> asyncio.Task[None]:
        async def nothing(_: Message | None = None) -> Message:
            return {}

        return asyncio.create_task(self.door({"type": kind, "path": path}, nothing, nothing))  # type: ignore[arg-type]

    async def count_turns(self) -> None:
        while True:
            await asyncio.sleep(0)
            self.turn += 1


@pytest.fixture
async def journal() -> Journal:
    return Journal()


async def test_one_begins_in_a_turn_and_in_the_order_of_coming(journal: Journal) -> None:
    counting = asyncio.create_task(journal.count_turns())
    await asyncio.gather(*(journal.request(f"/{number}") for number in range(20)))
    counting.cancel()
    assert [path for path, _ in journal.begun] == [f"/{number}" for number in range(20)]
    assert len({turn for _, turn in journal.begun}) == 20


async def test_who_is_alone_does_not_wait(journal: Journal) -> None:
    for path in ("/a", "/b"):
        task = journal.request(path)
        await asyncio.sleep(0)
        assert task.done()
        await asyncio.sleep(0)


@pytest.mark.parametrize(("path", "kind"), [("/health", "http"), ("/v1/realtime", "websocket")])
async def test_the_health_and_sockets_pass_the_crowd(journal: Journal, path: str, kind: str) -> None:
    crowd = [journal.request("/speech") for _ in range(50)]
    await asyncio.gather(journal.request(path, kind))
    assert 1 <= len(journal.begun) - 1 <= 3
    await asyncio.gather(*crowd)
    assert len(journal.begun) == 51


async def test_who_goes_while_waiting_holds_nobody_up(journal: Journal) -> None:
    crowd = [journal.request(f"/{number}") for number in range(10)]
    await asyncio.sleep(0)
    for task in crowd[3:8]:
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*crowd, return_exceptions=True)
    assert [path for path, _ in journal.begun] == ["/0", "/1", "/2", "/8", "/9"]
    await journal.request("/last")
    assert journal.begun[-1][0] == "/last"
