"""Running a service."""

import importlib
import logging
from collections.abc import Callable
from contextlib import suppress

import uvicorn
from fastapi import FastAPI

from voice_stack.core.errors import SettingsError
from voice_stack.core.logging import configure_logging
from voice_stack.core.settings import CoreSettings

logger = logging.getLogger("voice_stack.web")

# Longer than the pools of clients and proxies keep idle connections, so that it is they who close them.
KEEP_ALIVE_SECONDS = 75
SHUTDOWN_SECONDS = 10
# The request line carries prompts on some routes.
REQUEST_HEAD_BYTES = 64 * 1024


def server_config(app: FastAPI, host: str, port: int) -> uvicorn.Config:
    """How our services run under uvicorn."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        h11_max_incomplete_event_size=REQUEST_HEAD_BYTES,
    )


def serve(app: FastAPI | Callable[[], FastAPI], host: str, port: int, settings: CoreSettings) -> None:
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
    configure_logging(settings.log_level, settings.log_format)
    start_debugger(settings)
    application = app if isinstance(app, FastAPI) else app()
    # uvicorn raises the signal that stopped it once more, when everything is down.
    with suppress(KeyboardInterrupt):
        uvicorn.Server(server_config(application, host, port)).run()


def start_debugger(settings: CoreSettings) -> None:
    """Let a debugger attach, when DEBUGPY_ENABLE asks for it.

    Raises:
        SettingsError: debugpy is not installed, or cannot listen on DEBUGPY_HOST and DEBUGPY_PORT.
    """
    if not settings.debugpy_enable:
        return
    try:
        debugpy = importlib.import_module("debugpy")
    except ImportError as error:
        raise SettingsError(
            "DEBUGPY_ENABLE=true, but debugpy is not installed: run `pip install debugpy` or unset the variable."
        ) from error
    try:
        debugpy.listen((settings.debugpy_host, settings.debugpy_port))
    except (OSError, RuntimeError) as error:
        raise SettingsError(
            f"DEBUGPY_HOST={settings.debugpy_host}, DEBUGPY_PORT={settings.debugpy_port}: cannot listen: {error}"
        ) from error
    logger.warning("debugpy listens on %s:%d", settings.debugpy_host, settings.debugpy_port)
    if settings.debugpy_wait:
        debugpy.wait_for_client()
