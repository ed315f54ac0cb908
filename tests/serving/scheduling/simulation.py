"""A day at one engine: the pure policy and admission under a simulated clock, every unit recorded."""

import heapq
import itertools
import math
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from voice_stack.core.errors import OverloadedError
from voice_stack.serving.scheduling.admission import Admission, Booking, LaneLimits
from voice_stack.serving.scheduling.estimate import Throughput
from voice_stack.serving.scheduling.policy import Lane, Policy, PolicyConfig, Request


@dataclass(frozen=True, slots=True)
class Work:
    """A unit that a client will want.

    Attributes:
        cost: what it costs, and what is expected of it.
        seconds: that it runs.
    """

    cost: float
    seconds: float


@dataclass(slots=True, eq=False)
class Job:
    """A request of the simulated day.

    Attributes:
        at: second at which it comes.
        units: what is left of it.
        served: (second, cost) of each unit that ended.
        retry_after_s: what it was told when it was refused.
    """

    lane: Lane
    at: float
    units: deque[Work]
    served: list[tuple[float, float]] = field(default_factory=list)
    request: Request = field(init=False)
    booking: Booking | None = None
    retry_after_s: int | None = None

    def __post_init__(self) -> None:
        self.request = Request(self.lane)

    @property
    def cost(self) -> float:
        return sum(unit.cost for unit in self.units)


@dataclass(frozen=True, slots=True)
class Begun:
    """A unit that has had its turn.

    Attributes:
        waited_s: for it.
        first: whether it was the first of its request.
        interactive, batch: units of each lane that began while it waited.
        overdue_interactive, overdue_batch: those of them that began after it had waited for the patience.
        others: cost of the requests of its lane that began while it waited, the dearest of them.
    """

    job: Job
    waited_s: float
    first: bool
    interactive: int
    batch: int
    overdue_interactive: int
    overdue_batch: int
    others: float


