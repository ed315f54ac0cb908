"""Prometheus metrics of the speech service."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Histogram

from voice_stack.tts.speaking.run import SpeechReport
from voice_stack.web.run_metrics import LABELS, RunMetrics


class SpeechMetrics(RunMetrics[SpeechReport]):
    """Counters of what speech costs: besides what every run has, the characters and the wait for the first sound."""

    def __init__(self, registry: CollectorRegistry, running: Callable[[], float], waiting: Callable[[], float]) -> None:
        made, own = "Seconds of speech made.", "synthesis_seconds"
        super().__init__(
            registry, "voice_stack_tts", audio=made, engine=own, work="request", running=running, waiting=waiting
        )
        self._characters = Counter("voice_stack_tts_characters", "Characters spoken.", LABELS, registry=registry)
        self._first = Histogram(
            "voice_stack_tts_first_audio_seconds",
            "Seconds from the start of the work to the first bytes of sound.",
            LABELS,
            buckets=(0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
            registry=registry,
        )

    def observe(self, report: SpeechReport) -> None:
        super().observe(report)
        self._characters.labels(report.engine, report.model).inc(report.characters)
        self._first.labels(report.engine, report.model).observe(report.first_s)
