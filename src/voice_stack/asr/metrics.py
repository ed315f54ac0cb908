"""Prometheus metrics of the transcription service."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry

from voice_stack.asr.recognition.run import RunReport
from voice_stack.web.run_metrics import RunMetrics


def transcription_metrics(
    registry: CollectorRegistry, running: Callable[[], float], waiting: Callable[[], float]
) -> RunMetrics[RunReport]:
    """Counters of what transcriptions cost."""
    return RunMetrics(
        registry,
        "voice_stack_asr",
        audio="Seconds of audio transcribed.",
        engine="inference_seconds",
        work="transcription",
        running=running,
        waiting=waiting,
    )
