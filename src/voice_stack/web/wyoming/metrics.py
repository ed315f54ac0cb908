"""Prometheus metrics of the Wyoming port; those of the work itself are the service's own."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class WyomingMetrics:
    """Counts of requests over Wyoming.

    Args:
        connections: that are open.
    """

    def __init__(self, registry: CollectorRegistry, connections: Callable[[], float]) -> None:
        self._requests = Counter(
            "voice_stack_wyoming_requests",
            "Requests over Wyoming: the event that asked, and ok or the code of the error.",
            ("request", "outcome"),
            registry=registry,
        )
        self._seconds = Histogram(
            "voice_stack_wyoming_request_duration_seconds",
            "Time from the whole request to the last event of its answer.",
            ("request",),
            buckets=_SECONDS,
            registry=registry,
        )
        Gauge("voice_stack_wyoming_connections", "Open connections.", registry=registry).set_function(connections)

    def observe(self, request: str, outcome: str, seconds: float) -> None:
        """Add a request.

        Args:
            request: one of a few words, never the client's.
            outcome: `ok` or the code of an error.
        """
        self._requests.labels(request, outcome).inc()
        self._seconds.labels(request).observe(seconds)
