"""Bodies that are sent while they are made, and whose making ends with the client."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from voice_stack.web.disconnect import wait_for_disconnect


class ByteStreamResponse(StreamingResponse):
    """Bytes as they come.

    When the source fails after the headers have gone out, the connection is closed without the end mark: the client
    sees a broken answer rather than a short one.

    Args:
        body: the bytes, piece by piece.
        media_type: of the whole.
        headers: further ones.
        on_close: called once, however the response ends; must not block.
    """

    def __init__(
        self,
        body: AsyncIterator[bytes],
        *,
        media_type: str,
        headers: Mapping[str, str],
        on_close: Callable[[], None],
    ) -> None:
        self._on_close = on_close
        # A proxy that collects the body first would undo the streaming.
        unbuffered = {"cache-control": "no-cache", "x-accel-buffering": "no"}
        super().__init__(body, media_type=media_type, headers=unbuffered | dict(headers))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        writer = asyncio.create_task(self.stream_response(send))
        watch = asyncio.create_task(wait_for_disconnect(receive))
        try:
            await asyncio.wait({writer, watch}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._on_close()
            for task in (writer, watch):
                task.cancel()
            await asyncio.wait({writer, watch})
        # A socket that breaks while it is written to is a client that has gone.
        if not writer.cancelled():
            with suppress(OSError):
                writer.result()
