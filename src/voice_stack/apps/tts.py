"""The speech service, assembled."""

from fastapi import FastAPI

from voice_stack.apps.assembly import assemble
from voice_stack.core.settings import load_settings
from voice_stack.jobs.manager import JobManager
from voice_stack.jobs.types import StoredResponse
from voice_stack.jobs.work.run import JobRun
from voice_stack.serving.registry import REGISTRY
from voice_stack.serving.spec import Kind
from voice_stack.tts.metrics import SpeechMetrics
from voice_stack.tts.runner import SpeechRunner
from voice_stack.tts.service import SpeechService
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.wire import models, voices
from voice_stack.tts.wire.jobs import SPEECH
from voice_stack.tts.wire.openai import batch, speech
from voice_stack.tts.wire.state import TtsState
from voice_stack.tts.wire.work import run_speech
from voice_stack.web.lifespan import warn_of_misspelt_settings
from voice_stack.web.metrics import Metrics


def create_tts_app(settings: TtsSettings | None = None) -> FastAPI:
    """Assemble the service. Loads no model and imports no engine's package.

    Args:
        settings: read from the environment when absent.

    Raises:
        SettingsError: a setting cannot be used.
    """
    settings = settings or load_settings(TtsSettings)
    options = [spec.options for spec in REGISTRY.of(Kind.SPEECH)]
    warn_of_misspelt_settings(settings, *options, prefix="TTS_")
    metrics = Metrics("tts")
    counted = SpeechMetrics(metrics.registry, running=lambda: runner.running, waiting=lambda: service.waiting)
    service = SpeechService(settings, observe=counted.observe)
    runner = SpeechRunner(service)

    async def speak(run: JobRun) -> StoredResponse:
        return await run_speech(run, state)

    jobs = JobManager(
        settings.jobs, settings.storage.data_dir, "tts", {SPEECH: speak}, api_prefix=settings.web.api_v1_str
    )
    state = TtsState(settings, service, runner, jobs)
    app = assemble(
        settings.web,
        metrics,
        service,
        runner,
        jobs,
        [batch.router, speech.router, voices.router, models.router],
        preload=settings.host.preload,
    )
    app.state.tts = state
    return app
