"""The books of a scheduler: what it counts and measures, and the snapshot of it. Pure, time passed in."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from voice_stack.serving.scheduling.admission import Admission
from voice_stack.serving.scheduling.estimate import BusyShare, RecentWaits, Throughput
from voice_stack.serving.scheduling.policy import Lane, Policy


@dataclass(frozen=True, slots=True)
class LaneSnapshot:
    """A lane, at one moment. Totals count from the beginning.

    Attributes:
        requests: admitted and not yet ended.
        waiting: units that wait for their turn.
        running: units that run.
        work: estimated cost that is left of all requests.
        work_s: the seconds that the whole engine needs for it; 0 while its speed is not known.
        longest_wait_s: how long the oldest waiting unit has waited.
        start_p50_s, start_p95_s: quantiles of the waits for the first turn, of the last 512 requests.
        admitted, refused: requests, total.
        timed_out: requests that had no first turn in time, total.
        cancelled: units that were given up before they ran, total.
        units: that ran, total.
        waited_s: by all units that ran, total.
        cost: of all units that ran, total.
        busy_s: spent running, total.
    """

    requests: int
    waiting: int
    running: int
    work: float
    work_s: float
    longest_wait_s: float
    start_p50_s: float
    start_p95_s: float
    admitted: int
    refused: int
    timed_out: int
    cancelled: int
    units: int
    waited_s: float
    cost: float
    busy_s: float


@dataclass(frozen=True, slots=True)
class SchedulerSnapshot:
    """A scheduler, at one moment.

    Attributes:
        width: units that can run at once.
        utilisation: busy share of the slots in the last minute, 0..1.
        rate: cost a second of one slot, lately; None before anything was measured. Where cost is seconds of audio,
            its inverse is the real-time factor.
    """

    width: int
    utilisation: float
    rate: float | None
    lanes: Mapping[Lane, LaneSnapshot]


@dataclass(slots=True)
class Totals:
    """A lane's books; see `LaneSnapshot`."""

    admitted: int = 0
    refused: int = 0
    timed_out: int = 0
    cancelled: int = 0
    units: int = 0
    waited_s: float = 0.0
    cost: float = 0.0
    busy_s: float = 0.0
    starts: RecentWaits = field(default_factory=RecentWaits)


class Ledger:
    """Books of all lanes, and the meters of the engine. Not thread-safe."""

    def __init__(self, width: int, now: float) -> None:
        self.throughput = Throughput()
        self._width = width
        self._busy = BusyShare(width, now)
        self._totals = {lane: Totals() for lane in Lane}

    def __getitem__(self, lane: Lane) -> Totals:
        return self._totals[lane]

    def began(self, lane: Lane, waited_s: float, now: float, *, first: bool) -> None:
        """A unit has been given a slot."""
        totals = self._totals[lane]
        totals.waited_s += waited_s
        if first:
            totals.starts.add(waited_s)
        self._busy.change(+1, now)

    def ended(self, lane: Lane, cost: float, seconds: float, now: float, *, measured: bool) -> None:
        """A unit has given its slot back.

        Args:
            measured: whether it did all of what it is charged for.
        """
        totals = self._totals[lane]
        totals.units += 1
        totals.cost += cost
        totals.busy_s += seconds
        self._busy.change(-1, now)
        if measured:
            self.throughput.observe(cost, seconds)

    def snapshot(self, policy: Policy, admission: Admission, now: float) -> SchedulerSnapshot:
        """State of the scheduler at a time."""
        return SchedulerSnapshot(
            width=self._width,
            utilisation=self._busy.share(now),
            rate=self.throughput.rate,
            lanes={lane: self._lane(lane, policy, admission, now) for lane in Lane},
        )

    def _lane(self, lane: Lane, policy: Policy, admission: Admission, now: float) -> LaneSnapshot:
        totals = self._totals[lane]
        return LaneSnapshot(
            requests=admission.count(lane),
            waiting=policy.waiting(lane),
            running=policy.running(lane),
            work=admission.remaining(lane),
            work_s=admission.work_s(lane, self.throughput.rate),
            longest_wait_s=policy.longest_wait_s(lane, now),
            start_p50_s=totals.starts.quantile(0.5),
            start_p95_s=totals.starts.quantile(0.95),
            admitted=totals.admitted,
            refused=totals.refused,
            timed_out=totals.timed_out,
            cancelled=totals.cancelled,
            units=totals.units,
            waited_s=totals.waited_s,
            cost=totals.cost,
            busy_s=totals.busy_s,
        )
