"""The transcription service, assembled."""

from collections.abc import Mapping

from fastapi import FastAPI

from voice_stack.asr.metrics import TranscriptionMetrics
from voice_stack.asr.runner import TranscriptionRunner
from voice_stack.asr.service import TranscriptionService
from voice_stack.asr.settings import AsrSettings
from voice_stack.asr.wire import bazarr, models
from voice_stack.asr.wire.answers import Kind
from voice_stack.asr.wire.jobs import run_transcription
from voice_stack.asr.wire.openai import batch, transcriptions
from voice_stack.asr.wire.state import AsrState
from voice_stack.core.settings import load_settings
from voice_stack.jobs.manager import JobManager
from voice_stack.jobs.types import StoredResponse
from voice_stack.jobs.work.run import JobRun
from voice_stack.web.app import create_app
from voice_stack.web.jobs import routes as job_routes
from voice_stack.web.jobs.lifespan import running_jobs
from voice_stack.web.jobs.metrics import JobMetrics
from voice_stack.web.lifespan import engine_lifespan, warn_of_misspelt_settings
from voice_stack.web.queue import QueueMetrics, queue_status


def create_asr_app(settings: AsrSettings | None = None) -> FastAPI:
    """Assemble the service. Loads no model and imports no engine.

    Args:
        settings: read from the environment when absent.

    Raises:
        SettingsError: a setting cannot be used.
    """
    settings = settings or load_settings(AsrSettings)
    warn_of_misspelt_settings(settings, prefix="ASR_")
    service = TranscriptionService(settings)
    runner = TranscriptionRunner(service)

    async def transcribe(run: JobRun) -> StoredResponse:
        return await run_transcription(run, state)

    jobs = JobManager(
        settings.jobs,
        settings.storage.data_dir,
        "asr",
        dict.fromkeys(Kind, transcribe),
        api_prefix=settings.web.api_v1_str,
    )
    state = AsrState(settings, service, runner, jobs)

    def status() -> Mapping[str, object]:
        counts = {"running": runner.running, "waiting": service.waiting}
        queue = queue_status(service.queues.snapshot())
        return {**service.pool.status(), **counts, "queue": queue, "jobs": jobs.status()}

    def stop() -> None:
        jobs.begin_stop()  # first: they go on in the next process rather than fail with this one
        runner.stop()

    app = create_app(
        settings.web,
        title=f"{settings.web.project_name} ASR",
        service="asr",
        status=status,
        lifespan=engine_lifespan(service, runner, preload=settings.asr_preload, around=lambda: running_jobs(jobs)),
        routers=[batch.router, transcriptions.router, models.router, bazarr.router, job_routes.router],
        public_prefixes=() if settings.asr_bazarr_require_key else (f"{settings.web.api_v1_str}/bazarr",),
    )
    app.state.asr = state
    app.state.jobs = jobs
    app.state.on_stopping = stop
    metrics = TranscriptionMetrics(
        app.state.metrics.registry, running=lambda: runner.running, waiting=lambda: service.waiting
    )
    JobMetrics(app.state.metrics.registry, "voice_stack_asr", jobs.status)
    QueueMetrics(app.state.metrics.registry, "voice_stack_asr", service.queues.snapshot)
    service.on_finished = metrics.observe
    return app
