"""The door of a service, with real sockets: who is let in, who makes room, who is given up."""

import asyncio
import contextlib
import json
import logging
import os
import resource
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from voice_stack.web.listener import Listener, bind, connections_allowed
from voice_stack.web.protocol import HttpConnection
from voice_stack.web.settings import ConnectionOptions

REQUEST = b"GET /short HTTP/1.1\r\nHost: x\r\n\r\n"
HALF = b"GET /sho"
CLOSED = b""
LONG_BYTES = 64 * 1024 * 1024


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    """`/short` answers at once, `/slow` after the body has come, `/long` with more than sockets hold."""
    if scope["path"] == "/slow":
        while (await receive()).get("more_body"):
            pass
    body = bytes(LONG_BYTES) if scope["path"] == "/long" else b"done"
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Client:
    """A connection to the listener."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def answer(self) -> bytes:
        """Head and body; empty when the connection was closed."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            async with asyncio.timeout(20):
                head = await self._reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                return head + await self._reader.readexactly(length)
        return CLOSED

    async def ask(self) -> bytes:
        await self.send(REQUEST)
        return await self.answer()

    def close(self) -> None:
        self._writer.close()


class Door:
    """A listener on loopback and the clients that have come to it."""

    def __init__(self, listener: Listener, port: int) -> None:
        self.listener = listener
        self.clients: list[Client] = []
        self._port = port

    async def client(self, data: bytes = b"") -> Client:
        client = Client(*await asyncio.open_connection("127.0.0.1", self._port))
        self.clients.append(client)
        if data:
            await client.send(data)
        return client


@contextlib.asynccontextmanager
async def _door(limit: int = 100, *, start: bool = True, **options: float) -> AsyncIterator[Door]:
    config = uvicorn.Config(_app, http=HttpConnection, log_config=None, lifespan="off")
    config.load()
    state = ServerState()
    bound = bind("127.0.0.1", 0)
    listener = Listener(
        bound,
        ConnectionOptions(**options),  # type: ignore[arg-type]
        state.connections,
        limit,
        lambda: HttpConnection(config, state, {}),
    )
    door = Door(listener, bound[0].getsockname()[1])
    bound[0].listen()
    if start:
        listener.start()
    try:
        yield door
    finally:
        listener.stop()
        for client in door.clients:
            client.close()
        async with asyncio.timeout(20):
            while state.connections or state.tasks:  # noqa: ASYNC110 (uvicorn has no event for it)
                await asyncio.sleep(0.01)


async def test_a_half_sent_head_is_answered_with_a_408_and_closed(caplog: pytest.LogCaptureFixture) -> None:
    async with _door(head_timeout_s=0.2) as door:
        clients = [await door.client(HALF) for _ in range(10)]
        answers = [await client.answer() for client in clients]
        again = [await client.answer() for client in clients]
    for answer in answers:
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 408 ")
        assert b"connection: close" in head
        assert json.loads(body)["error"]["code"] == "request_timeout"
    assert again == [CLOSED] * 10
    assert len([line for line in caplog.messages if "no whole head" in line]) == 1


async def test_a_byte_now_and_then_does_not_keep_a_half_sent_head_alive() -> None:
    async with _door(head_timeout_s=0.3) as door:
        client = await door.client()
        answer = asyncio.create_task(client.answer())
        for byte in REQUEST[:-4]:
            if answer.done():
                break
            with contextlib.suppress(ConnectionError):
                await client.send(bytes([byte]))
            await asyncio.sleep(0.05)
        assert (await answer).startswith(b"HTTP/1.1 408 ")


async def test_a_client_that_says_nothing_is_closed_without_a_word() -> None:
    async with _door(head_timeout_s=0.2) as door:
        assert await (await door.client()).answer() == CLOSED


async def test_a_client_between_two_requests_has_the_time_of_keep_alive() -> None:
    async with _door(head_timeout_s=0.1) as door:
        client = await door.client()
        first = await client.ask()
        await asyncio.sleep(0.5)
        assert await client.ask() == first
        await client.send(HALF)
        assert (await client.answer()).startswith(b"HTTP/1.1 408 ")


