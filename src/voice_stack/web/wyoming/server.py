"""The port that a service speaks Wyoming on, from the start to the end."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Callable
from typing import Final

from prometheus_client import CollectorRegistry
from wyoming.info import Info

from voice_stack.core.errors import OverloadedError
from voice_stack.web.listener import Listener, bind
from voice_stack.web.settings import ServiceSettings, WyomingDoor
from voice_stack.web.wyoming.common_events import CommonEvents
from voice_stack.web.wyoming.connection import Connection
from voice_stack.web.wyoming.conversation import Conversation, Line
from voice_stack.web.wyoming.description import PROGRAM
from voice_stack.web.wyoming.metrics import WyomingMetrics

logger = logging.getLogger("voice_stack.web")

# Connections above the bound that are told so.
_REFUSED: Final = 8
# A client that has said nothing for so long may have to go for a new one.
_PATIENCE_S: Final = 1.0
# Until answers are out when the service stops.
_STOP_S: Final = 3.0
_RETRY_S: Final = 5.0


class WyomingServer:
    """Clients let in within bounds, and served until they go or the service stops.

    Args:
        name: of the service, in the log and in the announcement (`asr`).
        settings: of the service.
        door: where it listens.
        host: address that HTTP listens on.
        registry: of metrics.
        converse: makes the conversation with a client, given the line to it.
        describe: makes the description of the service; see `CommonEvents`.

    Attributes:
        host: address that it listens on.
        port: TCP port.
    """

    def __init__(
        self,
        name: str,
        settings: ServiceSettings,
        door: WyomingDoor,
        host: str,
        registry: CollectorRegistry,
        converse: Callable[[Line], Conversation],
        describe: Callable[[], Info],
    ) -> None:
        self._name = name
        self._options = settings.wyoming
        self._connection_options = settings.connections
        self.host = door.host or host
        self.port = door.port
        self._converse = converse
        self._common = CommonEvents(describe, (PROGRAM,))
        self._metrics = WyomingMetrics(registry, lambda: len(self._connections))
        self._connections: dict[Connection, asyncio.Task[None]] = {}
        self._bound: list[socket.socket] = []
        self._listener: Listener | None = None
        self._stopping: set[asyncio.Future[None]] = set()

    def status(self) -> dict[str, object]:
        """Port and connections, for `/health`."""
        return {"port": self.port, "connections": len(self._connections)}

    def bind(self) -> None:
        """Take the address. Idempotent.

        Raises:
            OSError: it is taken, or there is no such address.
        """
        if not self._bound:
            self._bound = bind(self.host, self.port)

    @property
    def descriptors(self) -> int:
        """Descriptors that its clients take at the most: a socket each, and a recording."""
        return 2 * (self._options.max_connections + _REFUSED)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve clients inside the `with` block.

        Raises:
            OSError: as `bind`.
        """
        self.bind()
        most = self._options.max_connections + _REFUSED
        self._listener = Listener(self._bound, self._connection_options, self._connections, most, self._protocol)
        self._listener.start()
        logger.info("speaking Wyoming on %s, port %d", self.host, self.port)
        try:
            async with self._announced():
                yield
        finally:
            self.stop()
            if self._connections:
                await asyncio.wait(self._connections.values(), timeout=_STOP_S)
            for connection in list(self._connections):
                connection.drop()
            if self._connections:
                await asyncio.wait(self._connections.values())

    def stop(self) -> None:
        """Let nobody in any more, and end what is not being worked on. On the event loop; idempotent."""
        if self._listener is not None:
            self._listener.stop()
            self._listener = None
            self._stopping = {asyncio.ensure_future(connection.stop()) for connection in self._connections}

    def _protocol(self) -> asyncio.Protocol:
        return asyncio.StreamReaderProtocol(asyncio.StreamReader(), self._serve)

    async def _serve(self, stream: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(
            stream,
            writer,
            lambda client: self._converse(Line(client, self._metrics, self._common)),
            idle_s=self._options.idle_timeout_s,
            send_s=self._connection_options.send_timeout_s,
        )
        task = asyncio.current_task()
        assert task is not None  # the protocol makes one for each connection
        is_full = len(self._connections) >= self._options.max_connections and not self._make_room()
        self._connections[connection] = task
        try:
            if is_full:
                await connection.refuse(
                    OverloadedError(
                        "Too many clients are connected (the server's setting WYOMING_MAX_CONNECTIONS).",
                        retry_after_s=_RETRY_S,
                    )
                )
            await connection.run()
        finally:
            del self._connections[connection]

    def _make_room(self) -> bool:
        """Close the client that has been idle longest; False when there is none."""
        longest = max(self._connections, key=lambda one: one.idle_s)
        if longest.idle_s < _PATIENCE_S:
            return False
        longest.end()
        return True

    @contextlib.asynccontextmanager
    async def _announced(self) -> AsyncIterator[None]:
        if not self._options.zeroconf:
            yield
            return
        from voice_stack.web.wyoming.discovery import announced

        async with announced(self._name, self.host, self.port):
            yield
