"""Events that every service answers: what it is, that it is there, and which of its programs is meant."""

import asyncio
import time
from collections.abc import Callable
from typing import Final, Protocol

from wyoming.event import Event
from wyoming.info import Info
from wyoming.ping import Pong

from voice_stack.core.errors import InvalidRequestError
from voice_stack.web.wyoming.events import Fields

# What is described changes with the disk, which is not looked at for each of those who ask.
_FRESH_S: Final = 2.0
_PING_CHARS: Final = 1000


class Client(Protocol):
    """The other end of a connection."""

    async def send(self, event: Event) -> None:
        """Write an event, and wait while the client is far behind.

        Raises:
            CancelledWorkError: it has gone, or takes nothing.
        """

    def end(self) -> None:
        """Ask for the connection to be closed, once what was written is out."""


class CommonEvents:
    """Answers that do not depend on who asks. One for all clients of a service.

    Args:
        describe: makes the description of the service; on a thread, since it looks at the disk.
        programs: names that `select-program` may say.
    """

    def __init__(self, describe: Callable[[], Info], programs: tuple[str, ...]) -> None:
        self._describe = describe
        self._programs = programs
        self._lock = asyncio.Lock()
        self._info: tuple[float, Event] | None = None

    async def answer(self, kind: str, fields: Fields, client: Client) -> None:
        """Answer an event, or drop it.

        Raises:
            InvalidRequestError: `select-program` names none.
        """
        match kind:
            case "describe":
                await client.send(await self._described())
            case "ping":
                await client.send(Pong((fields.text("text") or "")[:_PING_CHARS] or None).event())
            case "select-program":
                name = fields.text("name")
                if name not in self._programs:
                    raise InvalidRequestError(
                        f"There is no program {str(name)[:100]!r} here, only {', '.join(self._programs)}.", param="name"
                    )

    async def _described(self) -> Event:
        async with self._lock:
            if self._info is None or time.monotonic() - self._info[0] > _FRESH_S:
                info = await asyncio.to_thread(self._describe)
                self._info = time.monotonic(), info.event()
            return self._info[1]
