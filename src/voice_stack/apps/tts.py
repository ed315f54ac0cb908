"""The speech service, assembled."""

from collections.abc import Mapping

from fastapi import FastAPI

from voice_stack.core.settings import load_settings
from voice_stack.jobs.manager import JobManager
from voice_stack.jobs.types import StoredResponse
from voice_stack.jobs.work.run import JobRun
from voice_stack.tts.metrics import SpeechMetrics
from voice_stack.tts.runner import SpeechRunner
from voice_stack.tts.service import SpeechService
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.wire import models, voices
from voice_stack.tts.wire.jobs import SPEECH
from voice_stack.tts.wire.openai import batch, speech
from voice_stack.tts.wire.state import TtsState
from voice_stack.tts.wire.work import run_speech
from voice_stack.web.app import create_app
from voice_stack.web.jobs import routes as job_routes
from voice_stack.web.jobs.lifespan import running_jobs
from voice_stack.web.jobs.metrics import JobMetrics
from voice_stack.web.lifespan import engine_lifespan, warn_of_misspelt_settings
from voice_stack.web.queue import QueueMetrics, queue_status


def create_tts_app(settings: TtsSettings | None = None) -> FastAPI:
    """Assemble the service. Loads no model and imports no engine's package.

    Args:
        settings: read from the environment when absent.

    Raises:
        SettingsError: a setting cannot be used.
    """
    settings = settings or load_settings(TtsSettings)
    warn_of_misspelt_settings(settings, prefix="TTS_")
    service = SpeechService(settings)
    runner = SpeechRunner(service)

    async def speak(run: JobRun) -> StoredResponse:
        return await run_speech(run, state)

    jobs = JobManager(settings, "tts", {SPEECH: speak})
    state = TtsState(settings, service, runner, jobs)

    def status() -> Mapping[str, object]:
        counts = {"running": runner.running, "waiting": service.waiting}
        queue = queue_status(service.queues.snapshot())
        return {**service.pool.status(), **counts, "queue": queue, "jobs": jobs.status()}

    def stop() -> None:
        jobs.begin_stop()  # first: they go on in the next process rather than fail with this one
        runner.stop()

    app = create_app(
        settings,
        title=f"{settings.project_name} TTS",
        service="tts",
        status=status,
        lifespan=engine_lifespan(service, runner, preload=settings.tts_preload, around=lambda: running_jobs(jobs)),
        routers=[batch.router, speech.router, voices.router, models.router, job_routes.router],
    )
    app.state.tts = state
    app.state.jobs = jobs
    app.state.on_stopping = stop
    metrics = SpeechMetrics(app.state.metrics.registry, running=lambda: runner.running, waiting=lambda: service.waiting)
    JobMetrics(app.state.metrics.registry, "voice_stack_tts", jobs.status)
    QueueMetrics(app.state.metrics.registry, "voice_stack_tts", service.queues.snapshot)
    service.on_finished = metrics.observe
    return app
