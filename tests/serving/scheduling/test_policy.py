"""Who runs next, step by step on a clock of the tests."""

import math
from typing import Any

import pytest

from voice_stack.serving.scheduling.policy import Lane, Policy, PolicyConfig, Request


class Bench:
    """A policy whose requests run one unit after the other, all of the cost that they are made with."""

    def __init__(self, **rules: Any) -> None:
        self.policy = Policy(PolicyConfig(**({"quantum": 30.0} | rules)))
        self.now = 0.0
        self.costs: dict[Request, float] = {}
        self.served: dict[Request, float] = {}
        self.running: list[Request] = []

    def join(self, lane: Lane, cost: float = 30.0, estimate: float | None = None, *, urgency: int = 0) -> Request:
        request = Request(lane, urgency=urgency)
        self.costs[request] = cost
        self.served[request] = 0.0
        self.policy.join(request)
        self.policy.ask(request, cost if estimate is None else estimate, self.now)
        return request

    def start(self) -> Request | None:
        request = self.policy.pick(self.now)
        if request:
            self.running.append(request)
        return request

    def end(self, request: Request, *, again: bool = True) -> None:
        self.now += 1.0
        self.running.remove(request)
        self.served[request] += self.costs[request]
        estimate = request.cost
        self.policy.finish(request, self.costs[request])
        if again:
            self.policy.ask(request, estimate, self.now)

    def run(self, units: int) -> list[Request]:
        """Let units run one at a time, on a width of 1; everybody always has another one."""
        order = []
        for _ in range(units):
            request = self.start()
            assert request is not None
            order.append(request)
            self.end(request)
        return order


def test_interactive_goes_before_batch() -> None:
    bench = Bench()
    batch = [bench.join(Lane.BATCH) for _ in range(3)]
    first = bench.start()
    assert first is batch[0]
    command = bench.join(Lane.INTERACTIVE)
    bench.end(first)
    assert bench.start() is command


def test_what_is_spoken_now_goes_before_commands_that_came_first() -> None:
    bench = Bench()
    running, waiting = (bench.join(Lane.INTERACTIVE, 10.0) for _ in range(2))
    assert bench.start() is running
    turn = bench.join(Lane.INTERACTIVE, 2.0, urgency=1)
    bench.end(running, again=False)
    assert bench.start() is turn
    bench.end(turn, again=False)
    assert bench.start() is waiting


def test_a_live_request_takes_no_more_than_its_share() -> None:
    bench = Bench()
    turn = bench.join(Lane.INTERACTIVE, 2.0, urgency=1)
    command = bench.join(Lane.INTERACTIVE, 2.0)
    bench.run(200)
    assert abs(bench.served[turn] - bench.served[command]) <= 2 * (30.0 + 2.0)


def test_equals_take_turns_in_the_order_they_came() -> None:
    bench = Bench()
    requests = [bench.join(Lane.BATCH) for _ in range(3)]
    assert bench.run(9) == requests * 3


def test_requests_share_by_cost_and_not_by_units() -> None:
    bench = Bench()
    long, short = bench.join(Lane.BATCH, 30.0), bench.join(Lane.BATCH, 3.0)
    order = bench.run(1100)
    assert order.count(short) == pytest.approx(10 * order.count(long), rel=0.03)


def test_units_dearer_than_a_quantum_share_by_cost_too() -> None:
    bench = Bench(quantum=1.0)
    dear, cheap = bench.join(Lane.BATCH, 240.0), bench.join(Lane.BATCH, 30.0)
    order = bench.run(900)
    assert order.count(cheap) == pytest.approx(8 * order.count(dear), rel=0.05)


def test_a_low_estimate_buys_nothing() -> None:
    bench = Bench()
    honest, modest = bench.join(Lane.BATCH, 30.0), bench.join(Lane.BATCH, 60.0, estimate=0.0)
    bench.run(300)
    assert bench.served[honest] == pytest.approx(bench.served[modest], abs=2 * (30 + 60))


def test_a_high_estimate_is_paid_back() -> None:
    bench = Bench()
    honest, anxious = bench.join(Lane.BATCH, 30.0), bench.join(Lane.BATCH, 10.0, estimate=300.0)
    bench.run(400)
    assert bench.served[honest] == pytest.approx(bench.served[anxious], abs=2 * (30 + 30))


def test_who_comes_late_has_no_claim_on_the_past() -> None:
    bench = Bench()
    early = bench.join(Lane.BATCH)
    bench.run(500)
    late = bench.join(Lane.BATCH)
    order = bench.run(20)
    assert abs(order.count(early) - order.count(late)) <= 1


def test_who_pauses_has_a_claim_of_one_quantum_on_the_past() -> None:
    bench = Bench()
    steady, pausing = bench.join(Lane.BATCH), bench.join(Lane.BATCH)
    bench.run(10)
    bench.policy.withdraw(pausing)
    bench.run(500)
    bench.policy.ask(pausing, 30.0, bench.now)
    order = bench.run(20)
    assert abs(order.count(steady) - order.count(pausing)) <= 2


