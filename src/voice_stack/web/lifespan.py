"""Life of a service from its start to its end: free idle engines, load ahead, and stop."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from fastapi import FastAPI

from voice_stack.core.errors import EngineUnavailableError
from voice_stack.core.settings import Settings, SettingsGroup
from voice_stack.core.settings_report import misspelt_settings

logger = logging.getLogger("voice_stack.web")

_HOUSEKEEPING_S = 5.0


class _Service(Protocol):
    def unload_idle(self) -> None: ...
    def preload(self) -> None: ...
    def close(self) -> None: ...


class _Runner(Protocol):
    def close(self) -> None: ...


def engine_lifespan(
    service: _Service,
    runner: _Runner,
    *,
    preload: bool,
    around: Callable[[], AbstractAsyncContextManager[None]] = contextlib.nullcontext,
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """A lifespan that keeps the service's engines in order.

    Args:
        preload: load the configured engine at the start.
        around: runs what uses runner and service: it ends before they are closed.
    """

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(_unload_idle(service))]
        if preload:
            tasks.append(asyncio.create_task(_preload(service)))
        try:
            async with around():
                yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.to_thread(runner.close)
            await asyncio.to_thread(service.close)

    return lifespan


def warn_of_misspelt_settings(settings: Settings, *further: type[SettingsGroup], prefix: str) -> None:
    """Say in the log which names look like settings and are none.

    Args:
        further: groups that `settings` does not hold (the options of the engines).
        prefix: of the service's own variables (`ASR_`).
    """
    for line in misspelt_settings(settings, *further, prefix=prefix):
        logger.warning("%s", line)


async def _unload_idle(service: _Service) -> None:
    while True:
        await asyncio.sleep(_HOUSEKEEPING_S)
        try:
            await asyncio.to_thread(service.unload_idle)
        except Exception:
            logger.exception("an idle engine could not be closed")


async def _preload(service: _Service) -> None:
    try:
        await asyncio.to_thread(service.preload)
    except EngineUnavailableError as error:
        logger.error("no engine could be loaded at the start: %s", error)
    except Exception:
        logger.exception("the model could not be loaded at the start; the first request tries again")
