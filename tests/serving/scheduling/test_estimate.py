"""The meters, on a clock of the tests."""

import random

import pytest

from voice_stack.serving.scheduling.estimate import BusyShare, RecentWaits, Throughput


def test_throughput_is_unknown_at_first() -> None:
    throughput = Throughput()
    assert throughput.rate is None
    throughput.observe(0.0, 3.0)
    assert throughput.rate is None
    throughput.observe(0.0, 0.0)
    assert throughput.rate is None


def test_throughput_is_cost_over_time_whatever_the_sizes_are() -> None:
    throughput = Throughput()
    for seconds in (0.01, 5.0, 0.3, 40.0):
        throughput.observe(20.0 * seconds, seconds)
    assert throughput.rate == pytest.approx(20.0)


def test_a_long_unit_weighs_more_than_a_short_one() -> None:
    throughput = Throughput(half_life_s=1000.0)
    throughput.observe(100.0, 10.0)
    throughput.observe(0.1, 0.1)
    assert throughput.rate == pytest.approx(10.0, rel=0.02)


def test_throughput_forgets_by_half_in_its_half_life() -> None:
    throughput = Throughput(half_life_s=60.0)
    for _ in range(1000):
        throughput.observe(10.0, 1.0)
    for _ in range(60):
        throughput.observe(30.0, 1.0)
    assert throughput.rate == pytest.approx(20.0, rel=0.01)


def test_an_idle_engine_has_no_busy_share() -> None:
    busy = BusyShare(2, now=5.0)
    assert busy.share(5.0) == 0.0
    assert busy.share(500.0) == 0.0


def test_the_busy_share_counts_slots() -> None:
    busy = BusyShare(2, now=0.0)
    busy.change(+1, 0.0)
    assert busy.share(10.0) == pytest.approx(0.5)
    busy.change(+1, 10.0)
    busy.change(-2, 20.0)
    assert busy.share(20.0) == pytest.approx(0.75)
    assert busy.running == 0


def test_the_busy_share_is_that_of_the_last_minute() -> None:
    busy = BusyShare(1, now=0.0)
    busy.change(+1, 0.0)
    busy.change(-1, 600.0)
    assert busy.share(600.0) == pytest.approx(1.0)
    assert busy.share(630.0) == pytest.approx(0.5, abs=0.02)
    assert busy.share(700.0) == pytest.approx(0.0)


def test_the_busy_share_of_many_short_units_is_right_and_small_to_keep() -> None:
    chance, now, busy_s = random.Random(1), 0.0, []
    busy = BusyShare(1, now=0.0)
    while now < 300.0:
        end = now + chance.uniform(0.001, 0.02)
        busy.change(+1, now)
        busy.change(-1, end)
        busy_s.append((now, end))
        now = end + chance.uniform(0.001, 0.02)
    exact = sum(end - start for start, end in busy_s if start >= now - 60.0) / 60.0
    assert busy.share(now) == pytest.approx(exact, abs=0.02)
    assert len(busy._marks) < 70


def test_quantiles_of_waits() -> None:
    waits = RecentWaits(kept=100)
    assert waits.quantile(0.5) == 0.0
    for seconds in range(1000):
        waits.add(float(seconds))
    assert [waits.quantile(share) for share in (0.01, 0.5, 0.95, 1.0)] == [900.0, 949.0, 994.0, 999.0]
