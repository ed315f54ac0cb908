"""One connection: events in, events out, and an end that comes in any case."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import Final

from wyoming.event import Event

from voice_stack.core.errors import CancelledWorkError, RequestTimeoutError, StoppingError, VoiceStackError
from voice_stack.web.wyoming.common_events import Client
from voice_stack.web.wyoming.conversation import Conversation
from voice_stack.web.wyoming.events import EventReader, encoded

logger = logging.getLogger("voice_stack.web")

Converse = Callable[[Client], Conversation]
"""Makes the conversation with a client."""

# What a client has in flight when it is refused: bytes that are read and dropped, and the seconds that this may take.
_LINGER_BYTES: Final = 8 * 1024 * 1024
_LINGER_S: Final = 2.0


class Connection:
    """A client that has come. Run it once.

    Args:
        stream, writer: of its bytes.
        converse: makes the conversation.
        idle_s: seconds without a whole event after which a client that is not being served is given up.
        send_s: seconds without room for an event after which a client that reads nothing is given up.
    """

    def __init__(
        self,
        stream: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        converse: Converse,
        *,
        idle_s: float,
        send_s: float,
    ) -> None:
        self._writer = writer
        self._idle_s = idle_s
        self._send_s = send_s
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        self._sending = asyncio.Lock()
        self._conversation = converse(self)
        self._reader = EventReader(stream, self._conversation.data_bytes)

    @property
    def idle(self) -> bool:
        """True while it is neither served nor sends a request."""
        conversation = self._conversation
        return not conversation.busy and conversation.coming_s is None and not self._reader.within

    @property
    def idle_s(self) -> float:
        """Seconds since it was last served, or came; 0 while it is not idle."""
        return time.monotonic() - self._conversation.served_at if self.idle else 0.0

    async def send(self, event: Event) -> None:
        """See `Client.send`."""
        if self._ended.is_set() or self._writer.is_closing():
            raise CancelledWorkError("The client is gone.")
        self._writer.write(encoded(event))
        try:
            async with self._sending, asyncio.timeout(self._send_s):
                await self._writer.drain()
        except (TimeoutError, ConnectionError) as error:
            self._writer.transport.abort()
            self.end()
            raise CancelledWorkError("The client is gone, or takes nothing.") from error

    def end(self) -> None:
        """See `Client.end`."""
        self._ended.set()

    def drop(self) -> None:
        """Close it at once. Its work is given up."""
        self._writer.transport.abort()
        self.end()

    async def refuse(self, error: VoiceStackError) -> None:
        """Answer with an error, and end."""
        await self._conversation.refuse(error)

    async def stop(self) -> None:
        """End it because the service stops: what was begun by the client is answered by an error, and what is under way
        is ended by who works on it."""
        if self.idle:
            self.end()
        elif not self._conversation.busy or self._conversation.coming_s is not None:
            await self.refuse(StoppingError("The service is being stopped."))

    async def run(self) -> None:
        """Serve the client until it goes or is given up."""
        try:
            while (event := await self._next()) is not None:
                await self._conversation.handle(event)
        except CancelledWorkError:
            pass
        except ConnectionError as error:
            logger.debug("a client broke off: %s", error)
        except Exception as error:  # noqa: BLE001 - it is logged, and answered
            await self._conversation.refuse(error)
        finally:
            try:
                await self._conversation.close()
            finally:
                await self._leave()

    async def _next(self) -> Event | None:
        """The next event; None when the connection is to end.

        Raises:
            RequestTimeoutError: nothing came for too long, of something that was begun.
        """
        reading = self._loop.create_task(self._reader.read())
        ended = self._loop.create_task(self._ended.wait())
        try:
            while True:
                done, _ = await asyncio.wait({reading, ended}, timeout=self._idle_s, return_when="FIRST_COMPLETED")
                if ended in done:
                    return None
                self._check_patience()
                if reading in done:
                    return reading.result()
                if self._conversation.coming_s is None:
                    if self._conversation.busy:
                        continue
                    if not self._reader.within:
                        return None
                raise RequestTimeoutError(f"Nothing came for {self._idle_s:g} s, and the request is not whole.")
        finally:
            for task in (reading, ended):
                task.cancel()
            await asyncio.wait({reading, ended})
            if not reading.cancelled():
                reading.exception()  # seen: the connection ends for another reason

    def _check_patience(self) -> None:
        coming_s, patience_s = self._conversation.coming_s, self._conversation.patience_s
        if coming_s is not None and coming_s > patience_s:
            raise RequestTimeoutError(f"The request was not whole after {patience_s:g} s.")

    async def _leave(self) -> None:
        """Close, in a way that lets the client read what it was told last: bytes that nobody has read would make the
        kernel reset the connection."""
        self.end()
        writer = self._writer
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(_LINGER_S):
                if not writer.is_closing():
                    writer.write_eof()
                    await self._reader.skip(_LINGER_BYTES)
        writer.close()
        try:
            async with asyncio.timeout(_LINGER_S):
                await writer.wait_closed()
        except (OSError, TimeoutError):
            writer.transport.abort()
