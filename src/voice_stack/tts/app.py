"""The speech service, assembled."""

from collections.abc import Mapping

from fastapi import FastAPI

from voice_stack.core.settings import load_settings
from voice_stack.tts.api import models, speech, voices
from voice_stack.tts.api.state import TtsState
from voice_stack.tts.metrics import SpeechMetrics
from voice_stack.tts.runner import SpeechRunner
from voice_stack.tts.service import SpeechService
from voice_stack.tts.settings import TtsSettings
from voice_stack.web.app import create_app
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
    warn_of_misspelt_settings(TtsSettings, "TTS_")
    service = SpeechService(settings)
    runner = SpeechRunner(service)

    def status() -> Mapping[str, object]:
        counts = {"running": runner.running, "waiting": service.waiting}
        return {**service.pool.status(), **counts, "queue": queue_status(service.queues.snapshot())}

    app = create_app(
        settings,
        title=f"{settings.project_name} TTS",
        service="tts",
        status=status,
        lifespan=engine_lifespan(service, runner, preload=settings.tts_preload),
        routers=[speech.router, voices.router, models.router],
    )
    app.state.tts = TtsState(settings, service, runner)
    app.state.on_stopping = runner.stop
    metrics = SpeechMetrics(app.state.metrics.registry, running=lambda: runner.running, waiting=lambda: service.waiting)
    QueueMetrics(app.state.metrics.registry, "voice_stack_tts", service.queues.snapshot)
    service.on_finished = metrics.observe
    return app
