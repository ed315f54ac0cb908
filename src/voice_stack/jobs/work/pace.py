"""Pace of jobs, and estimates of when one is over. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

_NEWEST_WEIGHT = 0.3
# Seconds of a run below which its own speed says nothing.
_TELLING_S = 2.0


class Pace:
    """The speed of each kind of job: seconds of audio in a second of running, a moving average."""

    def __init__(self) -> None:
        self._speeds: dict[str, float] = {}

    def observe(self, kind: str, audio_s: float, wall_s: float) -> None:
        """Add a run that has ended well.

        Args:
            audio_s: done in this attempt.
            wall_s: that it took.
        """
        if audio_s <= 0 or wall_s <= 0:
            return
        speed = audio_s / wall_s
        old = self._speeds.get(kind, speed)
        self._speeds[kind] = old + _NEWEST_WEIGHT * (speed - old)

    def speed(self, kind: str) -> float | None:
        """Seconds of audio in a second of running; None when no job of this kind has ended well."""
        return self._speeds.get(kind)


@dataclass(frozen=True, slots=True)
class Load:
    """A job that is to be reckoned with.

    Attributes:
        left_s: seconds of audio it has before it; None when unknown.
    """

    kind: str
    left_s: float | None


def running_seconds_left(
    pace: Pace, kind: str, *, done_s: float, total_s: float | None, done_before_s: float, wall_s: float
) -> float | None:
    """Seconds until a running job is over.

    Args:
        done_s, total_s: seconds of audio done, and in all.
        done_before_s: of them, done by earlier attempts.
        wall_s: since this attempt began.
    """
    if total_s is None:
        return None
    left = max(0.0, total_s - done_s)
    gained = done_s - done_before_s
    speed = gained / wall_s if wall_s >= _TELLING_S and gained > 0 else pace.speed(kind)
    return None if speed is None else left / speed


def queued_seconds_left(pace: Pace, own: Load, ahead: Sequence[Load], workers: int) -> float | None:
    """Seconds until a waiting job is over, when `workers` jobs run at once; None when too little is known."""
    waits = 0.0
    for load in ahead:
        needs = _needs(pace, load)
        if needs is None:
            return None
        waits += needs
    needs = _needs(pace, own)
    return None if needs is None else waits / workers + needs


def _needs(pace: Pace, load: Load) -> float | None:
    speed = pace.speed(load.kind)
    return None if speed is None or load.left_s is None else load.left_s / speed