class Day:
    """Runs jobs to their end.

    Args:
        limits: bounds of the lanes, or None to let everything in.
    """

    def __init__(self, config: PolicyConfig, jobs: list[Job], limits: dict[Lane, LaneLimits] | None = None) -> None:
        unbounded = {lane: LaneLimits(1_000_000_000) for lane in Lane}
        self.config = config
        self.policy = Policy(config)
        self.admission = Admission(limits or unbounded, config.width)
        self.throughput = Throughput()
        self.begun: list[Begun] = []
        self.longest_s = max(unit.seconds for job in jobs for unit in job.units)
        self.busy_s = 0.0
        self.now = 0.0
        self._number = itertools.count()
        self._events: list[tuple[float, int, Job, bool]] = []
        self._waiting: dict[Request, tuple[Job, int]] = {}
        # What began, in order, with its time: a unit that waits sees a stretch of this.
        self._history: list[tuple[float, Job, float]] = []
        self.jobs = sorted(jobs, key=lambda job: job.at)
        for job in self.jobs:
            self._push(job.at, job, ended=False)

    def run(self) -> "Day":
        """To the end of the last job."""
        while self._events:
            self.now, _, job, ended = heapq.heappop(self._events)
            if ended:
                self._ended(job)
            else:
                self._come(job)
            self._fill_slots()
        return self

    @property
    def utilisation(self) -> float:
        """Busy share of the slots, from the beginning to the end of the last job."""
        return self.busy_s / (self.now * self.config.width)

    def waits(self, lane: Lane, between: tuple[float, float] = (0.0, math.inf)) -> list[float]:
        """Waits for the first turn of the requests that came between two seconds, ascending."""
        return sorted(
            unit.waited_s
            for unit in self.begun
            if unit.job.lane is lane and unit.first and between[0] <= unit.job.at < between[1]
        )

    def _push(self, at: float, job: Job, *, ended: bool) -> None:
        heapq.heappush(self._events, (at, next(self._number), job, ended))

    def _come(self, job: Job) -> None:
        try:
            job.booking = self.admission.admit(job.lane, job.cost, self.throughput.rate)
        except OverloadedError as error:
            job.retry_after_s = error.retry_after_s
        else:
            self.policy.join(job.request)
            self._ask(job)

    def _ask(self, job: Job) -> None:
        self.policy.ask(job.request, job.units[0].cost, self.now)
        self._waiting[job.request] = (job, len(self._history))

    def _ended(self, job: Job) -> None:
        work = job.units.popleft()
        self.busy_s += work.seconds
        self.policy.finish(job.request, work.cost)
        self.throughput.observe(work.cost, work.seconds)
        assert job.booking is not None
        self.admission.charge(job.booking, work.cost)
        job.served.append((self.now, work.cost))
        if job.units:
            self._ask(job)
        else:
            self.admission.leave(job.booking)
            self.policy.leave(job.request)

    def _fill_slots(self) -> None:
        while (request := self.policy.pick(self.now)) is not None:
            job, since = self._waiting.pop(request)
            self.begun.append(self._observe(job, since))
            self._history.append((self.now, job, job.units[0].cost))
            self._push(self.now + job.units[0].seconds, job, ended=True)
        running = sum(self.policy.running(lane) for lane in Lane)
        batch_waits = self.policy.waiting(Lane.BATCH) and not self.config.reserved
        assert running == self.config.width or not (self.policy.waiting(Lane.INTERACTIVE) or batch_waits), (
            "a slot is idle while a unit waits"
        )

    def _observe(self, job: Job, since: int) -> Begun:
        seen = self._history[since:]
        overdue_at = job.request.asked_at + self.config.batch_patience_s
        overdue = [other for at, other, _ in seen if at >= overdue_at]
        others: dict[Job, float] = {}
        for _, other, cost in seen:
            if other.lane is job.lane:
                others[other] = others.get(other, 0.0) + cost
        interactive = sum(other.lane is Lane.INTERACTIVE for _, other, _ in seen)
        return Begun(
            job=job,
            waited_s=self.now - job.request.asked_at,
            first=not job.served,
            interactive=interactive,
            batch=len(seen) - interactive,
            overdue_interactive=sum(other.lane is Lane.INTERACTIVE for other in overdue),
            overdue_batch=sum(other.lane is Lane.BATCH for other in overdue),
            others=max(others.values(), default=0.0),
        )


def first_come_first_served(jobs: Iterable[Job], width: int) -> list[float]:
    """Waits of interactive jobs, ascending, at a server with one lock around its model: whole requests, in order."""
    free_at = [0.0] * width
    waits: list[float] = []
    for job in sorted(jobs, key=lambda job: job.at):
        start = max(job.at, heapq.heappop(free_at))
        heapq.heappush(free_at, start + sum(unit.seconds for unit in job.units))
        if job.lane is Lane.INTERACTIVE:
            waits.append(start - job.at)
    return sorted(waits)


def hourly_costs(jobs: Iterable[Job], lane: Lane) -> Iterator[list[float]]:
    """For each hour, what was served of each request of a lane that wanted to run through all of it; two or more."""
    finished = [job for job in jobs if job.lane is lane and job.served]
    end = max(job.served[-1][0] for job in finished)
    for hour in range(int(end // 3600)):
        start, stop = hour * 3600.0, (hour + 1) * 3600.0
        costs = [
            sum(cost for at, cost in job.served if start < at <= stop)
            for job in finished
            if job.at <= start and job.served[-1][0] > stop
        ]
        if len(costs) > 1:
            yield costs


def jain_index(costs: list[float]) -> float:
    """1 when all have had the same, 1 / n when one has had all."""
    return sum(costs) ** 2 / (len(costs) * sum(cost**2 for cost in costs))


def at_share(values: list[float], share: float) -> float:
    """The value below which `share` of ascending values lie."""
    return values[min(len(values) - 1, int(share * len(values)))]
