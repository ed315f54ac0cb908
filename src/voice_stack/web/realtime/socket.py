"""One WebSocket of a realtime session: its handshake, events in and events out, within bounds."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import Final, Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from voice_stack.core.envelope import json_bytes
from voice_stack.core.errors import (
    InvalidEventError,
    OriginNotAllowedError,
    SessionExpiredError,
    StoppingError,
    VoiceStackError,
)
from voice_stack.web.auth import presented_key
from voice_stack.web.client_secrets import ClientSecret
from voice_stack.web.errors import stream_error
from voice_stack.web.origins import is_welcome
from voice_stack.web.realtime.events import Event, error_event, parse_event
from voice_stack.web.realtime.refusal import refuse
from voice_stack.web.realtime.state import RealtimeState
from voice_stack.web.settings import ConnectionOptions, ServiceSettings, WebOptions

logger = logging.getLogger("voice_stack.web")

# Subprotocols that are spoken; the others that a client offers carry its keys.
_SUBPROTOCOLS: Final = ("realtime", "openai-beta.realtime-v1")
# Events that a client has not taken, above which it is given up.
_MOST_UNSENT: Final = 10_000
# For the last words of a session: who takes nothing is not told, and keeps nothing.
_LAST_WORDS_S: Final = 1.0
# Codes that a socket is closed with.
_GOING_AWAY, _TOO_SLOW = 1001, 1013


class Session(Protocol):
    """Conversation of a client and a service."""

    async def open(self) -> None:
        """The client is there: send the first event."""
        ...

    async def handle(self, incoming: Event) -> None:
        """Answer an event of the client; a `VoiceStackError` becomes an error event."""
        ...

    async def close(self) -> None:
        """Nobody listens any more: end all that is under way."""
        ...


Emit = Callable[[Event], None]
"""Sends an event, in the order of the calls; on the event loop."""


Make = Callable[[RealtimeState, ClientSecret | None, Emit], Session]
"""Makes a session, of the key that the client shows where it is an ephemeral one; a `VoiceStackError` of it is the
answer to the handshake."""


async def serve_session(websocket: WebSocket, make: Make) -> None:
    """Accept a client, and serve its session to the end."""
    state: RealtimeState = websocket.app.state.realtime
    settings: ServiceSettings = websocket.app.state.service.settings
    web, connections = settings.web, settings.connections
    key = presented_key(websocket.scope)
    stopped = asyncio.Event()
    outbox = _Outbox()
    try:
        _check_origin(websocket, web)
        with state.session(stopped.set):
            session = make(state, state.secrets.find(key) if key else None, outbox.put)
            offered = websocket.scope.get("subprotocols", [])
            await websocket.accept(subprotocol=next((one for one in _SUBPROTOCOLS if one in offered), None))
            try:
                await _Conversation(websocket, state, connections, session, outbox, stopped).run()
            finally:
                await session.close()
    except VoiceStackError as error:
        if websocket.client_state is not WebSocketState.CONNECTED:
            await refuse(websocket, error)
    except (WebSocketDisconnect, OSError):
        pass


def _check_origin(websocket: WebSocket, web: WebOptions) -> None:
    """See that a page of another site does not use what is open to whoever sits at the machine.

    Raises:
        OriginNotAllowedError: it does, and has no key.
    """
    origin = websocket.headers.get("origin")
    keyed = bool(web.api_key) and presented_key(websocket.scope) is not None
    if origin and not keyed and not is_welcome(origin, websocket.headers.get("host", ""), web):
        raise OriginNotAllowedError(
            f"Pages of {origin[:100]!r} may not open sessions; CORS_ORIGINS names those that may."
        )


class _Outbox:
    """Events that the client has not taken yet, in order."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[Event] = asyncio.Queue(_MOST_UNSENT)
        self.overflown = asyncio.Event()

    def put(self, outgoing: Event) -> None:
        """Send an event."""
        if self.events.full():
            self.overflown.set()
        else:
            self.events.put_nowait(outgoing)


class _Conversation:
    """Events of one client, one after the other, and those that it is sent."""

    def __init__(
        self,
        websocket: WebSocket,
        state: RealtimeState,
        connections: ConnectionOptions,
        session: Session,
        outbox: _Outbox,
        stopped: asyncio.Event,
    ) -> None:
        self._websocket = websocket
        self._state = state
        self._send_timeout_s = connections.send_timeout_s
        self._session = session
        self._outbox = outbox
        self._stopped = stopped

    async def run(self) -> None:
        """Until the client goes, or has to."""
        works = (self._read(), self._write(), self._stopped.wait(), self._outbox.overflown.wait())
        tasks = {asyncio.create_task(work) for work in works}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done() and (error := task.exception()) is not None:
                    await self._say_why(error)
                    return
            stopping = StoppingError("The service is being stopped.")
            await self._say_why(stopping if self._stopped.is_set() else TimeoutError())
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _say_why(self, error: BaseException) -> None:
        if isinstance(error, WebSocketDisconnect | OSError) and not isinstance(error, TimeoutError):
            return
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_LAST_WORDS_S):
                if isinstance(error, Exception) and not isinstance(error, TimeoutError):
                    await self._send(error_event(stream_error(error)))
                await self._websocket.close(_TOO_SLOW if isinstance(error, TimeoutError) else _GOING_AWAY)

    async def _read(self) -> None:
        await self._session.open()
        options = self._state.options
        deadline = time.monotonic() + options.max_session_s
        while True:
            left = deadline - time.monotonic()
            try:
                async with asyncio.timeout(min(left, options.idle_s)):
                    message = await self._websocket.receive()
            except TimeoutError as error:
                if left <= options.idle_s:
                    raise SessionExpiredError(
                        f"Your session hit the maximum duration of {options.max_session_s / 60:g} minutes."
                    ) from error
                raise SessionExpiredError(
                    f"Your session was closed: no event came for {options.idle_s:g} seconds."
                ) from error
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message.get("code", 1005))
            await self._answer(message.get("text"))

    async def _answer(self, text: str | None) -> None:
        event_id = None
        try:
            if text is None:
                raise InvalidEventError("Events are text frames of JSON, not binary ones.")
            incoming = parse_event(text)
            event_id = incoming.get("event_id")
            await self._session.handle(incoming)
        except WebSocketDisconnect:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the session goes on
            body = stream_error(error)
            self._state.count_error(body["error"]["code"])
            self._outbox.put(error_event(body, event_id))

    async def _write(self) -> None:
        while True:
            outgoing = await self._outbox.events.get()
            async with asyncio.timeout(self._send_timeout_s):
                await self._send(outgoing)

    async def _send(self, outgoing: Event) -> None:
        await self._websocket.send_text(json_bytes(outgoing).decode())
