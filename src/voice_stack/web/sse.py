"""Server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from voice_stack.core.errors import CancelledWorkError
from voice_stack.web.disconnect import wait_for_disconnect
from voice_stack.web.errors import stream_error

KEEP_ALIVE: bytes = b": keep-alive\n\n"

# Line ends to some readers of text (Python's str.splitlines), though not to the SSE grammar.
_LINE_ENDS = {ord(character): f"\\u{ord(character):04x}" for character in "\x85\u2028\u2029"}


def encode_event(data: Mapping[str, object], *, event: str | None = None) -> bytes:
    """One event: `data: {json}` and a blank line, after an `event:` line if it has a name.

    Raises:
        ValueError: `data` holds NaN or an infinity, which JSON cannot say.
        TypeError: `data` holds something else that JSON cannot say.
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).translate(_LINE_ENDS)
    name = f"event: {event}\n" if event else ""
    return f"{name}data: {text}\n\n".encode("utf-8", "replace")


class EventStreamResponse(StreamingResponse):
    """A stream of events that stops its source as soon as the client is gone.

    The source is iterated by one task from its start to its end, so that timeouts, task groups and context variables
    inside of it work; keep-alive timing never touches it.
    """

    def __init__(
        self,
        events: AsyncIterator[Mapping[str, object]],
        *,
        keep_alive_s: float,
        on_close: Callable[[], Awaitable[None]] | None,
    ) -> None:
        self._events = events
        self._keep_alive_s = keep_alive_s
        self._on_close = on_close
        self._frames: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=1)
        super().__init__(
            self._body(),
            headers={"cache-control": "no-cache", "x-accel-buffering": "no"},
            media_type="text/event-stream; charset=utf-8",
        )

    async def _produce(self) -> None:
        try:
            async for event in self._events:
                await self._frames.put(encode_event(event))
        except Exception as error:  # noqa: BLE001 (the headers are out: the error becomes the last event)
            await self._fail(error)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            # Not we were cancelled but something that the source waited for: to the client that is an error.
            await self._fail(CancelledWorkError("The work was given up."))
        finally:
            close = getattr(self._events, "aclose", None)
            if close is not None:
                await close()
        await self._frames.put(None)

    async def _fail(self, error: Exception) -> None:
        await self._frames.put(encode_event(stream_error(error), event="error"))

    async def _body(self) -> AsyncIterator[bytes]:
        while True:
            try:
                async with asyncio.timeout(self._keep_alive_s):
                    frame = await self._frames.get()
            except TimeoutError:
                yield KEEP_ALIVE
                continue
            if frame is None:
                return
            yield frame

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        producer = asyncio.create_task(self._produce())
        writer = asyncio.create_task(self.stream_response(send))
        watch = asyncio.create_task(wait_for_disconnect(receive))
        tasks = {producer, writer, watch}

        def stop_writing(ended: asyncio.Task[None]) -> None:
            # Without its end mark the writer would send keep-alives for ever.
            if ended.cancelled() or ended.exception() is not None:
                writer.cancel()

        producer.add_done_callback(stop_writing)
        try:
            await asyncio.wait({writer, watch}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            if self._on_close is not None:
                await self._on_close()
        for task in (writer, producer):
            # A socket that breaks while it is written to is a client that has gone.
            if not task.cancelled():
                with suppress(OSError):
                    task.result()


def event_stream(
    events: AsyncIterator[Mapping[str, object]],
    *,
    keep_alive_s: float = 10.0,
    on_close: Callable[[], Awaitable[None]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> StreamingResponse:
    """A `text/event-stream` response.

    Args:
        events: the data of the events, in order. An exception becomes `event: error` with OpenAI's envelope and ends
            the stream. When the client goes away the iterator is cancelled, or closed (`aclose`) between two events.
        keep_alive_s: seconds without an event after which a comment is sent.
        on_close: awaited once, however the stream ends.
        headers: besides those that every stream has.
    """
    response = EventStreamResponse(events, keep_alive_s=keep_alive_s, on_close=on_close)
    response.headers.update(headers or {})
    return response
