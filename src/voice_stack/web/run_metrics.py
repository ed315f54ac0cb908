"""Prometheus metrics that runs of every kind have; a service's own come on top."""

from collections.abc import Callable
from typing import Final, Generic

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from voice_stack.serving.run import ReportT

LABELS: Final = ("engine", "model")


class RunMetrics(Generic[ReportT]):
    """Counters of what runs cost.

    Args:
        prefix: of the names (`voice_stack_asr`).
        audio: help text of the seconds of audio.
        engine: name, after the prefix, of the seconds inside the engine.
        work: what a run is called in help texts ("transcription").
        running: runs accepted and not yet ended.
        waiting: runs that wait for a turn on an engine.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        prefix: str,
        *,
        audio: str,
        engine: str,
        work: str,
        running: Callable[[], float],
        waiting: Callable[[], float],
    ) -> None:
        self._audio = Counter(f"{prefix}_audio_seconds", audio, LABELS, registry=registry)
        self._engine = Counter(f"{prefix}_{engine}", "Seconds spent inside the engine.", LABELS, registry=registry)
        self._waited = Histogram(
            f"{prefix}_waiting_seconds",
            f"Seconds that a {work} waited for turns on the engine.",
            LABELS,
            buckets=(0.01, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300),
            registry=registry,
        )
        self._rtf = Histogram(
            f"{prefix}_real_time_factor",
            f"{engine.partition('_')[0].capitalize()} time over audio time of a {work}.",
            LABELS,
            buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
            registry=registry,
        )
        named = f"{work}s".capitalize()
        Gauge(f"{prefix}_running", f"{named} under way.", registry=registry).set_function(running)
        Gauge(f"{prefix}_waiting", f"{named} waiting for a turn.", registry=registry).set_function(waiting)

    def observe(self, report: ReportT) -> None:
        """Add a finished run."""
        labels = (report.engine, report.model)
        self._audio.labels(*labels).inc(report.audio_s)
        self._engine.labels(*labels).inc(report.engine_s)
        self._waited.labels(*labels).observe(report.waited_s)
        self._rtf.labels(*labels).observe(report.real_time_factor)
