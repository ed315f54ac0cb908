"""Answers to results. Pure."""

import csv
import io
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from voice_stack.lab.evaluation.statistics import Estimate, binomial_p, mean, share
from voice_stack.lab.listening.answers import Answer
from voice_stack.lab.listening.design import Method

Pair = tuple[str, str]


def ratings(answers: Sequence[Answer]) -> dict[str, Estimate]:
    """Mean opinion score of each system, the best first, with a bootstrap interval over its ratings."""
    found: dict[str, list[float]] = defaultdict(list)
    for answer in answers:
        found[answer.systems[0]].append(float(answer.value))
    estimates = {system: estimate for system, values in found.items() if (estimate := mean(values)) is not None}
    return dict(sorted(estimates.items(), key=lambda pair: -pair[1].value))


def preferences(answers: Sequence[Answer]) -> dict[Pair, tuple[Estimate, float]]:
    """Share of the first of each pair of systems, with Wilson's interval; and how probable one like it is by chance."""
    counts: dict[Pair, list[int]] = defaultdict(lambda: [0, 0])
    for answer in answers:
        first, second = sorted(answer.systems[:2])
        chosen = answer.systems["AB".index(answer.value)]
        counts[first, second][0] += chosen == first
        counts[first, second][1] += 1
    return _shares(counts)


def recognitions(answers: Sequence[Answer]) -> dict[Pair, tuple[Estimate, float]]:
    """Share of right answers (which one is X?) of each pair; and the probability of such a share by guessing."""
    counts: dict[Pair, list[int]] = defaultdict(lambda: [0, 0])
    for answer in answers:
        first, second = sorted(answer.systems[:2])
        counts[first, second][0] += answer.systems["AB".index(answer.value)] == answer.systems[2]
        counts[first, second][1] += 1
    return _shares(counts)


def results_json(method: Method, answers: Sequence[Answer]) -> dict[str, Any]:
    """All results, and what they rest on."""
    body: dict[str, Any] = {
        "method": str(method),
        "listeners": len({answer.listener for answer in answers}),
        "answers": len(answers),
        "confidence": 0.95,
    }
    if method is Method.MOS:
        body["systems"] = [{"system": system, **_estimate(one)} for system, one in ratings(answers).items()]
    else:
        compared = preferences(answers) if method is Method.AB else recognitions(answers)
        what = "first_preferred" if method is Method.AB else "right"
        body["pairs"] = [
            {"first": pair[0], "second": pair[1], what: _estimate(found), "p": p}
            for pair, (found, p) in sorted(compared.items())
        ]
    return body


def answers_csv(answers: Sequence[Answer]) -> str:
    """A line an answer."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["listener", "name", "trial", "sample", "a", "b", "x", "value"])
    for one in answers:
        systems = (*one.systems, "", "")[:3]
        writer.writerow([one.listener, one.name, one.trial, one.sample, *systems, one.value])
    return text.getvalue()


def _shares(counts: dict[Pair, list[int]]) -> dict[Pair, tuple[Estimate, float]]:
    found = {}
    for pair, (successes, count) in counts.items():
        estimate = share(successes, count)
        if estimate is not None:
            found[pair] = estimate, binomial_p(successes, count)
    return found


def _estimate(one: Estimate) -> dict[str, Any]:
    return asdict(one)
