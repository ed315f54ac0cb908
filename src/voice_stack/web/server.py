"""Running a service."""

import asyncio
import importlib
import logging
import os
import socket
import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Protocol, cast

import uvicorn
from fastapi import FastAPI
from uvicorn.config import STARTUP_FAILURE

from voice_stack.core.errors import SettingsError
from voice_stack.core.logging import configure_logging
from voice_stack.core.memory import return_freed_memory
from voice_stack.web.listener import Listener, bind, connections_allowed, descriptor_limit
from voice_stack.web.protocol import HttpConnection
from voice_stack.web.settings import ConnectionOptions, DebugOptions, ServiceSettings

logger = logging.getLogger("voice_stack.web")

# Longer than the pools of clients and proxies keep idle connections, so that it is they who close them.
KEEP_ALIVE_SECONDS = 75
# For the last bytes of the answers: work that is under way is told to end before.
SHUTDOWN_SECONDS = 3
# The largest message that a WebSocket takes at all; what is larger than REALTIME_MAX_FRAME_MB is an error event.
SOCKET_MESSAGE_BYTES = 96 * 1024 * 1024
# The request line carries prompts on some routes.
REQUEST_HEAD_BYTES = 64 * 1024


def server_config(app: FastAPI, host: str, port: int) -> uvicorn.Config:
    """Configuration of uvicorn for our services."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=HttpConnection,
        ws=cast(type[asyncio.Protocol], _socket_protocol),
        ws_max_size=SOCKET_MESSAGE_BYTES,
        # Small messages gain nothing, and a bomb would be unpacked.
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        h11_max_incomplete_event_size=REQUEST_HEAD_BYTES,
    )


def _socket_protocol(*arguments: Any, **named: Any) -> asyncio.Protocol:
    """Protocol of a WebSocket, imported when the first client upgrades to it."""
    from voice_stack.web.websocket import SocketConnection

    return SocketConnection(*arguments, **named)


def serve(app: FastAPI | Callable[[], FastAPI], host: str, port: int, settings: ServiceSettings) -> None:
    """Run a service until it is told to stop (SIGINT, SIGTERM).

    Args:
        app: the application, or what builds it once logging is configured.
        host: address to listen on.
        port: TCP port.
        settings: for logging and debugpy.

    Raises:
        SettingsError: DEBUGPY_ENABLE is set and debugpy is not installed or cannot listen.
        SystemExit: the address is taken or the start failed; the log says why.
    """
    configure_logging(settings.log.level, settings.log.format)
    return_freed_memory()
    start_debugger(settings.debug)
    application = app if isinstance(app, FastAPI) else app()
    # uvicorn raises the signal that stopped it once more, when everything is down.
    with suppress(KeyboardInterrupt):
        _Server(server_config(application, host, port), settings.connections).run()
    if any(not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()):
        # A thread that loads or downloads a model cannot be interrupted, and Python would wait for it.
        logging.shutdown()
        os._exit(0)


class DoorBeside(Protocol):
    """A further port of the application, for another protocol. It is opened and closed with the lifespan."""

    @property
    def host(self) -> str:
        """Address."""
        ...

    @property
    def port(self) -> int:
        """TCP port."""
        ...

    @property
    def descriptors(self) -> int:
        """Descriptors that its clients take at the most."""
        ...

    def bind(self) -> None:
        """Take the address.

        Raises:
            OSError: it is taken, or there is no such address.
        """


class _Server(uvicorn.Server):
    """uvicorn with a door of our own, which tells the application first that it is about to stop.

    The application hears of it by `app.state.on_stopping`, and what that returns is waited for, before connections are
    closed; `app.state.door_beside` is its `DoorBeside`, if it has one.
    """

    def __init__(self, config: uvicorn.Config, options: ConnectionOptions) -> None:
        super().__init__(config)
        self._options = options
        self._listener: Listener | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        host, port = self.config.host, self.config.port
        beside: DoorBeside | None = getattr(getattr(self.config.app, "state", None), "door_beside", None)
        try:
            # Before the application starts: a taken port ends it at once.
            bound = bind(host, port)
            if beside is not None:
                host, port = beside.host, beside.port
                beside.bind()
        except OSError as error:
            logger.error("cannot listen on %s, port %d: %s", host, port, error.strerror or error)
            sys.exit(STARTUP_FAILURE)
        await super().startup(sockets=[])
        descriptors = descriptor_limit() - (beside.descriptors if beside is not None else 0)
        limit = connections_allowed(self._options.max_connections, descriptors)
        if self._options.max_connections > limit:
            logger.warning("HTTP_MAX_CONNECTIONS: the limit of open files allows for %d connections only", limit)
        self._listener = Listener(bound, self._options, self.server_state.connections, limit, self._protocol)
        self._listener.start()
        logger.info("listening on %s", ", ".join(_address(listening) for listening in bound))

    def _protocol(self) -> asyncio.Protocol:
        return HttpConnection(self.config, self.server_state, self.lifespan.state)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._listener is not None:
            self._listener.stop()
        if isinstance(self.config.app, FastAPI):
            on_stopping: Callable[[], Awaitable[None] | None] = getattr(
                self.config.app.state, "on_stopping", lambda: None
            )
            if (told := on_stopping()) is not None:
                await told
        await super().shutdown(sockets)


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def start_debugger(options: DebugOptions) -> None:
    """Let a debugger attach, when DEBUGPY_ENABLE asks for it.

    Raises:
        SettingsError: debugpy is not installed, or cannot listen on DEBUGPY_HOST and DEBUGPY_PORT.
    """
    if not options.enable:
        return
    try:
        debugpy = importlib.import_module("debugpy")
    except ImportError as error:
        raise SettingsError(
            "DEBUGPY_ENABLE=true, but debugpy is not installed: run `pip install debugpy` or unset the variable."
        ) from error
    try:
        debugpy.listen((options.host, options.port))
    except (OSError, RuntimeError) as error:
        raise SettingsError(
            f"DEBUGPY_HOST={options.host}, DEBUGPY_PORT={options.port}: cannot listen: {error}"
        ) from error
    logger.warning("debugpy listens on %s:%d", options.host, options.port)
    if options.wait:
        debugpy.wait_for_client()
