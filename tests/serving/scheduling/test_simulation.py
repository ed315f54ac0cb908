"""Twenty-four hours of mixed load on the pure policy: nothing starves, and interactive work waits as long as it may.

`pytest -s` prints the figures.
"""

import random
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from tests.serving.scheduling.simulation import (
    Day,
    Job,
    Work,
    at_share,
    first_come_first_served,
    hourly_costs,
    jain_index,
)
from voice_stack.serving.scheduling.admission import LaneLimits
from voice_stack.serving.scheduling.policy import Lane, PolicyConfig

_DAY_S = 24 * 3600.0
# In this hour commands come faster than the engine can answer them.
_STORM_S = (18 * 3600.0, 19 * 3600.0)
_LIMITS = {Lane.INTERACTIVE: LaneLimits(64, 20.0), Lane.BATCH: LaneLimits(256)}
# Shares of the mean that one unit takes at the least and at the most.
_SPREAD = (0.7, 1.3)

# Seconds of a 30 s window of Whisper small on two cores: both for one window, or one each for two.
_WINDOW_S = {1: 4.0, 2: 5.3}
# Characters a second, of one slot, for an engine that speaks a little faster than real time.
_CHARACTERS_S = {1: 22.0, 2: 16.0}


class Load(NamedTuple):
    """Jobs of a day, the quantum for them, and the longest time that a unit may take."""

    jobs: list[Job]
    quantum: float
    longest_s: float


def _arrivals(chance: random.Random, every_s: float, storm_every_s: float) -> Iterator[float]:
    """A Poisson process that is faster in the storm."""
    now = 0.0
    while now < _DAY_S:
        now += chance.expovariate(1 / (storm_every_s if _STORM_S[0] <= now < _STORM_S[1] else every_s))
        yield now


def _job(chance: random.Random, lane: Lane, at: float, costs: list[float], rate: float) -> Job:
    return Job(lane, at, deque(Work(cost, cost / rate * chance.uniform(*_SPREAD)) for cost in costs))


def listening(width: int) -> Load:
    """Voice commands, and films of two hours in seasons of twelve, as Bazarr sends them."""
    chance, rate = random.Random(width), 30.0 / _WINDOW_S[width]
    # A short clip costs Whisper a whole window.
    commands = (_job(chance, Lane.INTERACTIVE, at, [30.0], rate) for at in _arrivals(chance, 30.0, 2.5))
    seasons = [chance.uniform(0, 0.8 * _DAY_S) for _ in range(6 * width)]
    films = (_job(chance, Lane.BATCH, at + n, [30.0] * 240, rate) for at in seasons for n in range(12))
    return Load([*commands, *films], quantum=30.0, longest_s=30.0 / rate * _SPREAD[1])


def speaking(width: int) -> Load:
    """Answers of one to three sentences, and books of about 400 000 characters."""
    chance, rate = random.Random(10 + width), _CHARACTERS_S[width]

    def sentences(count: int, longest: int) -> list[float]:
        return [float(chance.randint(20, longest)) for _ in range(count)]

    answers = (
        _job(chance, Lane.INTERACTIVE, at, sentences(chance.randint(1, 3), 120), rate)
        for at in _arrivals(chance, 60.0, 6.0)
    )
    starts = [chance.uniform(0, 0.5 * _DAY_S) for _ in range(3 * width)]
    books = (_job(chance, Lane.BATCH, at, sentences(4000, 180), rate) for at in starts)
    return Load([*answers, *books], quantum=200.0, longest_s=180.0 / rate * _SPREAD[1])


