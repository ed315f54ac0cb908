"""The bytes of one answer of an upstream, as they come."""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from voice_stack.serving.remote.transport import Transport

if TYPE_CHECKING:
    import httpx2

T = TypeVar("T")


class Stream:
    """An answer under way: iterate for its bytes. Leaving the context closes the connection, which ends the work there.

    Args:
        body: of the POST, as JSON.
        stop: set by another thread when nobody waits any more.

    Attributes:
        headers: of the answer, names in lower case.
    """

    def __init__(self, transport: Transport, path: str, body: Mapping[str, object], stop: threading.Event) -> None:
        self.headers: Mapping[str, str] = {}
        self._transport = transport
        self._stop = stop
        self._left_s = transport.whole_s
        self._response: httpx2.Response | None = None
        try:
            self._timed(self._open(path, body))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[bytes]:
        assert self._response is not None  # it was opened
        parts = self._response.aiter_bytes()
        while data := self._timed(self._next(parts)):
            yield data

    def close(self) -> None:
        """Give up what is left of it. Idempotent."""
        with contextlib.suppress(Exception):
            self._transport.run(self._close())

    async def _open(self, path: str, body: Mapping[str, object]) -> None:
        with self._transport.translated():
            async with asyncio.timeout(self._left_s):
                # Kept at once: who gives up in this moment still closes it.
                self._response = await self._transport.send(path, json=body)
        self.headers = self._response.headers

    async def _next(self, parts: AsyncIterator[bytes]) -> bytes:
        """The next bytes; none at the end."""
        with self._transport.translated_body():
            async with asyncio.timeout(max(0.0, self._left_s)):
                async for data in parts:
                    if data:
                        return data
        return b""

    async def _close(self) -> None:
        if self._response is not None:
            await self._response.aclose()

    def _timed(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine. Only the time that the upstream takes counts, not what its reader does between."""
        since = time.monotonic()
        try:
            return self._transport.run(work, self._stop)
        finally:
            self._left_s -= time.monotonic() - since
