"""The door of a service: connections are let in while there are descriptors for them, and idle ones make room.

asyncio accepts until the process has no descriptor left. Then it answers nobody, not even those that it has let in
(they need files, pipes and children), and logs a traceback for every failed attempt.
"""

import asyncio
import errno
import logging
import resource
import socket
from collections.abc import Callable, Collection, Sequence

from voice_stack.core.logging import Seldom
from voice_stack.web.protocol import Connection, HttpConnection, Stage
from voice_stack.web.settings import ConnectionOptions

logger = logging.getLogger("voice_stack.web")

_BACKLOG = 2048
# Connections in one turn of the loop: those that are there are served between two of them.
_AT_ONCE = 64
# Seconds of waiting after which a connection makes room for a new one, in this order.
_PATIENCE_S = {Stage.HEAD: 1.0, Stage.NEXT: 1.0, Stage.BODY: 10.0}
_EVICTED = 16
_FULL_PAUSE_S = 0.05
_EXHAUSTED_PAUSE_S = 1.0
_SWEEP_S = 1.0
_MOST_BY_ITSELF = 1000
# Of the process itself: models, database, log, children.
_RESERVED = 64
_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_NO_SUCH_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


def connections_allowed(wanted: int, descriptors: int) -> int:
    """Connections at once that leave a descriptor for the work on each of them, and some for the service itself.

    Args:
        wanted: HTTP_MAX_CONNECTIONS.
        descriptors: that the process may have open.
    """
    possible = max(1, (descriptors - min(_RESERVED, descriptors // 4)) // 2)
    return min(wanted or _MOST_BY_ITSELF, possible)


def descriptor_limit() -> int:
    """Descriptors that this process may have open."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return 2**20 if limit == resource.RLIM_INFINITY else limit


def bind(host: str, port: int) -> list[socket.socket]:
    """Sockets bound to all addresses of a host; `::` is every address of both families.

    Raises:
        OSError: there is no such address, or it is taken.
    """
    if host == "::" and socket.has_dualstack_ipv6():
        return [_bound(socket.AF_INET6, (host, port), dual=True)]
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    sockets: list[socket.socket] = []
    missing: OSError | None = None
    for family, _, _, _, address in dict.fromkeys(found):
        try:
            sockets.append(_bound(family, address, dual=False))
        except OSError as error:
            if error.errno in _NO_SUCH_ADDRESS:  # `localhost` has ::1 where IPv6 is off
                missing = error
                continue
            for one in sockets:
                one.close()
            raise
    if not sockets:
        raise missing or OSError(errno.EADDRNOTAVAIL, "there is no such address")
    return sockets


def _bound(family: int, address: tuple[object, ...], *, dual: bool) -> socket.socket:
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if dual else 1)
        listening.setblocking(False)
        listening.bind(address)
    except BaseException:
        listening.close()
        raise
    return listening


class Listener:
    """Accepts connections on the event loop, and closes those that have kept the service waiting for too long.

    Args:
        sockets: bound; the listener closes them.
        connections: that are open; others may be among them.
        limit: of them, at once.
        make: makes the protocol of a new connection.
    """

    def __init__(
        self,
        sockets: Sequence[socket.socket],
        options: ConnectionOptions,
        connections: Collection[object],
        limit: int,
        make: Callable[[], asyncio.Protocol],
    ) -> None:
        self._sockets = sockets
        self._options = options
        self._connections = connections
        self._limit = limit
        self._make = make
        self._loop = asyncio.get_running_loop()
        self._entering: set[asyncio.Task[None]] = set()
        self._pausing: asyncio.TimerHandle | None = None
        self._sweeping: asyncio.TimerHandle | None = None
        self._seldom = Seldom(logger)

    def start(self) -> None:
        """Begin to accept."""
        for listening in self._sockets:
            listening.listen(_BACKLOG)
        self._resume()
        self._sweep()

    def stop(self) -> None:
        """Accept nothing more. Idempotent."""
        for timer in (self._pausing, self._sweeping):
            if timer is not None:
                timer.cancel()
        for listening in self._sockets:
            if listening.fileno() >= 0:
                self._loop.remove_reader(listening)
                listening.close()

    def _resume(self) -> None:
        self._pausing = None
        for listening in self._sockets:
            self._loop.add_reader(listening, self._accept, listening)

    def _pause(self, seconds: float) -> None:
        """The kernel keeps those who knock meanwhile."""
        for listening in self._sockets:
            self._loop.remove_reader(listening)
        if self._pausing is None:
            self._pausing = self._loop.call_later(seconds, self._resume)

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            if len(self._connections) + len(self._entering) >= self._limit:
                self._make_room()
                self._pause(_FULL_PAUSE_S)
                return
            try:
                client, _ = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in _EXHAUSTED:
                    raise
                self._seldom.warning(f"no connection can be accepted: {error.strerror}; idle ones are closed")
                self._make_room()
                self._pause(_EXHAUSTED_PAUSE_S)
                return
            client.setblocking(False)
            task = self._loop.create_task(self._enter(client))
            self._entering.add(task)
            task.add_done_callback(self._entering.discard)

    async def _enter(self, client: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._make, client)
        except OSError as error:
            client.close()
            logger.debug("a connection broke while it was accepted: %s", error)

    def _make_room(self) -> None:
        """Close a few of those that are least missed."""
        if self._entering:
            return  # their heads are on their way, and what they are is known soon
        now = self._loop.time()
        ours = [one for one in self._open() if isinstance(one, HttpConnection)]
        for stage, patience_s in _PATIENCE_S.items():
            waiting = [one for one in ours if one.stage is stage]
            # A body that is not asked for waits for the service.
            idle = [one for one in waiting if now - one.since >= patience_s and not one.flow.read_paused]
            for one in sorted(idle, key=lambda one: one.since)[:_EVICTED]:
                one.transport.abort()
            if idle:
                self._seldom.warning("all connections that HTTP_MAX_CONNECTIONS allows are taken; idle ones are closed")
            if idle or len(waiting) >= max(1, self._limit // 4):
                return  # with so many that have not said a word, those that were served before need not go

    def _sweep(self) -> None:
        self._sweeping = self._loop.call_later(min(_SWEEP_S, self._options.head_timeout_s), self._sweep)
        now, options = self._loop.time(), self._options
        for one in self._open():
            if one.untaken_s(now) >= options.send_timeout_s:
                one.transport.abort()
                self._seldom.warning(
                    f"a client was given up that took nothing of its answer for {options.send_timeout_s:g} s"
                )
            elif (
                isinstance(one, HttpConnection)
                and one.stage is Stage.HEAD
                and now - one.since >= options.head_timeout_s
                and not one.transport.is_closing()
            ):
                one.give_up(options.head_timeout_s)
                self._seldom.warning(
                    f"a client was given up that sent no whole head within {options.head_timeout_s:g} s"
                )

    def _open(self) -> list[Connection]:
        """Those that are not being closed already, unless that waits for their client."""
        found = [one for one in self._connections if isinstance(one, Connection)]
        return [one for one in found if not one.transport.is_closing() or one.transport.get_write_buffer_size()]
