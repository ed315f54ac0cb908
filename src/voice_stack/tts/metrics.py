"""Prometheus metrics of the speech service."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from voice_stack.tts.speaking.run import SpeechReport


class SpeechMetrics:
    """Counts what speech costs.

    Args:
        running: requests accepted and not yet ended.
        waiting: requests that wait for a turn on an engine.
    """

    def __init__(
        self, registry: CollectorRegistry, *, running: Callable[[], float], waiting: Callable[[], float]
    ) -> None:
        labels = ("engine", "model")
        self._characters = Counter("voice_stack_tts_characters", "Characters spoken.", labels, registry=registry)
        self._audio = Counter("voice_stack_tts_audio_seconds", "Seconds of speech made.", labels, registry=registry)
        self._synthesis = Counter(
            "voice_stack_tts_synthesis_seconds", "Seconds spent inside the engine.", labels, registry=registry
        )
        self._first = Histogram(
            "voice_stack_tts_first_audio_seconds",
            "Seconds from the start of the work to the first bytes of sound.",
            labels,
            buckets=(0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
            registry=registry,
        )
        self._waited = Histogram(
            "voice_stack_tts_waiting_seconds",
            "Seconds that a request waited for turns on the engine.",
            labels,
            buckets=(0.01, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300),
            registry=registry,
        )
        self._rtf = Histogram(
            "voice_stack_tts_real_time_factor",
            "Synthesis time over audio time of a request.",
            labels,
            buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
            registry=registry,
        )
        Gauge("voice_stack_tts_running", "Requests under way.", registry=registry).set_function(running)
        Gauge("voice_stack_tts_waiting", "Requests waiting for a turn.", registry=registry).set_function(waiting)

    def observe(self, report: SpeechReport) -> None:
        """Add a finished request."""
        labels = (report.engine, report.model)
        self._characters.labels(*labels).inc(report.characters)
        self._audio.labels(*labels).inc(report.audio_s)
        self._synthesis.labels(*labels).inc(report.synthesis_s)
        self._first.labels(*labels).observe(report.first_s)
        self._waited.labels(*labels).observe(report.waited_s)
        self._rtf.labels(*labels).observe(report.real_time_factor)