@pytest.mark.parametrize("width", [1, 2])
@pytest.mark.parametrize("load", [listening, speaking])
def test_a_day_of_mixed_load(load: Callable[[int], Load], width: int) -> None:
    jobs, quantum, longest_s = load(width)
    naive = first_come_first_served(jobs, width)
    dearest = max(unit.cost for job in jobs for unit in job.units)
    config = PolicyConfig(width=width, quantum=quantum)
    done = Day(config, jobs, _LIMITS).run()
    units = {lane: [unit for unit in done.begun if unit.job.lane is lane] for lane in Lane}
    refused = [job for job in jobs if job.retry_after_s is not None]
    storm = done.waits(Lane.INTERACTIVE, _STORM_S)
    calm = done.waits(Lane.INTERACTIVE, (0.0, _STORM_S[0]))
    hours = list(hourly_costs(jobs, Lane.BATCH))
    run = config.interactive_run

    def quantiles(waits: list[float]) -> str:
        return f"p50 {at_share(waits, 0.5):.2f} s, p99 {at_share(waits, 0.99):.2f} s, max {waits[-1]:.2f} s"

    print(
        f"\n{load.__name__}, width {width}: {len(calm)} + {len(storm)} interactive requests before and in the storm, "
        f"{len(refused)} refused; {sum(job.lane is Lane.BATCH for job in jobs)} batch requests of "
        f"{len(units[Lane.BATCH])} units; longest unit {longest_s:.1f} s"
        f"\n  interactive wait: {quantiles(calm)}; in the storm {quantiles(storm)}"
        f"\n  the same behind one lock: {quantiles(naive)}"
        f"\n  longest wait of a batch unit {max(unit.waited_s for unit in units[Lane.BATCH]):.1f} s; utilisation "
        f"{done.utilisation:.3f}; Jain's fairness index among batch requests: worst hour "
        f"{min(map(jain_index, hours)):.4f}, mean {sum(map(jain_index, hours)) / len(hours):.4f}"
    )

    # Nothing that was let in starves or is lost, and only the storm sends anybody away.
    assert all(bool(job.units) == (job.retry_after_s is not None) for job in jobs)
    assert refused
    assert all(job.lane is Lane.INTERACTIVE and (job.retry_after_s or 0) >= 1 for job in refused)
    assert all(done.admission.count(lane) == 0 for lane in Lane)
    # Interactive units: what the policy promises, one by one.
    for unit in units[Lane.INTERACTIVE]:
        assert unit.batch <= 1 + unit.interactive // run
        assert unit.waited_s <= longest_s * (1 + (unit.interactive + unit.batch) / width) + 1e-6
    # And in seconds: they wait for the bounded queue before them, the batch lane's part of it, and what runs.
    bound_s = _LIMITS[Lane.INTERACTIVE].max_work_s * _SPREAD[1] * (1 + 1 / run) + 2 * longest_s
    assert max(calm[-1], storm[-1]) <= bound_s
    # Batch units: once overdue, no more than the agreed number of interactive ones for each turn of the lane; and no
    # other request of the lane gets far ahead.
    for unit in units[Lane.BATCH]:
        assert unit.overdue_interactive <= run * (unit.overdue_batch + 1)
        assert unit.others <= 2 * (quantum + dearest)
    assert all(max(costs) - min(costs) <= 2 * (quantum + dearest) for costs in hours)
    # In every ten minutes of the storm some batch work was done.
    served = {at // 600 for job in jobs if job.lane is Lane.BATCH for at, _ in job.served}
    assert {_STORM_S[0] // 600 + n for n in range(6)} <= served


def test_a_reserved_slot_trades_batch_throughput_for_waits() -> None:
    """The measurement behind the default."""
    waits, hours = {}, {}
    for reserved in (0, 1):
        jobs, quantum, longest_s = listening(2)
        jobs = [job for job in jobs if not _STORM_S[0] <= job.at < _STORM_S[1]]
        done = Day(PolicyConfig(width=2, quantum=quantum, reserved=reserved), jobs).run()
        starts = done.waits(Lane.INTERACTIVE)
        waits[reserved] = sum(starts) / len(starts) / longest_s
        films = sorted(job.served[-1][0] - job.at for job in jobs if job.lane is Lane.BATCH)
        hours[reserved] = at_share(films, 0.5) / 3600
        print(
            f"\nwidth 2, {reserved} reserved: mean interactive wait {waits[reserved]:.2f} longest units, "
            f"median film after {hours[reserved]:.1f} h"
        )
    assert waits[1] < 0.1 < waits[0] < 0.5
    assert hours[1] > 1.5 * hours[0]
