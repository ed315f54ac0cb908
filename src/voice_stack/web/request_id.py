"""An id for every request: on the response, on every log line, and in the one line that logs the request."""

import logging
import re
import time
from urllib.parse import quote
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from voice_stack.core.logging import request_id
from voice_stack.web.errors import ERROR_CODE_KEY

logger = logging.getLogger("voice_stack.web")

_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
# What servers log for a client that left before its answer.
CLIENT_CLOSED_REQUEST = 499


class RequestIdMiddleware:
    """Sets `x-request-id` and `openai-processing-ms` on every response and logs one line a request.

    Args:
        app: the application behind.
        quiet_paths: paths that probes ask for every few seconds; when they succeed, their line is a DEBUG line.
    """

    def __init__(self, app: ASGIApp, *, quiet_paths: frozenset[str] = frozenset()) -> None:
        self.app = app
        self._quiet_paths = quiet_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        incoming = Headers(scope=scope).get("x-request-id", "")
        identity = incoming if _SANE_ID.fullmatch(incoming) else f"req_{uuid4().hex}"
        token = request_id.set(identity)
        try:
            await self._serve(scope, receive, send, identity)
        finally:
            request_id.reset(token)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, identity: str) -> None:
        started = time.perf_counter()
        status = CLIENT_CLOSED_REQUEST
        bytes_in = bytes_out = 0

        async def count(message: Message) -> None:
            nonlocal status, bytes_out
            answered = answered_status(message, status)
            if answered is None:
                bytes_out += _size(message)
            else:
                status = answered
            if answered is not None and "headers" in message:
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = identity
                headers["openai-processing-ms"] = str(round((time.perf_counter() - started) * 1000))
            await send(message)

        async def counted_receive() -> Message:
            nonlocal bytes_in
            message = await receive()
            bytes_in += _size(message)
            return message

        try:
            await self.app(scope, counted_receive, count)
        finally:
            self._log(scope, status, time.perf_counter() - started, bytes_in, bytes_out)

    def _log(self, scope: Scope, status: int, seconds: float, bytes_in: int, bytes_out: int) -> None:
        quiet = status < 400 and scope["path"] in self._quiet_paths
        facts: dict[str, object] = {
            "method": scope.get("method", "websocket"),
            # Without the query: it may hold a prompt or the path of a film.
            "path": quote(scope["path"]),
            "status": status,
            "duration_ms": round(seconds * 1000, 1),
            "bytes_in": bytes_in,
            "bytes_out": bytes_out,
        }
        if ERROR_CODE_KEY in scope:
            facts["error"] = scope[ERROR_CODE_KEY]
        logger.log(logging.DEBUG if quiet else logging.INFO, "request", extra=facts)


def answered_status(message: Message, before: int) -> int | None:
    """The status that a message answers a request with, or the handshake of a WebSocket; None for other messages.

    Args:
        before: that is known so far; `CLIENT_CLOSED_REQUEST` for none.
    """
    kind = message["type"]
    if kind in ("http.response.start", "websocket.http.response.start"):
        return int(message["status"])
    if kind == "websocket.close" and before == CLIENT_CLOSED_REQUEST:
        return 403
    return 101 if kind == "websocket.accept" else None


def _size(message: Message) -> int:
    """Bytes of a body's part, or characters of an event."""
    return len(message.get("body") or message.get("text") or b"")
