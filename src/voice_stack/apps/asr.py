"""The transcription service, assembled."""

from fastapi import FastAPI

from voice_stack.apps.assembly import assemble
from voice_stack.asr.metrics import TranscriptionMetrics
from voice_stack.asr.runner import TranscriptionRunner
from voice_stack.asr.service import TranscriptionService
from voice_stack.asr.settings import AsrSettings
from voice_stack.asr.wire import bazarr, models
from voice_stack.asr.wire.answers import Kind as AnswerKind
from voice_stack.asr.wire.jobs import run_transcription
from voice_stack.asr.wire.openai import batch, transcriptions
from voice_stack.asr.wire.state import AsrState
from voice_stack.core.settings import load_settings
from voice_stack.jobs.manager import JobManager
from voice_stack.jobs.types import StoredResponse
from voice_stack.jobs.work.run import JobRun
from voice_stack.serving.registry import REGISTRY
from voice_stack.serving.spec import Kind
from voice_stack.web.lifespan import warn_of_misspelt_settings
from voice_stack.web.metrics import Metrics


def create_asr_app(settings: AsrSettings | None = None) -> FastAPI:
    """Assemble the service. Loads no model and imports no engine.

    Args:
        settings: read from the environment when absent.

    Raises:
        SettingsError: a setting cannot be used.
    """
    settings = settings or load_settings(AsrSettings)
    options = [spec.options for spec in REGISTRY.of(Kind.RECOGNITION)]
    warn_of_misspelt_settings(settings, *options, prefix="ASR_")
    metrics = Metrics("asr")
    counted = TranscriptionMetrics(metrics.registry, running=lambda: runner.running, waiting=lambda: service.waiting)
    service = TranscriptionService(settings, observe=counted.observe)
    runner = TranscriptionRunner(service)

    async def transcribe(run: JobRun) -> StoredResponse:
        return await run_transcription(run, state)

    jobs = JobManager(
        settings.jobs,
        settings.storage.data_dir,
        "asr",
        dict.fromkeys(AnswerKind, transcribe),
        api_prefix=settings.web.api_v1_str,
    )
    state = AsrState(settings, service, runner, jobs)
    app = assemble(
        settings.web,
        metrics,
        service,
        runner,
        jobs,
        [batch.router, transcriptions.router, models.router, bazarr.router],
        preload=settings.host.preload,
        public_prefixes=() if settings.asr_bazarr_require_key else (f"{settings.web.api_v1_str}/bazarr",),
    )
    app.state.asr = state
    return app
