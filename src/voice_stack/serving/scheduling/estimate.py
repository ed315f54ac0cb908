"""Meters of an engine's rate and of its queue's waits: pure, time passed in."""

import math
from collections import deque


class Throughput:
    """Cost that one slot of an engine works off in a second of compute.

    An exponentially weighted mean in which what was computed `half_life_s` of compute ago counts half.
    """

    def __init__(self, half_life_s: float = 120.0) -> None:
        self._half_life_s = half_life_s
        self._cost = 0.0
        self._seconds = 0.0

    def observe(self, cost: float, seconds: float) -> None:
        """A unit has ended.

        Args:
            cost: in the engine's unit of cost.
            seconds: that it ran.
        """
        seconds = max(seconds, 0.0)
        kept = 0.5 ** (seconds / self._half_life_s)
        self._cost = self._cost * kept + cost
        self._seconds = self._seconds * kept + seconds

    @property
    def rate(self) -> float | None:
        """Cost a second of one slot, > 0; None before anything was measured."""
        if self._cost > 0 and self._seconds > 0:
            return self._cost / self._seconds
        return None


class BusyShare:
    """Share of the slots' time that was spent running, lately.

    Args:
        width: slots.
        now: seconds.
        window_s: how far back `share` looks.
    """

    _STEP_S = 1.0

    def __init__(self, width: int, now: float, window_s: float = 60.0) -> None:
        self._width = width
        self._window_s = window_s
        self._running = 0
        self._at = now
        self._busy_s = 0.0  # slots times seconds, since the beginning
        self._marks: deque[tuple[float, float]] = deque([(now, 0.0)])

    @property
    def running(self) -> int:
        """Slots that run now."""
        return self._running

    def change(self, by: int, now: float) -> None:
        """Slots have begun (`by` > 0) or ended to run."""
        self._advance(now)
        self._running += by

    def share(self, now: float) -> float:
        """0..1: the busy part of the last `window_s`, or of the time since the beginning while that is shorter."""
        self._advance(now)
        since, busy_s = self._marks[0]
        if len(self._marks) > 1 and now - since > self._window_s:
            # The window begins between two marks; all that is kept of the time between them is its mean.
            after, busy_after = self._marks[1]
            start = min(now - self._window_s, after)
            busy_s += (busy_after - busy_s) * (start - since) / (after - since)
            since = start
        return min(1.0, (self._busy_s - busy_s) / (self._width * (now - since))) if now > since else 0.0

    def _advance(self, now: float) -> None:
        self._busy_s += self._running * (now - self._at)
        self._at = now
        if now - self._marks[-1][0] >= self._STEP_S:
            self._marks.append((now, self._busy_s))
        while len(self._marks) > 1 and self._marks[1][0] <= now - self._window_s:
            self._marks.popleft()


class RecentWaits:
    """Quantiles of the last waits.

    Args:
        kept: how many waits are remembered.
    """

    def __init__(self, kept: int = 512) -> None:
        self._seconds: deque[float] = deque(maxlen=kept)

    def add(self, seconds: float) -> None:
        """Count a wait."""
        self._seconds.append(seconds)

    def quantile(self, share: float) -> float:
        """The wait that `share` (0 < share <= 1) of the remembered ones do not exceed; 0 when there are none."""
        if not self._seconds:
            return 0.0
        ordered = sorted(self._seconds)
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
