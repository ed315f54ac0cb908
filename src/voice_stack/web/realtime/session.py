"""Sessions of both services: their parts in common."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from voice_stack.core.errors import InvalidValueError
from voice_stack.web.realtime.events import Event, Fields, event, new_id, unknown_event
from voice_stack.web.realtime.socket import Emit
from voice_stack.web.realtime.state import RealtimeState

Handler = Callable[[Event], Awaitable[None]]


class Config(Protocol):
    """Configuration of a session."""

    def json(self, identity: str, expires_at: int) -> dict[str, Any]:
        """The whole session, as replies have it."""
        ...


class RealtimeSession:
    """A session. On the event loop.

    Args:
        emit: sends an event.
    """

    handlers: Mapping[str, Handler]
    """What is done with each type of event."""

    def __init__(self, realtime: RealtimeState, emit: Emit) -> None:
        self.id = new_id("sess")
        self.realtime = realtime
        self.emit = emit
        self._expires_at = int(time.time() + realtime.options.max_session_s)

    async def handle(self, incoming: Event) -> None:
        """Answer an event of the client.

        Raises:
            VoiceStackError: something is wrong with it; the session is as it was.
        """
        handler = self.handlers.get(incoming["type"])
        if handler is None:
            raise unknown_event(incoming["type"], self.handlers)
        await handler(incoming)

    def tell_config(self, what: str, config: Config) -> None:
        """Send a session that was created or updated."""
        self.emit(event(f"session.{what}", session=self.json(config.json)))

    def json(self, make: Any) -> dict[str, Any]:
        """The session as a configuration's function makes it."""
        made: dict[str, Any] = make(self.id, self._expires_at)
        return made

    def failed(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The error of an envelope, counted."""
        inner: Mapping[str, Any] = body["error"]
        self.realtime.count_error(inner["code"])
        return inner


def message_item(identity: str, role: str, status: str, content: list[Event]) -> Event:
    """An item of a conversation."""
    fields = {"status": status, "role": role, "content": content}
    return {"id": identity, "object": "realtime.item", "type": "message", **fields}


def read_format(asked: Fields, rates: Mapping[str, int | None]) -> str:
    """The type of a format of sound.

    Args:
        rates: Hz that each type has; None where it is not named.

    Raises:
        InvalidEventError: there is no such format.
    """
    asked.required("type")
    named = asked.choice("type", rates) or ""
    rate, own = asked.any("rate"), rates[named]
    if rate is not None and own is not None and (isinstance(rate, bool) or rate != own):
        raise InvalidValueError(
            f"Invalid value: {str(rate)[:20]}. Supported values are: {own}.", param=asked.path("rate")
        )
    asked.done()
    return named
