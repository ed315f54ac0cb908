"""Realtime sessions that the service has to end: it says why, and nothing of them stays."""

import asyncio
import json
import re
import signal
import socket
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
import websockets
from websockets.exceptions import ConnectionClosed

from tests.e2e.test_service_behaviour import wait_for
from tests.live_server import MOONSHINE, Server, serve_asr

GOING_AWAY, TOO_SLOW = 1001, 1013


def connected(server: Server, **options: Any) -> websockets.connect:
    url = server.url.replace("http", "ws", 1)
    return websockets.connect(f"{url}/v1/realtime?intent=transcription", proxy=None, **options)


def sessions(server: Server) -> float:
    with urllib.request.urlopen(f"{server.url}/metrics") as answer:
        found = re.search(r"^voice_stack_asr_realtime_sessions (\S+)$", answer.read().decode(), re.MULTILINE)
    assert found
    return float(found[1])


async def last_words(session: websockets.ClientConnection) -> tuple[dict[str, Any], int | None]:
    """The error that a session ends with, and the code that its socket is closed with."""
    last = {}
    try:
        async with asyncio.timeout(30):
            while True:
                last = json.loads(await session.recv())
    except ConnectionClosed as end:
        assert last["type"] == "error"
        return last["error"], end.rcvd.code if end.rcvd else None


@pytest.fixture(scope="module")
def brief() -> Iterator[Server]:
    limits = {"REALTIME_IDLE_S": "0.5", "REALTIME_MAX_SESSION_S": "1.5"}
    with serve_asr({**MOONSHINE, **limits}) as server:
        yield server


async def test_who_says_nothing_is_told_and_let_go(brief: Server) -> None:
    async with connected(brief) as session:
        error, code = await last_words(session)
    assert (error["code"], code) == ("session_expired", GOING_AWAY)
    assert "no event came for 0.5 seconds" in error["message"]
    assert sessions(brief) == 0


async def test_a_session_has_an_end_though_it_is_never_idle(brief: Server) -> None:
    async with connected(brief) as session:

        async def chat() -> None:
            while True:
                await session.send(json.dumps({"type": "input_audio_buffer.clear"}))
                await asyncio.sleep(0.1)

        chatting = asyncio.create_task(chat())
        error, code = await last_words(session)
        chatting.cancel()
    assert (error["code"], code) == ("session_expired", GOING_AWAY)
    assert "maximum duration" in error["message"]


@pytest.mark.parametrize("limit", ["HTTP_SEND_TIMEOUT_S", "REALTIME_MAX_SESSION_S"])
async def test_a_client_that_takes_nothing_is_given_up(limit: str) -> None:
    """It asks, and never reads: what it was sent fills the buffers of both sides, and no memory beyond.

    Whichever limit ends its session, that does not wait for it to take the last words, and its socket is closed.
    """
    usual = {"HTTP_SEND_TIMEOUT_S": "3", "REALTIME_MAX_SESSION_S": "60"}
    with serve_asr({**MOONSHINE, **usual, limit: "1.5"}) as server:
        await asks_and_never_reads(server)


async def asks_and_never_reads(server: Server) -> None:
    before = server.resident_mib()
    host, port = server.url.removeprefix("http://").split(":")
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    small.connect((host, int(port)))

    async def ask_for_ever(session: websockets.ClientConnection) -> None:
        question = json.dumps({"type": "nothing of the kind " * 200})
        while True:
            for _ in range(100):
                await session.send(question)
            await asyncio.sleep(0.001)

    async with connected(server, sock=small, max_queue=1, write_limit=1 << 24, close_timeout=0.5) as session:
        asking = asyncio.create_task(ask_for_ever(session))
        try:
            await asyncio.to_thread(wait_for, lambda: sessions(server) == 1, "it does not begin")
            await asyncio.to_thread(wait_for, lambda: sessions(server) == 0, "its session is kept")
            async with asyncio.timeout(20):
                with pytest.raises((ConnectionClosed, OSError)):
                    await asking
        finally:  # else the client would wait for ever, too
            asking.cancel()
            session.transport.abort()
    assert server.resident_mib() < before + 64


async def test_a_stop_tells_open_sessions_and_waits_for_none() -> None:
    with serve_asr(MOONSHINE) as server:
        async with connected(server) as one, connected(server) as two:
            for session in (one, two):
                assert json.loads(await session.recv())["type"] == "session.created"
            server.process.send_signal(signal.SIGTERM)
            for session in (one, two):
                error, code = await last_words(session)
                assert (error["code"], code) == ("stopping", GOING_AWAY)
        await asyncio.to_thread(server.process.wait, 20)
        assert "Traceback" not in server.log.read_text()
