"""Choice of the unit that runs next: pure, without threads and without a clock.

Two lanes. An interactive unit goes before every batch unit; inside a lane, requests share by cost.

**Fair**: deficit round-robin (Shreedhar and Varghese, 1995), in arrears. A waiting request may run while it has
credit. A unit takes its estimated cost from the credit when it begins and the difference to its actual cost when it
ends, so wrong estimates buy nothing. Of those of a lane who have credit, urgent ones go first, whose audio comes as it
is spoken; what that takes is bounded by their credit, with a quantum of which they begin. When nobody who waits has
credit left, a new round gives every request one quantum more, up to one quantum: also to those between two units, whose
threads come back a moment later. Who comes late has no claim on the past, and who pauses has one of a quantum. Two
requests of a lane that both always want to run, on a width of 1, differ in cost by less than 2 (quantum + longest
unit).

**Bounded interactive wait**: with k = `interactive_run`, an interactive unit that sees n others of its lane begin while
it waits sees at most 1 + n // k batch units begin. All slots are busy meanwhile; so with U the longest unit in seconds
it waits at most U (1 + (n + 1 + n // k) / width). For a lone command (n = 0) that is U (1 + 1 / width): a running unit,
and one overdue batch unit at the worst. No other request of its lane takes more than 2 (quantum + longest unit) of cost
before it, and requests of one unit run in the order they came.

**No starvation**: once a batch unit has waited `batch_patience_s`, the batch lane has a turn after every k interactive
ones in a row, which is 1 / (k + 1) of all turns for as long as it is behind. Whose turn that is, the round says.

**Work-conserving**: no slot is idle while a unit waits, but for slots that `reserved` keeps from batch work; off by
default. On a width of 1 a reserved slot would shut batch out. On a width of 2 it leaves half of the machine idle in
order to save a command a third of a unit on average; and with more width both the loss and the gain are smaller.
"""

import math
from dataclasses import dataclass, field
from enum import StrEnum

# The least that a unit costs, of a quantum: a request of free units would never end its round.
_LEAST_SHARE = 0.01


class Lane(StrEnum):
    """Urgency of a request."""

    INTERACTIVE = "interactive"
    """Somebody waits for it: short audio, short text, live sessions."""
    BATCH = "batch"
    """Jobs, subtitles, long files."""


@dataclass(frozen=True, slots=True)
class PolicyConfig:
    """The rules.

    Attributes:
        width: units that run at once, >= 1.
        quantum: credit of a request in each round, > 0, in the engine's unit of cost (seconds of audio, characters):
            about one full unit of work.
        reserved: slots that batch units leave free, below `width`.
        batch_patience_s: seconds that a batch unit waits before the batch lane may go before interactive ones.
        interactive_run: interactive units in a row, >= 1, before which an overdue batch lane has no turn.
    """

    width: int = 1
    quantum: float = 30.0
    reserved: int = 0
    batch_patience_s: float = 20.0
    interactive_run: int = 4

    def __post_init__(self) -> None:
        if self.width < 1:
            raise ValueError(f"width must be at least 1, not {self.width}")
        if not 0 <= self.reserved < self.width:
            raise ValueError(f"reserved must be at least 0 and below the width {self.width}, not {self.reserved}")
        if not 0 < self.quantum < math.inf:
            raise ValueError(f"quantum must be above 0, not {self.quantum}")
        if not self.batch_patience_s >= 0:
            raise ValueError(f"batch_patience_s must be at least 0, not {self.batch_patience_s}")
        if self.interactive_run < 1:
            raise ValueError(f"interactive_run must be at least 1, not {self.interactive_run}")


@dataclass(slots=True, eq=False)
class Request:
    """A request as the policy sees it; at most one unit of it waits or runs.

    Attributes:
        credit: cost that it may still run, at most a quantum; below 0 it has run too much.
        asked_at: when its waiting unit asked.
        cost: estimated cost of the unit that waits or runs.
        urgency: above 0 where its audio comes as it is spoken; of those who may run the most urgent does.
    """

    lane: Lane
    credit: float = 0.0
    asked_at: float = 0.0
    cost: float = 0.0
    urgency: int = 0


@dataclass(slots=True)
class _Queue:
    """A lane. The dicts are used as sets that keep their order; `waiting` is in the order of asking."""

    members: dict[Request, None] = field(default_factory=dict)
    waiting: dict[Request, None] = field(default_factory=dict)
    running: dict[Request, None] = field(default_factory=dict)


