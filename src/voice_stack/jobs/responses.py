"""Answers on their way into the store, and out of it again."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import IO

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Message

from voice_stack.core.errors import VoiceStackError
from voice_stack.jobs.spool.durable import open_private
from voice_stack.jobs.types import Json, StoredResponse
from voice_stack.jobs.work.run import JobRun
from voice_stack.web.errors import error_body, error_response

# Made anew for each answer, or about a connection that is long gone.
_NOT_KEPT = frozenset(
    {
        "connection",
        "content-length",
        "date",
        "keep-alive",
        "openai-processing-ms",
        "server",
        "set-cookie",
        "transfer-encoding",
        "x-accel-buffering",
        "x-should-retry",
        "x-request-id",
    }
)
_BLOCK = 256 * 1024
# Bodies up to this size are sent in one piece.
_SMALL = 1024 * 1024


async def store_response(response: Response, run: JobRun) -> StoredResponse:
    """The answer that a route makes for a client, for a job instead. A stream is taken to its end, to the disk.

    Raises:
        VoiceStackError: whatever the making of the body raises.
    """
    taken = _Taken(run.folder / "out.response")
    client = patient_client()
    try:
        await response(client.scope, client.receive, taken.send)
    finally:
        await asyncio.to_thread(taken.close)
    return taken.result()


def patient_client() -> Request:
    """A request whose client never goes, for what a route does while it waits."""

    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    return Request({"type": "http", "method": "POST", "path": "/", "headers": []}, never)


class _Taken:
    """Takes what a response sends: a body in one piece stays in memory, a longer one goes to a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None
        self._status = 0
        self._headers: list[tuple[str, str]] = []
        self._body = b""
        self._complete = False
        self._problem: OSError | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in message["headers"]]
            self._headers = [(name, value) for name, value in headers if name not in _NOT_KEPT]
            return
        body: bytes = message.get("body", b"")
        self._complete = not message.get("more_body", False)
        try:
            if self._file is not None or not self._complete:
                await asyncio.to_thread(self._write, body)
            else:
                self._body = body
        except OSError as error:
            # To a streaming response a failing send is a client that has gone.
            self._problem = error
            raise

    def _write(self, body: bytes) -> None:
        if self._file is None:
            self._file = open_private(self._path, "wb")
        self._file.write(body)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def result(self) -> StoredResponse:
        if self._problem is not None:
            raise self._problem
        if not self._complete:
            raise VoiceStackError("The answer broke off before its end.")
        return StoredResponse(self._status, self._headers, self._path if self._file is not None else self._body)


def failure(error: VoiceStackError) -> tuple[StoredResponse, Json]:
    """What a failed job answers, and the inner object of its envelope."""
    response = error_response({}, error)
    headers = [(name, value) for name, value in response.headers.items() if name not in _NOT_KEPT]
    return StoredResponse(response.status_code, headers, bytes(response.body)), error_body(error)["error"]


def inner_error(response: StoredResponse) -> Json:
    """The inner object of the envelope in an error answer that a handler made itself."""
    if isinstance(response.body, bytes):
        try:
            found = json.loads(response.body)
        except ValueError:
            found = None
        if isinstance(found, dict) and isinstance(found.get("error"), dict):
            return dict(found["error"])
    return {"message": f"The answer has status {response.status}.", "type": "server_error", "param": None, "code": None}


def open_body(body: bytes | Path) -> tuple[int, bytes | IO[bytes]]:
    """The size of a stored body, and the whole of it or, when it is large, a file to read it from. Blocking.

    Raises:
        FileNotFoundError: it has expired.
    """
    if isinstance(body, bytes):
        return len(body), body
    size = body.stat().st_size
    if size <= _SMALL:
        return size, body.read_bytes()
    return size, body.open("rb")


def stored_response(stored: StoredResponse, size: int, body: bytes | IO[bytes]) -> Response:
    """The stored answer, byte for byte."""
    headers = [*stored.headers, ("content-length", str(size))]
    if stored.status >= 400:
        # The answer is what it is: asking again for the result cannot change it.
        headers.append(("x-should-retry", "false"))
    response: Response
    if isinstance(body, bytes):
        response = Response(body, stored.status)
    else:
        response = StreamingResponse(_blocks(body.read, body.close), stored.status)
    response.raw_headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    return response


async def _blocks(read: Callable[[int], bytes], close: Callable[[], None]) -> AsyncIterator[bytes]:
    try:
        while block := await asyncio.to_thread(read, _BLOCK):
            yield block
    finally:
        close()
