"""State of a service's queue, for /health and /metrics."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from voice_stack.serving.scheduling.ledger import LaneSnapshot
from voice_stack.serving.scheduling.queues import EngineSnapshot, QueueSnapshot

# Of each lane of each engine: name, meaning, the field of the snapshot.
_GAUGES = (
    ("waiting", "Units that wait for their turn.", "waiting"),
    ("running", "Units that run.", "running"),
    (
        "work_seconds",
        "Seconds that the engine needs for the work that is left; 0 while its speed is unknown.",
        "work_s",
    ),
    ("longest_wait_seconds", "How long the oldest waiting unit has waited.", "longest_wait_s"),
    ("start_p50_seconds", "Median wait for the first turn, of the last 512 requests.", "start_p50_s"),
    ("start_p95_seconds", "95th percentile of the waits for the first turn.", "start_p95_s"),
)
_COUNTERS = (
    ("admitted", "Requests that were let in.", "admitted"),
    ("timed_out", "Requests that had no first turn in time.", "timed_out"),
    ("cancelled", "Units that were given up before they ran.", "cancelled"),
    ("units", "Units that ran.", "units"),
    ("waited_seconds", "Seconds that units waited for their turns.", "waited_s"),
    ("busy_seconds", "Seconds that units ran.", "busy_s"),
    ("cost", "Work done: seconds of audio, or characters.", "cost"),
)


def queue_status(snapshot: QueueSnapshot) -> Mapping[str, object]:
    """The queue as /health tells it."""
    lanes = {lane.value: {"requests": e.requests, "refused": e.refused} for lane, e in snapshot.entrance.items()}
    return {**lanes, "engines": [_engine_status(engine) for engine in snapshot.engines]}


def _engine_status(engine: EngineSnapshot) -> Mapping[str, object]:
    turns = engine.turns
    return {
        "engine": engine.engine,
        "model": engine.model,
        "width": turns.width,
        "utilisation": round(turns.utilisation, 3),
        # Seconds of audio, or characters, that one slot works off in a second.
        "rate": None if turns.rate is None else round(turns.rate, 3),
        **{lane.value: _lane_status(one) for lane, one in turns.lanes.items()},
    }


def _lane_status(lane: LaneSnapshot) -> Mapping[str, object]:
    return {
        "requests": lane.requests,
        "waiting": lane.waiting,
        "running": lane.running,
        "work_s": round(lane.work_s, 1),
        "longest_wait_s": round(lane.longest_wait_s, 3),
        "start_p50_s": round(lane.start_p50_s, 3),
        "start_p95_s": round(lane.start_p95_s, 3),
        "timed_out": lane.timed_out,
        "units": lane.units,
    }


class QueueMetrics(Collector):
    """The queue as Prometheus metrics, looked up when they are read.

    An engine that has left memory takes its counters along: to Prometheus they begin anew, as after a restart.

    Args:
        prefix: of the names (`voice_stack_asr`).
        snapshot: how the queue stands.
    """

    def __init__(self, registry: CollectorRegistry, prefix: str, snapshot: Callable[[], QueueSnapshot]) -> None:
        self._prefix = prefix
        self._snapshot = snapshot
        registry.register(self)

    def collect(self) -> Iterable[Metric]:
        """Metrics of the queue at this moment."""
        snapshot, name = self._snapshot(), f"{self._prefix}_queue"
        requests = GaugeMetricFamily(f"{name}_requests", "Requests inside, not yet ended.", labels=("lane",))
        refused = CounterMetricFamily(f"{name}_refused", "Requests for which there was no room.", labels=("lane",))
        for lane, entrance in snapshot.entrance.items():
            requests.add_metric((lane.value,), entrance.requests)
            refused.add_metric((lane.value,), entrance.refused)
        yield from (requests, refused)
        yield from self._engines(snapshot.engines)
        labels = ("engine", "model", "lane")
        for suffix, meaning, field in _GAUGES:
            gauge = GaugeMetricFamily(f"{name}_{suffix}", meaning, labels=labels)
            for key, value in _by_lane(snapshot.engines, field).items():
                gauge.add_metric(key, value)
            yield gauge
        for suffix, meaning, field in _COUNTERS:
            counter = CounterMetricFamily(f"{name}_{suffix}", meaning, labels=labels)
            for key, value in _by_lane(snapshot.engines, field).items():
                counter.add_metric(key, value)
            yield counter

    def _engines(self, engines: Iterable[EngineSnapshot]) -> Iterable[Metric]:
        name, labels = f"{self._prefix}_engine", ("engine", "model")
        width = GaugeMetricFamily(f"{name}_width", "Units that run at once.", labels=labels)
        busy = GaugeMetricFamily(f"{name}_utilisation", "Busy share of the last minute, 0 to 1.", labels=labels)
        meaning = "Seconds of audio, or characters, that one slot works off in a second, lately."
        rate = GaugeMetricFamily(f"{name}_rate", meaning, labels=labels)
        for key, engine in {(e.engine, e.model): e.turns for e in engines}.items():
            width.add_metric(key, engine.width)
            busy.add_metric(key, engine.utilisation)
            if engine.rate is not None:
                rate.add_metric(key, engine.rate)
        yield from (width, busy, rate)


def _by_lane(engines: Iterable[EngineSnapshot], field: str) -> Mapping[tuple[str, str, str], float]:
    """A field of all lanes by its labels; summed where one model is in memory twice, on its way out and in again."""
    found: defaultdict[tuple[str, str, str], float] = defaultdict(float)
    for engine in engines:
        for lane, one in engine.turns.lanes.items():
            found[engine.engine, engine.model, lane.value] += getattr(one, field)
    return found
