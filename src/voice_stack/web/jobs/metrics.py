"""The jobs of a service as Prometheus metrics."""

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from voice_stack.jobs.types import JobStatus


class JobMetrics(Collector):
    """Looked up when they are read.

    Args:
        prefix: of the names (`voice_stack_asr`).
        status: `JobManager.status`.
    """

    def __init__(self, registry: CollectorRegistry, prefix: str, status: Callable[[], Mapping[str, object]]) -> None:
        self._prefix = prefix
        self._status = status
        registry.register(self)

    def collect(self) -> Iterable[Metric]:
        """Metrics of this moment."""
        status = self._status()
        jobs = GaugeMetricFamily(
            f"{self._prefix}_jobs",
            "Jobs by their state; those that are over until they are forgotten.",
            labels=("status",),
        )
        for name in JobStatus:
            jobs.add_metric((name.value,), float(str(status[name.value])))
        usable = float(status["reason"] is None)
        yield jobs
        yield GaugeMetricFamily(f"{self._prefix}_jobs_available", "1 while jobs can be accepted.", usable)
        yield GaugeMetricFamily(
            f"{self._prefix}_jobs_spool_mib", "What the jobs take of the disk, in MiB.", float(str(status["spool_mib"]))
        )