async def test_a_slow_body_is_no_late_head() -> None:
    async with _door(head_timeout_s=0.1) as door:
        client = await door.client(b"POST /slow HTTP/1.1\r\nHost: x\r\ncontent-length: 2\r\n\r\na")
        await asyncio.sleep(0.5)
        await client.send(b"b")
        assert (await client.answer()).startswith(b"HTTP/1.1 200 ")


async def test_half_sent_heads_make_room_and_a_client_that_was_served_stays(caplog: pytest.LogCaptureFixture) -> None:
    async with _door(limit=4) as door:
        old = await door.client()
        await old.ask()
        for _ in range(9):
            await door.client(HALF)
        new = await door.client()
        assert (await new.ask()).endswith(b"done")
        assert (await old.ask()).endswith(b"done")
    assert len([line for line in caplog.messages if "idle ones are closed" in line]) == 1


async def test_idle_connections_make_room_for_a_new_client() -> None:
    async with _door(limit=4) as door:
        for _ in range(4):
            await (await door.client()).ask()
        assert (await (await door.client()).ask()).endswith(b"done")


async def test_a_new_client_waits_while_all_others_are_busy() -> None:
    async with _door(limit=2) as door:
        busy = [await door.client(b"POST /slow HTTP/1.1\r\nHost: x\r\ncontent-length: 1\r\n\r\n") for _ in range(2)]
        waiting = asyncio.create_task((await door.client()).ask())
        await asyncio.sleep(0.3)
        assert not waiting.done()
        await busy[0].send(b"a")
        assert (await busy[0].answer()).endswith(b"done")
        assert (await waiting).endswith(b"done")
        await busy[1].send(b"a")
        assert (await busy[1].answer()).endswith(b"done")


async def test_a_crowd_beyond_the_bound_is_answered_to_the_last() -> None:
    async with _door(limit=8) as door:

        async def one() -> bytes:
            client = await door.client()
            answer = await client.ask()
            client.close()
            return answer

        answers = await asyncio.gather(*(one() for _ in range(100)))
    assert all(answer.endswith(b"done") for answer in answers)


async def test_a_client_that_never_reads_its_answer_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    async with _door(send_timeout_s=0.5) as door:
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(client, ("127.0.0.1", door._port))
            await loop.sock_sendall(client, b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
            async with asyncio.timeout(20):
                while "took nothing" not in caplog.text:  # noqa: ASYNC110 (a log has no event)
                    await asyncio.sleep(0.05)


async def test_without_a_descriptor_left_the_log_is_quiet_and_the_service_comes_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with _door(start=False) as door:
        waiting = [await door.client(REQUEST) for _ in range(3)]
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        highest = max(int(name) for name in os.listdir("/proc/self/fd"))  # noqa: PTH208
        holes = [os.dup(0) for _ in range(highest - len(os.listdir("/proc/self/fd")) + 2)]  # noqa: PTH208
        try:
            door.listener.start()
            resource.setrlimit(resource.RLIMIT_NOFILE, (max([highest, *holes]) + 1, hard))
            await asyncio.sleep(0.3)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            for hole in holes:
                os.close(hole)
        assert all([(await client.answer()).endswith(b"done") for client in waiting])
    lines = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert ["no connection can be accepted" in record.message for record in lines] == [True]


async def test_what_is_no_http_is_refused_in_the_envelope() -> None:
    async with _door() as door:
        answer = await (await door.client(b"\x16\x03\x01\x02\x00\x01\r\n\r\n")).answer()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("wanted", "descriptors", "allowed"),
    [(0, 1024, 480), (0, 200, 75), (0, 1_048_576, 1000), (50, 1024, 50), (5000, 1024, 480), (3000, 65_536, 3000)],
)
def test_half_of_the_descriptors_are_kept_for_the_work(wanted: int, descriptors: int, allowed: int) -> None:
    assert connections_allowed(wanted, descriptors) == allowed


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_two_colons_are_every_address_of_both_families() -> None:
    (listening,) = bind("::", 0)
    with listening:
        listening.listen()
        port = listening.getsockname()[1]
        for host in ("127.0.0.1", "::1"):
            with socket.create_connection((host, port), timeout=10):
                pass


def test_an_address_that_is_taken_cannot_be_bound() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        with pytest.raises(OSError, match="in use"):
            bind("127.0.0.1", holder.getsockname()[1])
