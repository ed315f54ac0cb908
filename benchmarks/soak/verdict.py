"""Whether a soak left anything behind. Pure."""

import itertools
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.soak.services import Look

# Growth of the resident memory over the measured time that counts as flat: the larger of a share and a constant. What
# the allocator keeps of one long request is more than nothing, and does not grow with the number of requests.
_FLAT_SHARE = 0.05
_FLAT_MIB = 24.0
# Points that the samples are made into before slopes are taken between them: a film comes and goes within one.
_BLOCKS = 10
# Threads of pools that nobody has needed before, descriptors that a library keeps.
_FEW_THREADS = 4
_FEW_DESCRIPTORS = 3


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that had to be shown.

    Attributes:
        about_memory: a figure that needs time to mean anything.
    """

    what: str
    met: bool
    detail: str
    about_memory: bool = False


@dataclass(frozen=True, slots=True)
class Trend:
    """How a quantity changes.

    Attributes:
        slope: median of the slopes between all pairs of blocks, in units an hour.
        low, high: the middle half of those slopes.
        hours: from the first block to the last.
    """

    slope: float
    low: float
    high: float
    hours: float

    @property
    def growth(self) -> float:
        return self.slope * self.hours


def trend(seconds: Sequence[float], values: Sequence[float]) -> Trend:
    """The Theil-Sen slope of the medians of blocks: films that come and go do not move it.

    Args:
        seconds: moments of the values, growing; four or more.
    """
    blocks = min(_BLOCKS, len(values) // 2)
    edges = [round(index * len(values) / blocks) for index in range(blocks + 1)]
    points = [
        (statistics.median(seconds[a:b]) / 3600, statistics.median(values[a:b])) for a, b in itertools.pairwise(edges)
    ]
    slopes = [(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in itertools.combinations(points, 2)]
    if len(slopes) == 1:
        return Trend(slopes[0], slopes[0], slopes[0], points[-1][0] - points[0][0])
    low, middle, high = statistics.quantiles(slopes, n=4)
    return Trend(middle, low, high, points[-1][0] - points[0][0])


def memory_check(name: str, seconds: Sequence[float], memory_mib: Sequence[float]) -> Check:
    """Whether the resident memory stayed flat after the warm-up.

    Args:
        name: of the service.
        seconds, memory_mib: the samples after the warm-up.
    """
    found = trend(seconds, memory_mib)
    most = max(_FLAT_MIB, _FLAT_SHARE * statistics.median(memory_mib))
    return Check(
        f"{name}: memory flat after the warm-up",
        found.growth <= most,
        f"{statistics.median(memory_mib):.0f} MiB (most {max(memory_mib):.0f}); slope {found.slope:+.1f} MiB/h, middle "
        f"half of the slopes {found.low:+.1f} to {found.high:+.1f}; over {60 * found.hours:.1f} min "
        f"{found.growth:+.1f} MiB, bound {most:.0f}",
        about_memory=True,
    )


def left_behind(name: str, before: Look, after: Look, files: Sequence[str]) -> list[Check]:
    """Whether anything of the load is still there.

    Args:
        name: of the service.
        before: when the warm-up had ended and all was quiet.
        after: when the load has ended and all should be quiet.
        files: that belong to nothing.
    """
    return [
        Check(
            f"{name}: no request is left",
            after.running == after.waiting == 0,
            f"running {after.running}, waiting {after.waiting}",
        ),
        Check(
            f"{name}: no process beyond the engine's own",
            after.children <= before.children,
            f"{before.children} before, {after.children} after",
        ),
        Check(
            f"{name}: threads as after the warm-up",
            after.threads <= before.threads + _FEW_THREADS,
            f"{before.threads} before, {after.threads} after",
        ),
        Check(
            f"{name}: descriptors as after the warm-up",
            after.descriptors <= before.descriptors + _FEW_DESCRIPTORS,
            f"{before.descriptors} before, {after.descriptors} after",
        ),
        Check(f"{name}: no file is left", not files, ", ".join(files[:5]) or "none"),
    ]


def answers_check(done: Mapping[str, int], wrong: Mapping[str, int], errors: Sequence[str]) -> Check:
    """Whether every answer was right: that of every client that waited for it."""
    detail = "; ".join(errors[:3]) or f"{sum(done.values())} answers checked"
    return Check("every answer was right", not any(wrong.values()) and any(done.values()), detail)
