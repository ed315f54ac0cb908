"""One client's requests, one after the other. A service's own conversation says what the events mean."""

import asyncio
import contextlib
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from wyoming.error import Error
from wyoming.event import Event

from voice_stack.core.errors import CancelledWorkError
from voice_stack.core.logging import request_id
from voice_stack.serving.answering import Answering
from voice_stack.web.errors import stream_error
from voice_stack.web.wyoming.common_events import Client, CommonEvents
from voice_stack.web.wyoming.events import Fields
from voice_stack.web.wyoming.metrics import WyomingMetrics

logger = logging.getLogger("voice_stack.web")

OK: Final = "ok"
CONNECTION: Final = "connection"
"""In log and metrics, in the place of the event that asks: none that a service works on."""

_DATA_BYTES: Final = 256 * 1024
_GONE: Final = "cancelled"


Meaning = Callable[[Fields, bytes], Awaitable[None]]
"""Takes the data and the payload of an event in; may raise as `Conversation.handle`."""


class Conversation(ABC):
    """The requests of one client.

    A request that fails is answered by an `error`, and the connection ends: clients of before there were errors would
    wait for something else for ever.

    Args:
        line: to the client.
        patience_s: most seconds that a request may take to come, from its first event to its last.
        data_bytes: most that the data of an event may take.

    Attributes:
        served_at: moment of the monotonic clock at which the last request was answered, or the client came.
    """

    def __init__(self, line: "Line", *, patience_s: float, data_bytes: int = _DATA_BYTES) -> None:
        self.client = line.client
        self.patience_s = patience_s
        self.data_bytes = data_bytes
        self._metrics = line.metrics
        self._common = line.common
        self._work: asyncio.Task[None] | None = None
        self._coming_since: float | None = None
        self._event = CONNECTION
        self.served_at = time.monotonic()

    @property
    def busy(self) -> bool:
        """True while the service works on a request."""
        return self._work is not None and not self._work.done()

    @property
    def coming_s(self) -> float | None:
        """Seconds since the first event of a request that has not come to its last; None between requests."""
        return None if self._coming_since is None else time.monotonic() - self._coming_since

    async def handle(self, event: Event) -> None:
        """Take an event in. Events that mean nothing here are dropped, as the protocol wants it.

        Raises:
            VoiceStackError: the request cannot be served; the connection ends.
        """
        fields = Fields(event.data)
        meaning = self._meanings().get(event.type)
        self._event = CONNECTION if meaning is None else event.type
        if meaning is None:
            await self._common.answer(event.type, fields, self.client)
        else:
            await meaning(fields, event.payload or b"")

    @abstractmethod
    def _meanings(self) -> Mapping[str, Meaning]:
        """The events that are about the service's own work, and what takes each of them in."""

    async def close(self) -> None:
        """Give up what is under way, and free what is held."""
        self._arrived()
        if self._work is not None:
            self._work.cancel()
            await asyncio.wait({self._work})

    async def refuse(self, error: Exception) -> None:
        """Answer what has come last with an error, note it in log and metrics, and end."""
        code = await self._tell(error)
        self._note(self._event, code, 0.0)
        self.client.end()

    def _coming(self) -> None:
        """Note that a request has begun to come."""
        self._coming_since = time.monotonic()
        request_id.set(f"wyo_{uuid4().hex}")

    def _arrived(self) -> None:
        """Note that all of it is there."""
        self._coming_since = None

    async def _settled(self) -> None:
        """Wait for the request before: a client may send the next one while it is worked on."""
        if self._work is not None:
            await asyncio.wait({self._work})

    async def _begin(self, request: str, work: Coroutine[Any, Any, None]) -> None:
        """Work on a request; further events are taken in meanwhile.

        Args:
            request: what it is called in log and metrics: the event that asks for it.
        """
        await self._settled()
        self._work = asyncio.create_task(self._worked(request, work))

    async def _worked(self, request: str, work: Coroutine[Any, Any, None]) -> None:
        started = time.perf_counter()
        outcome = OK
        try:
            await work
        except (asyncio.CancelledError, CancelledWorkError):
            outcome = _GONE
            self.client.end()
        except Exception as error:  # noqa: BLE001 - it is logged, and answered
            outcome = await self._tell(error)
            self.client.end()
        finally:
            self.served_at = time.monotonic()
            self._note(request, outcome, time.perf_counter() - started)

    async def _tell(self, error: Exception) -> str:
        """Send an error; its code."""
        told = stream_error(error)["error"]
        code: str = told["code"] or told["type"]
        event = Error(told["message"], code).event()
        with contextlib.suppress(CancelledWorkError):
            await self.client.send(with_data(event, {"param": told["param"]} if told["param"] else {}))
        return code

    def _note(self, request: str, outcome: str, seconds: float) -> None:
        self._metrics.observe(request, outcome, seconds)
        facts = {"protocol": "wyoming", "event": request, "outcome": outcome, "duration_ms": round(seconds * 1000, 1)}
        logger.info("request", extra=facts)


@dataclass(frozen=True, slots=True)
class Line:
    """Things that a conversation needs besides its service.

    Attributes:
        client: who asks.
        metrics: where requests are counted.
        common: events that every service answers.
    """

    client: Client
    metrics: WyomingMetrics
    common: CommonEvents


def told_of(answering: Answering) -> dict[str, Any]:
    """The engine that answers, and why it is not the one that was asked for: a key more in an event's data."""
    told = {"engine": answering.engine, "model": answering.model}
    if answering.fallback:
        told["fallback"] = answering.fallback
    if answering.voice:
        told |= {"voice": answering.voice, "language": answering.language}
    return {"voice_stack": told}


def with_data(event: Event, further: dict[str, Any]) -> Event:
    """The same event with more in its data."""
    return Event(event.type, {**event.data, **further}, event.payload)
