"""What a measure gives: figures with their spread, and whether the goal is met."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound for the median of a figure, itself included.

    Attributes:
        least: whether the figure must reach the bound instead of staying below it.
    """

    bound: float
    least: bool = False

    def is_met(self, value: float) -> bool:
        return value >= self.bound if self.least else value <= self.bound

    def __str__(self) -> str:
        return f"{'at least' if self.least else 'at most'} {self.bound:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """A ratio with its spread, or a plain figure.

    Attributes:
        what: in words.
        values: one for each repetition.
        unit: `x` for ratios.
        detail: the absolute figures behind it, in words.
        goal: for the median, where there is one.
        absolutes: the same as numbers, by name; one for each repetition.
    """

    what: str
    values: Sequence[float]
    unit: str = "x"
    detail: str = ""
    goal: Goal | None = None
    absolutes: Mapping[str, Sequence[float]] = field(default_factory=dict)

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def verdict(self) -> str:
        """`met`, `not met`, or nothing without a goal."""
        if self.goal is None:
            return ""
        return "met" if self.goal.is_met(self.median) else "not met"


@dataclass(frozen=True, slots=True)
class Curve:
    """A line of a plot.

    Attributes:
        label: in the legend.
        points: x and the repetitions at it.
    """

    label: str
    points: Mapping[float, Sequence[float]]


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture of measured values.

    Attributes:
        name: of the file, without its ending.
        logarithmic: the y axis.
    """

    name: str
    title: str
    x: str
    y: str
    curves: Sequence[Curve]
    logarithmic: bool = False


@dataclass(slots=True)
class Findings:
    """What one measure found; filled as it goes, so that a failure loses nothing.

    Attributes:
        used: what it was measured with, in words, besides what holds for all.
    """

    used: list[str] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    plots: list[Plot] = field(default_factory=list)


def timed(work: Callable[[], object]) -> float:
    """Seconds of wall time."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def ratio(
    what: str, ours: Sequence[float], theirs: Sequence[float], *, unit: str = "s", goal: Goal | None = None
) -> Figure:
    """A figure out of pairs that were measured in turns.

    Args:
        unit: `s`, `ms` or whatever both sides are in; milliseconds are shown for seconds when asked for.
    """
    factor, shown = (1000, "ms") if unit == "ms" else (1, unit)
    middles = [f"{_short(statistics.median(side) * factor)} {shown}" for side in (ours, theirs)]
    return Figure(
        what,
        [a / b for a, b in zip(ours, theirs, strict=True)],
        detail=" against ".join(middles),
        goal=goal,
        absolutes={"ours": list(ours), "theirs": list(theirs)},
    )


def _short(value: float) -> str:
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"