class Policy:
    """The state of the queue at one engine. Not thread-safe.

    `join`, `ask`, then `pick` until it gives None; `finish` when a unit has ended, and `pick` again; `leave`. A request
    that has its next unit at hand asks between `finish` and `pick`, and then competes with those who wait.
    """

    def __init__(self, config: PolicyConfig) -> None:
        self.config = config
        self._queues = {lane: _Queue() for lane in Lane}
        # Interactive units that have begun since the last batch unit began.
        self._interactive_run = 0

    def waiting(self, lane: Lane) -> int:
        """Units of a lane that wait."""
        return len(self._queues[lane].waiting)

    def running(self, lane: Lane) -> int:
        """Units of a lane that run."""
        return len(self._queues[lane].running)

    @property
    def free_slots(self) -> int:
        """Slots that nobody has."""
        return self.config.width - sum(len(queue.running) for queue in self._queues.values())

    def longest_wait_s(self, lane: Lane, now: float) -> float:
        """Seconds that the oldest unit that waits in a lane has waited; 0 when none does."""
        oldest = next(iter(self._queues[lane].waiting), None)
        return now - oldest.asked_at if oldest else 0.0

    def join(self, request: Request) -> None:
        """A request is there; it may ask."""
        if request.urgency:
            request.credit = self.config.quantum
        self._queues[request.lane].members[request] = None

    def leave(self, request: Request) -> None:
        """A request that neither waits nor runs is there no longer. Idempotent."""
        self._queues[request.lane].members.pop(request, None)

    def move(self, request: Request, lane: Lane) -> None:
        """A request that neither waits nor runs goes over to another lane; credit stays behind, debt goes along."""
        self.leave(request)
        request.lane = lane
        request.credit = min(request.credit, 0.0)
        self.join(request)

    def ask(self, request: Request, cost: float, now: float) -> None:
        """A request wants to run its next unit.

        Args:
            cost: estimate, >= 0.
            now: seconds; never less than at the call before.
        """
        queue = self._queues[request.lane]
        if request not in queue.members:
            raise ValueError("a request joins before it asks")
        if request in queue.waiting or request in queue.running:
            raise ValueError("a request runs its units one after the other")
        request.asked_at = now
        request.cost = cost
        queue.waiting[request] = None

    def withdraw(self, request: Request) -> None:
        """A request that waits does so no longer."""
        del self._queues[request.lane].waiting[request]

    def pick(self, now: float) -> Request | None:
        """Let the next unit begin; None when none waits that may."""
        lane = self._next_lane(now)
        if lane is None:
            return None
        self._interactive_run = self._interactive_run + 1 if lane is Lane.INTERACTIVE else 0
        queue = self._queues[lane]
        request = self._next_request(queue)
        del queue.waiting[request]
        queue.running[request] = None
        request.credit -= self._charged(request.cost)
        return request

    def finish(self, request: Request, cost: float) -> None:
        """A running unit has ended.

        Args:
            cost: what it really was, >= 0.
        """
        queue = self._queues[request.lane]
        del queue.running[request]
        returned = self._charged(request.cost) - self._charged(cost)
        request.credit = min(request.credit + returned, self.config.quantum)
        if not queue.waiting and not queue.running:
            request.credit = max(request.credit, 0.0)  # it took nothing from anybody

    def _charged(self, cost: float) -> float:
        return max(cost, _LEAST_SHARE * self.config.quantum)

    def _next_lane(self, now: float) -> Lane | None:
        interactive, batch = self._queues[Lane.INTERACTIVE], self._queues[Lane.BATCH]
        if not self.free_slots:
            return None
        admits_batch = bool(batch.waiting) and len(batch.running) < self.config.width - self.config.reserved
        if not interactive.waiting:
            return Lane.BATCH if admits_batch else None
        overdue = self.longest_wait_s(Lane.BATCH, now) >= self.config.batch_patience_s
        if admits_batch and overdue and self._interactive_run >= self.config.interactive_run:
            return Lane.BATCH
        return Lane.INTERACTIVE

    def _next_request(self, queue: _Queue) -> Request:
        while True:
            ready = [request for request in queue.waiting if request.credit > 0]
            if ready:
                return max(ready, key=lambda request: request.urgency)  # of several the first
            self._new_round(queue)

    def _new_round(self, queue: _Queue) -> None:
        """Give every request its quantum: as many at once as it takes for one that waits to have credit."""
        quantum = self.config.quantum
        quanta = min(math.floor(-request.credit / quantum) + 1 for request in queue.waiting)
        for request in queue.members:
            # One that runs all the time, or hardly ever, does not need it and must not hoard it.
            request.credit = min(request.credit + quanta * quantum, quantum)
