"""Error rates of speaker verification, and how sure they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_SAMPLES: Final = 1000


@dataclass(frozen=True, slots=True)
class Scores:
    """Trials that were scored; all arrays are (trials,).

    Attributes:
        values: similarities.
        is_same: whether a trial is of one speaker.
        a, b: its speakers.
    """

    values: NDArray[np.float64]
    is_same: NDArray[np.bool_]
    a: NDArray[np.str_]
    b: NDArray[np.str_]

    def of(self, chosen: NDArray[np.bool_]) -> "Scores":
        """Some of the trials."""
        return Scores(self.values[chosen], self.is_same[chosen], self.a[chosen], self.b[chosen])


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % confidence interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2%} [{self.low:.2%}, {self.high:.2%}]"


def equal_error(scores: Scores, weights: NDArray[np.float64] | None = None) -> tuple[float, float]:
    """Equal error rate, 0 to 1, and the threshold that has it: the middle between the scores where the errors cross.

    Args:
        weights: (trials,) how often each trial counts.
    """
    weights = np.ones(len(scores.values)) if weights is None else weights
    order = np.argsort(scores.values)
    values, same = scores.values[order], scores.is_same[order]
    of_same, of_others = weights[order] * same, weights[order] * ~same
    # Refusing everything below position k: k = 0 refuses nothing.
    missed = np.concatenate([[0.0], np.cumsum(of_same)]) / of_same.sum()
    taken = 1 - np.concatenate([[0.0], np.cumsum(of_others)]) / of_others.sum()
    gap = np.abs(missed - taken)
    best = np.flatnonzero(gap <= gap.min() + 1e-12)
    # Where several thresholds are as good, the middle of them: as far from both kinds as can be.
    below = values[max(0, best[0] - 1)]
    above = values[min(len(values) - 1, best[-1])]
    at = int(best[len(best) // 2])
    return float((missed[at] + taken[at]) / 2), float((below + above) / 2)


def accuracy(scores: Scores, threshold: float, weights: NDArray[np.float64] | None = None) -> float:
    """Share of the trials that are decided rightly at a threshold."""
    right = (scores.values >= threshold) == scores.is_same
    return float(np.average(right, weights=weights))


def leave_one_out(scores: Scores) -> float:
    """Share of the trials decided rightly, each speaker's at a threshold from the trials that he or she is not in."""
    right = counted = 0
    for speaker in sorted(set(scores.a[scores.is_same])):
        mine = (scores.a == speaker) | (scores.b == speaker)
        _, threshold = equal_error(scores.of(~mine))
        right += int((((scores.values >= threshold) == scores.is_same) & mine).sum())
        counted += int(mine.sum())
    return right / counted


def interval(
    scores: Scores, figure: Callable[[Scores, NDArray[np.float64]], float], seed: int = 0, samples: int = _SAMPLES
) -> Interval:
    """A figure with an interval by the bootstrap over speakers: whole speakers are drawn again, with all their trials.

    Trials of one speaker are no independent evidence, so drawing trials would make the interval too narrow.
    """
    random = np.random.default_rng(seed)
    names = np.array(sorted({*scores.a, *scores.b}))
    index = {name: at for at, name in enumerate(names)}
    a, b = np.array([index[name] for name in scores.a]), np.array([index[name] for name in scores.b])
    found: list[float] = []
    while len(found) < samples:
        counts = np.bincount(random.integers(0, len(names), len(names)), minlength=len(names)).astype(np.float64)
        weights = np.where(a == b, counts[a], counts[a] * counts[b])
        if weights[scores.is_same].sum() and weights[~scores.is_same].sum():
            found.append(figure(scores, weights))
    low, high = np.quantile(found, (0.025, 0.975))
    return Interval(figure(scores, np.ones(len(scores.values))), float(low), float(high))


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows as a table of Markdown; the first is the heading."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])
