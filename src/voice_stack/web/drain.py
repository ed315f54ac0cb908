"""Early answers to requests whose body has not been read.

A 401, 404 or 413 is ready before the upload has arrived. Closing the socket then, with bytes unread, makes the kernel
reset it: the client loses the answer, sees a connection error and tries again. So the answer goes out, the rest of
the body is read and dropped within bounds, and only then is the connection closed.
"""

import asyncio

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

DRAIN_BYTES = 256 * 1024 * 1024
DRAIN_SECONDS = 10.0


class DrainMiddleware:
    """Reads and drops what is left of a request body before an early response ends.

    Args:
        app: the application behind.
        max_bytes: most bytes that are dropped for one request.
        max_s: most seconds that are spent on it.
    """

    def __init__(self, app: ASGIApp, *, max_bytes: int = DRAIN_BYTES, max_s: float = DRAIN_SECONDS) -> None:
        self.app = app
        self._max_bytes = max_bytes
        self._max_s = max_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_body(scope):
            await self.app(scope, receive, send)
            return
        body = _BodyWatch(receive)
        waits_for_invitation = Headers(scope=scope).get("expect", "").lower() == "100-continue"
        early = False

        async def finish(message: Message) -> None:
            nonlocal early
            if message["type"] == "http.response.start" and not body.complete:
                early = True
                MutableHeaders(scope=message)["connection"] = "close"
            last = message["type"] == "http.response.body" and not message.get("more_body", False)
            # Asking for the body of a client that waits for `100 Continue` would invite it; it has its answer instead.
            if not early or not last or body.complete or (waits_for_invitation and not body.asked):
                await send(message)
                return
            await send({**message, "more_body": True})
            await self._drain(body)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

        await self.app(scope, body.receive, finish)

    async def _drain(self, body: "_BodyWatch") -> None:
        left = self._max_bytes
        try:
            async with asyncio.timeout(self._max_s):
                while not body.complete and left > 0:
                    message = await body.receive()
                    left -= len(message.get("body", b""))
        except TimeoutError:
            return


class _BodyWatch:
    """The receive channel, and whether it has delivered the whole body."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.asked = False
        self.complete = False

    async def receive(self) -> Message:
        self.asked = True
        message = await self._receive()
        self.complete = self.complete or not message.get("more_body", False)
        return message


def _has_body(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
