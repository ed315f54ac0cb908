"""Means, shares and how sure they are. Pure functions of numbers; what is drawn is drawn from a fixed seed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from voice_stack.lab.evaluation.values import Errors

CONFIDENCE: Final = 0.95

_DRAWS: Final = 4000
_SEED: Final = 20
# Draws that are held in memory at once.
_BLOCK: Final = 2_000_000
_Z: Final = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % confidence interval.

    Attributes:
        low, high: bounds; None where there are too few values to tell.
        count: values that it rests on.
    """

    value: float
    low: float | None
    high: float | None
    count: int


def mean(values: Sequence[float]) -> Estimate | None:
    """Mean of values, by the percentile bootstrap over them; None without values."""
    if not values:
        return None
    return _bootstrapped(np.asarray(values, np.float64), np.ones(len(values)))


def pooled(errors: Sequence[Errors]) -> Estimate | None:
    """Errors of all files for each item of all their texts, by the bootstrap over files; None without files."""
    if not errors:
        return None
    wrong, total = (np.array([getattr(one, name) for one in errors], np.float64) for name in ("wrong", "total"))
    return _bootstrapped(wrong, total)


def _bootstrapped(
    numerators: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    denominators: "np.ndarray[tuple[int], np.dtype[np.float64]]",
) -> Estimate:
    count = len(numerators)
    value = float(numerators.sum() / denominators.sum())
    if count < 2:
        return Estimate(value, None, None, count)
    generator = np.random.default_rng(_SEED)
    drawn: list[float] = []
    while len(drawn) < _DRAWS:
        rows = min(_DRAWS - len(drawn), max(1, _BLOCK // count))
        picked = generator.integers(0, count, (rows, count))
        drawn += (numerators[picked].sum(axis=1) / denominators[picked].sum(axis=1)).tolist()
    tail = (1 - CONFIDENCE) / 2 * 100
    low, high = np.percentile(drawn, [tail, 100 - tail])
    return Estimate(value, float(low), float(high), count)


def share(successes: int, trials: int) -> Estimate | None:
    """Share of successes, with Wilson's interval; None without trials.

    Wilson, "Probable inference, the law of succession, and statistical inference" (1927).
    """
    if trials == 0:
        return None
    p, z2 = successes / trials, _Z**2
    middle = (p + z2 / (2 * trials)) / (1 + z2 / trials)
    reach = _Z / (1 + z2 / trials) * math.sqrt(p * (1 - p) / trials + z2 / (4 * trials**2))
    return Estimate(p, max(0.0, middle - reach), min(1.0, middle + reach), trials)


def binomial_p(successes: int, trials: int) -> float:
    """Probability of a share at least as far from one half, had nobody heard a difference: exact, two-sided."""
    if trials == 0:
        return 1.0
    extreme = max(successes, trials - successes)
    tail = sum(math.comb(trials, k) for k in range(extreme, trials + 1))
    return float(min(1.0, 2 * tail / 2**trials))
