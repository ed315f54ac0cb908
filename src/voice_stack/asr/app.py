"""The transcription service, assembled."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping

from fastapi import FastAPI

from voice_stack.asr.api import bazarr, models, transcriptions
from voice_stack.asr.api.state import AsrState
from voice_stack.asr.metrics import TranscriptionMetrics
from voice_stack.asr.runner import TranscriptionRunner
from voice_stack.asr.service import TranscriptionService
from voice_stack.asr.settings import AsrSettings
from voice_stack.core.errors import EngineUnavailableError
from voice_stack.core.settings import load_settings, misspelt_settings
from voice_stack.web.app import create_app

logger = logging.getLogger("voice_stack.asr")

_HOUSEKEEPING_S = 5.0


def create_asr_app(settings: AsrSettings | None = None) -> FastAPI:
    """Assemble the service. Loads no model and imports no engine.

    Args:
        settings: read from the environment when absent.

    Raises:
        SettingsError: a setting cannot be used.
    """
    settings = settings or load_settings(AsrSettings)
    for line in misspelt_settings(AsrSettings, "ASR_"):
        logger.warning("%s", line)
    service = TranscriptionService(settings)
    runner = TranscriptionRunner(service)

    def status() -> Mapping[str, object]:
        return {**service.pool.status(), "running": runner.running, "waiting": service.waiting}

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(_unload_idle(service))]
        if settings.asr_preload:
            tasks.append(asyncio.create_task(_preload(service)))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.to_thread(runner.close)
            await asyncio.to_thread(service.close)

    app = create_app(
        settings,
        title=f"{settings.project_name} ASR",
        service="asr",
        status=status,
        lifespan=lifespan,
        routers=[transcriptions.router, models.router, bazarr.router],
        public_prefixes=() if settings.asr_bazarr_require_key else (f"{settings.api_v1_str}/bazarr",),
    )
    app.state.asr = AsrState(settings, service, runner)
    app.state.on_stopping = runner.stop
    metrics = TranscriptionMetrics(
        app.state.metrics.registry, running=lambda: runner.running, waiting=lambda: service.waiting
    )
    service.on_finished = metrics.observe
    return app


async def _unload_idle(service: TranscriptionService) -> None:
    while True:
        await asyncio.sleep(_HOUSEKEEPING_S)
        try:
            await asyncio.to_thread(service.pool.unload_idle)
        except Exception:
            logger.exception("an idle engine could not be closed")


async def _preload(service: TranscriptionService) -> None:
    try:
        await asyncio.to_thread(service.preload)
    except EngineUnavailableError as error:
        logger.error("no engine could be loaded at the start: %s", error)
    except Exception:
        logger.exception("the model could not be loaded at the start; the first request tries again")