def test_what_ran_alone_is_not_held_against_anybody() -> None:
    bench = Bench()
    long = bench.join(Lane.BATCH, 3000.0)
    bench.run(1)
    bench.costs[long] = 30.0
    bench.join(Lane.BATCH)
    assert bench.run(4).count(long) == 2


def test_requests_that_come_back_a_moment_after_their_slot_is_gone_share_by_cost() -> None:
    """As threads do that take a turn for each unit."""
    bench = Bench()
    long = bench.join(Lane.BATCH, 30.0)
    others = [bench.join(Lane.BATCH, 3.0) for _ in range(2)]
    running = bench.start()
    for _ in range(2000):
        assert running is not None
        bench.end(running, again=False)
        successor = bench.start()
        bench.policy.ask(running, bench.costs[running], bench.now)
        running = successor
    for other in others:
        assert bench.served[other] == pytest.approx(bench.served[long], rel=0.05)


def test_free_units_do_not_stop_the_round() -> None:
    bench = Bench()
    bench.join(Lane.BATCH, 0.0)
    other = bench.join(Lane.BATCH)
    assert bench.run(500).count(other) >= 4


def test_an_overdue_batch_unit_goes_after_a_run_of_interactive_ones() -> None:
    bench = Bench(batch_patience_s=10.0, interactive_run=3)
    film = bench.join(Lane.BATCH)
    for _ in range(5):
        bench.join(Lane.INTERACTIVE)
    order = bench.run(30)
    turns = [number for number, request in enumerate(order) if request is film]
    # A second for a unit: its patience is over after ten, and then each time ten after it asked anew.
    assert turns == [10, 21]


def test_batch_gets_no_more_than_its_share_when_all_of_it_is_overdue() -> None:
    bench = Bench(batch_patience_s=0.0, interactive_run=4)
    for _ in range(20):
        bench.join(Lane.BATCH)
    for _ in range(5):
        bench.join(Lane.INTERACTIVE)
    order = [request.lane for request in bench.run(100)]
    assert order.count(Lane.BATCH) == 20
    assert all(order[n] is Lane.BATCH for n in range(4, 100, 5))


def test_a_lone_command_goes_before_a_crowd_of_overdue_films() -> None:
    bench = Bench(batch_patience_s=5.0)
    for _ in range(20):
        bench.join(Lane.BATCH)
    bench.run(100)
    running = bench.start()
    assert running is not None
    command = bench.join(Lane.INTERACTIVE)
    bench.end(running)
    assert bench.start() is command


def test_the_width_is_filled_and_not_exceeded() -> None:
    bench = Bench(width=3)
    for _ in range(5):
        bench.join(Lane.BATCH)
    assert [bench.start() is not None for _ in range(4)] == [True, True, True, False]
    bench.end(bench.running[0])
    assert [bench.start() is not None for _ in range(2)] == [True, False]


def test_a_reserved_slot_is_for_interactive_work_alone() -> None:
    bench = Bench(width=2, reserved=1)
    films = [bench.join(Lane.BATCH) for _ in range(2)]
    assert [bench.start(), bench.start()] == [films[0], None]
    command = bench.join(Lane.INTERACTIVE)
    assert bench.start() is command
    bench.end(films[0], again=False)
    assert bench.start() is films[1]


def test_interactive_work_may_use_every_slot() -> None:
    bench = Bench(width=2, reserved=1)
    commands = [bench.join(Lane.INTERACTIVE) for _ in range(2)]
    assert [bench.start(), bench.start()] == commands


def test_a_request_has_one_unit_at_a_time() -> None:
    bench = Bench()
    request = bench.join(Lane.BATCH)
    with pytest.raises(ValueError, match="one after the other"):
        bench.policy.ask(request, 1.0, 0.0)
    bench.start()
    with pytest.raises(ValueError, match="one after the other"):
        bench.policy.ask(request, 1.0, 0.0)


def test_a_request_joins_before_it_asks() -> None:
    policy, request = Policy(PolicyConfig()), Request(Lane.BATCH)
    with pytest.raises(ValueError, match="joins before"):
        policy.ask(request, 1.0, 0.0)
    policy.join(request)
    policy.leave(request)
    with pytest.raises(ValueError, match="joins before"):
        policy.ask(request, 1.0, 0.0)


def test_the_oldest_wait_is_told() -> None:
    bench = Bench()
    assert bench.policy.longest_wait_s(Lane.BATCH, 7.0) == 0.0
    bench.join(Lane.BATCH)
    bench.now = 3.0
    bench.join(Lane.BATCH)
    assert bench.policy.longest_wait_s(Lane.BATCH, 7.0) == 7.0
    bench.start()
    assert bench.policy.longest_wait_s(Lane.BATCH, 7.0) == 4.0


@pytest.mark.parametrize(
    "rules",
    [
        {"width": 0},
        {"width": 1, "reserved": 1},
        {"width": 2, "reserved": -1},
        {"quantum": 0.0},
        {"quantum": math.inf},
        {"batch_patience_s": -1.0},
        {"batch_patience_s": math.nan},
        {"interactive_run": 0},
    ],
)
def test_rules_that_make_no_sense_are_refused(rules: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(reversed(rules))):
        PolicyConfig(**rules)
