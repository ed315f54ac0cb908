"""Turns for real threads: who gets in, who gives up, and what is left behind."""

import logging
import math
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from voice_stack.core.errors import CancelledWorkError, OverloadedError, StartTimeoutError
from voice_stack.serving.scheduling.admission import LaneLimits
from voice_stack.serving.scheduling.policy import Lane, PolicyConfig
from voice_stack.serving.scheduling.scheduler import Scheduler
from voice_stack.serving.scheduling.ticket import Ticket

NEVER = threading.Event()
ROOM = LaneLimits(1000)


def scheduler(
    *,
    interactive: LaneLimits = ROOM,
    batch: LaneLimits = ROOM,
    request_timeout_s: float = math.inf,
    clock: Callable[[], float] = time.monotonic,
    **rules: Any,
) -> Scheduler:
    return Scheduler(
        PolicyConfig(**rules), interactive=interactive, batch=batch, request_timeout_s=request_timeout_s, clock=clock
    )


def wait_until(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(1000):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it never came true")


def join(*threads: threading.Thread) -> None:
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive(), "a thread hangs"


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def assert_nothing_is_left(desk: Scheduler) -> None:
    snapshot = desk.snapshot()
    for lane in snapshot.lanes.values():
        assert (lane.requests, lane.waiting, lane.running, lane.work) == (0, 0, 0, 0.0)
    assert desk.waiting == 0
    # And all slots are to be had.
    tickets = [desk.admit(Lane.INTERACTIVE, 1.0) for _ in range(snapshot.width)]
    turns = [ticket.turn(1.0, NEVER) for ticket in tickets]
    threads = [in_thread(turn.__enter__) for turn in turns]
    join(*threads)
    for turn, ticket in zip(turns, tickets, strict=True):
        turn.__exit__(None)
        ticket.close()


@contextmanager
def busy(desk: Scheduler, lane: Lane = Lane.BATCH) -> Iterator[Ticket]:
    """Someone else has the only slot."""
    with desk.admit(lane, 1.0) as ticket, ticket.turn(1.0, NEVER):
        yield ticket


@pytest.mark.parametrize("width", [1, 3])
def test_no_more_than_width_run_and_units_stay_in_order(width: int) -> None:
    desk, lock, log = scheduler(width=width), threading.Lock(), []
    inside = most = 0

    def request(number: int) -> None:
        nonlocal inside, most
        with desk.admit(random.choice(list(Lane)), 40.0) as ticket:
            for unit in range(20):
                with ticket.turn(1.0, NEVER) as turn:
                    for part in range(2):
                        with lock:
                            inside += 1
                            most = max(most, inside)
                            log.append((number, 2 * unit + part))
                        threading.Event().wait(0.0002)
                        with lock:
                            inside -= 1
                        if not part:
                            turn.renew(1.0)

    join(*[in_thread(lambda number=number: request(number)) for number in range(8)])  # type: ignore[misc]
    assert most == width
    for number in range(8):
        assert [unit for who, unit in log if who == number] == list(range(40))
    assert_nothing_is_left(desk)
    assert sum(lane.units for lane in desk.snapshot().lanes.values()) == 8 * 40 + width


def test_a_command_goes_before_the_films_that_wait() -> None:
    desk, order, threads = scheduler(), [], []

    def request(name: str, lane: Lane) -> None:
        with desk.admit(lane, 1.0) as ticket, ticket.turn(1.0, NEVER):
            order.append(name)

    with busy(desk):
        for name, lane in [("film 1", Lane.BATCH), ("film 2", Lane.BATCH), ("command", Lane.INTERACTIVE)]:
            waiting = desk.waiting
            threads.append(in_thread(lambda name=name, lane=lane: request(name, lane)))  # type: ignore[misc]
            wait_until(lambda waiting=waiting: desk.waiting == waiting + 1)  # type: ignore[misc]
    join(*threads)
    assert order == ["command", "film 1", "film 2"]


def test_who_leaves_its_slot_cannot_barge_in_again() -> None:
    desk, order = scheduler(), []
    for _ in range(50):
        others: list[threading.Thread] = []

        def other() -> None:
            with desk.admit(Lane.BATCH, 1.0) as ticket, ticket.turn(1.0, NEVER):
                order.append("other")

        with desk.admit(Lane.BATCH, 60.0) as ticket:
            with ticket.turn(30.0, NEVER):
                others.append(in_thread(other))
                wait_until(lambda: desk.waiting == 1)
            # At once, and the other thread has not even been woken.
            with ticket.turn(30.0, NEVER):
                order.append("self")
        join(*others)
    assert order == ["other", "self"] * 50


def test_renewing_gives_way_to_a_better_claim_and_to_no_other() -> None:
    desk, order = scheduler(quantum=30.0), []

    def other() -> None:
        with desk.admit(Lane.BATCH, 1.0) as ticket, ticket.turn(1.0, NEVER):
            order.append("other")

    with desk.admit(Lane.BATCH, 60.0) as ticket, ticket.turn(10.0, NEVER) as turn:
        order.append("first")
        thread = in_thread(other)
        wait_until(lambda: desk.waiting == 1)
        for name in ("second", "third", "fourth"):  # 30 of cost are a quantum
            turn.renew(10.0)
            order.append(name)
    join(thread)
    assert order == ["first", "second", "third", "other", "fourth"]


def test_a_unit_that_can_be_interrupted_gives_way_to_a_better_lane_only() -> None:
    desk, order, threads = scheduler(), [], []

    def other(name: str, lane: Lane) -> None:
        with desk.admit(lane, 1.0) as ticket, ticket.turn(1.0, NEVER):
            order.append(name)

    with desk.admit(Lane.BATCH, 60.0) as ticket, ticket.turn(30.0, NEVER) as turn:
        turn.give_way(10.0, 20.0)
        order.append("book")
        for number, (name, lane) in enumerate([("other book", Lane.BATCH), ("command", Lane.INTERACTIVE)], start=1):
            threads.append(in_thread(lambda name=name, lane=lane: other(name, lane)))  # type: ignore[misc]
            wait_until(lambda number=number: desk.waiting == number)  # type: ignore[misc]
            turn.give_way(10.0, 20.0)
            order.append("book")
    join(*threads)
    assert order == ["book", "book", "command", "book", "other book"]
    assert_nothing_is_left(desk)


def test_a_command_never_gives_way() -> None:
    desk = scheduler()
    with desk.admit(Lane.INTERACTIVE, 60.0) as ticket, ticket.turn(30.0, NEVER) as turn:
        thread = in_thread(lambda: desk.admit(Lane.INTERACTIVE, 1.0).__enter__().turn(1.0, NEVER).__enter__())
        wait_until(lambda: desk.waiting == 1)
        turn.give_way(10.0, 20.0)
        assert desk.waiting == 1
    join(thread)


def test_a_request_that_is_longer_than_it_said_goes_over_to_batch() -> None:
    desk, order = scheduler(), []

    def command() -> None:
        with desk.admit(Lane.INTERACTIVE, 1.0) as ticket, ticket.turn(1.0, NEVER):
            order.append("command")

    with desk.admit(Lane.INTERACTIVE, 3.0) as ticket, ticket.turn(30.0, NEVER) as turn:
        ticket.move(Lane.BATCH)
        assert desk.snapshot().lanes[Lane.INTERACTIVE].running == 1  # what runs stays where it began
        thread = in_thread(command)
        wait_until(lambda: desk.waiting == 1)
        turn.renew(30.0)
        order.append("film")
        join(thread)
        lanes = desk.snapshot().lanes
        assert [(lane.requests, lane.running) for lane in (lanes[Lane.INTERACTIVE], lanes[Lane.BATCH])] == [
            (0, 0),
            (1, 1),
        ]
        assert (lanes[Lane.INTERACTIVE].units, lanes[Lane.INTERACTIVE].cost) == (2, 31.0)
    assert order == ["command", "film"]
    assert_nothing_is_left(desk)


def test_a_unit_is_charged_its_actual_cost() -> None:
    now = 0.0
    desk = scheduler(clock=lambda: now, quantum=30.0)
    with desk.admit(Lane.BATCH, 100.0) as ticket:
        with ticket.turn(30.0, NEVER) as turn:
            now += 2.0
            turn.cost = 10.0
        lane = desk.snapshot().lanes[Lane.BATCH]
        assert (lane.work, lane.work_s, lane.cost, lane.busy_s) == (90.0, 18.0, 10.0, 2.0)
    assert desk.snapshot().rate == 5.0


@pytest.mark.parametrize("cost", [-1.0, math.nan, math.inf])
def test_a_cost_that_is_none_is_refused(cost: float) -> None:
    desk = scheduler()
    with pytest.raises(ValueError, match="cost"):
        desk.admit(Lane.BATCH, cost)
    with desk.admit(Lane.BATCH, 1.0) as ticket:
        with pytest.raises(ValueError, match="cost"):
            ticket.turn(cost, NEVER)
        with ticket.turn(1.0, NEVER) as turn, pytest.raises(ValueError, match="cost"):
            turn.cost = cost
    assert_nothing_is_left(desk)


def test_a_failure_inside_gives_the_slot_back_and_measures_nothing() -> None:
    desk = scheduler()
    with pytest.raises(ZeroDivisionError), desk.admit(Lane.BATCH, 1.0) as ticket, ticket.turn(7.0, NEVER):
        raise ZeroDivisionError
    assert desk.snapshot().rate is None
    assert desk.snapshot().lanes[Lane.BATCH].cost == 7.0
    assert_nothing_is_left(desk)


def test_a_request_that_is_given_up_leaves_the_queue() -> None:
    desk, stop, seen = scheduler(), threading.Event(), []

    def request() -> None:
        with desk.admit(Lane.INTERACTIVE, 1.0) as ticket:
            try:
                with ticket.turn(1.0, stop):
                    seen.append("ran")
            except CancelledWorkError:
                seen.append("cancelled")

    with busy(desk):
        thread = in_thread(request)
        wait_until(lambda: desk.waiting == 1)
        stop.set()
        join(thread)
        assert seen == ["cancelled"]
        assert desk.waiting == 0
        assert desk.snapshot().lanes[Lane.INTERACTIVE].cancelled == 1
    assert_nothing_is_left(desk)


def test_a_request_that_was_given_up_before_does_not_even_queue() -> None:
    desk, stop = scheduler(), threading.Event()
    stop.set()
    with desk.admit(Lane.BATCH, 1.0) as ticket, pytest.raises(CancelledWorkError), ticket.turn(1.0, stop):
        pass
    assert desk.snapshot().lanes[Lane.BATCH].units == 0
    assert_nothing_is_left(desk)


def test_a_request_that_is_given_up_as_it_gets_its_slot_does_not_run() -> None:
    class SetAtTheLastMoment(threading.Event):
        looks = 0

        def is_set(self) -> bool:
            self.looks += 1
            return self.looks > 2  # before it queues, and when slots are handed out

    desk = scheduler()
    with desk.admit(Lane.BATCH, 1.0) as ticket:
        with pytest.raises(CancelledWorkError), ticket.turn(1.0, SetAtTheLastMoment()):
            pytest.fail("it ran")
        assert not ticket.running
    assert desk.snapshot().lanes[Lane.BATCH].cost == 0.0
    assert_nothing_is_left(desk)


def test_a_request_that_is_given_up_before_its_next_unit_gives_its_slot_back() -> None:
    desk, stop = scheduler(), threading.Event()
    with desk.admit(Lane.BATCH, 1.0) as ticket:
        with ticket.turn(5.0, stop) as turn:
            stop.set()
            with pytest.raises(CancelledWorkError):
                turn.renew(1.0)
            assert not ticket.running
    lane = desk.snapshot().lanes[Lane.BATCH]
    assert (lane.units, lane.cost) == (1, 5.0)
    assert_nothing_is_left(desk)


def test_a_request_that_is_given_up_while_others_run_gives_its_slot_back() -> None:
    desk = scheduler(quantum=1.0)
    stop, other_runs, other_may_end = (threading.Event() for _ in range(3))

    def other() -> None:
        with desk.admit(Lane.BATCH, 1.0) as ticket, ticket.turn(1.0, NEVER):
            other_runs.set()
            other_may_end.wait(10)

    def give_up() -> None:
        other_runs.wait(10)
        stop.set()

    with desk.admit(Lane.BATCH, 1.0) as ticket:
        with ticket.turn(5.0, stop) as turn:
            threads = [in_thread(other), in_thread(give_up)]
            wait_until(lambda: desk.waiting == 1)
            with pytest.raises(CancelledWorkError):
                turn.renew(1.0)
            assert other_runs.is_set()
            other_may_end.set()
    join(*threads)
    lane = desk.snapshot().lanes[Lane.BATCH]
    assert (lane.units, lane.cost, lane.cancelled) == (2, 6.0, 1)
    assert_nothing_is_left(desk)


def test_the_slot_goes_past_those_who_are_gone() -> None:
    """Also when they have not looked up yet."""
    desk, stop, ran = scheduler(), threading.Event(), []

    def request(name: str, stop: threading.Event) -> None:
        with desk.admit(Lane.BATCH, 1.0) as ticket:
            try:
                with ticket.turn(1.0, stop):
                    ran.append(name)
            except CancelledWorkError:
                ran.append(f"{name} cancelled")

    threads = []
    with busy(desk):
        for number in range(5):
            threads.append(in_thread(lambda number=number: request(f"gone {number}", stop)))  # type: ignore[misc]
        wait_until(lambda: desk.waiting == 5)
        threads.append(in_thread(lambda: request("here", NEVER)))
        wait_until(lambda: desk.waiting == 6)
        stop.set()
    join(*threads)
    assert sorted(ran) == [*(f"gone {number} cancelled" for number in range(5)), "here"]
    assert desk.snapshot().lanes[Lane.BATCH].units == 2
    assert_nothing_is_left(desk)


def test_an_interactive_request_that_cannot_begin_in_time_is_told(caplog: pytest.LogCaptureFixture) -> None:
    desk = scheduler(request_timeout_s=0.05)
    with busy(desk), desk.admit(Lane.INTERACTIVE, 1.0, "POST /v1/audio/speech") as ticket:
        with caplog.at_level(logging.WARNING, "voice_stack.scheduling"):
            with pytest.raises(StartTimeoutError) as caught, ticket.turn(1.0, NEVER):
                pass
        assert (caught.value.status, caught.value.retryable) == (503, True)
        assert "POST /v1/audio/speech got no turn" in caplog.text
        assert desk.waiting == 0
    lane = desk.snapshot().lanes[Lane.INTERACTIVE]
    assert (lane.timed_out, lane.cancelled, lane.units) == (1, 0, 0)
    assert_nothing_is_left(desk)


@pytest.mark.parametrize("lane", Lane)
def test_only_the_start_of_interactive_requests_has_a_time_limit(lane: Lane) -> None:
    """A started one and a batch one wait as long as it takes."""
    now = 0.0
    desk = scheduler(request_timeout_s=5.0, clock=lambda: now)
    ran: list[Lane] = []

    def request() -> None:
        with desk.admit(lane, 1.0) as ticket:
            if lane is Lane.INTERACTIVE:
                with ticket.turn(1.0, NEVER):
                    pass
                started.set()
                free.wait(10)
            with ticket.turn(1.0, NEVER):
                ran.append(lane)

    started, free = threading.Event(), threading.Event()
    thread = in_thread(request) if lane is Lane.INTERACTIVE else None
    if thread:
        started.wait(10)
    with busy(desk):
        thread = thread or in_thread(request)
        free.set()
        wait_until(lambda: desk.waiting == 1)
        now += 1000.0
        threading.Event().wait(0.25)  # it looks up twice at least
        assert desk.waiting == 1
    join(thread)
    assert ran == [lane]
    assert_nothing_is_left(desk)


def test_closing_a_ticket_wakes_its_thread() -> None:
    desk, seen = scheduler(), []
    ticket = desk.admit(Lane.BATCH, 1.0)

    def request() -> None:
        try:
            with ticket.turn(1.0, NEVER):
                seen.append("ran")
        except CancelledWorkError:
            seen.append("cancelled")

    with busy(desk):
        thread = in_thread(request)
        wait_until(lambda: desk.waiting == 1)
        ticket.close()
        join(thread)
    assert seen == ["cancelled"]
    with pytest.raises(CancelledWorkError), ticket.turn(1.0, NEVER):
        pass
    ticket.close()
    assert_nothing_is_left(desk)


def test_a_slot_that_another_thread_holds_is_not_taken_by_closing() -> None:
    desk = scheduler()
    ticket = desk.admit(Lane.BATCH, 1.0)
    with ticket.turn(1.0, NEVER) as turn:
        join(in_thread(ticket.close))
        lane = desk.snapshot().lanes[Lane.BATCH]
        assert (lane.running, lane.requests) == (1, 1)
        with pytest.raises(CancelledWorkError):
            turn.renew(1.0)
    assert_nothing_is_left(desk)


def test_a_slot_that_its_own_thread_forgot_comes_back_with_the_ticket() -> None:
    """An interrupt between the grant and the `with` block."""
    desk = scheduler()
    with desk.admit(Lane.BATCH, 1.0) as ticket:
        ticket.turn(1.0, NEVER).__enter__()
        assert ticket.running
    assert_nothing_is_left(desk)


def test_an_interrupt_while_waiting_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = scheduler()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with busy(desk), desk.admit(Lane.BATCH, 1.0) as ticket:
        monkeypatch.setattr(desk, "_look_up", interrupted)
        with pytest.raises(KeyboardInterrupt), ticket.turn(1.0, NEVER):
            pass
        assert desk.waiting == 0
    assert_nothing_is_left(desk)


def test_a_request_has_one_unit_at_a_time() -> None:
    desk = scheduler(width=2)
    with desk.admit(Lane.BATCH, 1.0) as ticket, ticket.turn(1.0, NEVER):
        with pytest.raises(RuntimeError, match="one after the other"), ticket.turn(1.0, NEVER):
            pass
        assert ticket.running
    assert_nothing_is_left(desk)


def test_a_full_lane_refuses_and_counts(caplog: pytest.LogCaptureFixture) -> None:
    desk = scheduler(interactive=LaneLimits(1))
    with desk.admit(Lane.INTERACTIVE, 1.0):
        with caplog.at_level(logging.INFO, "voice_stack.scheduling"), pytest.raises(OverloadedError) as caught:
            desk.admit(Lane.INTERACTIVE, 1.0, "a command")
        assert int(caught.value.headers["retry-after"]) >= 1
        assert "a command refused" in caplog.text
        desk.admit(Lane.BATCH, 1.0).close()
    desk.admit(Lane.INTERACTIVE, 1.0).close()
    lane = desk.snapshot().lanes[Lane.INTERACTIVE]
    assert (lane.admitted, lane.refused) == (2, 1)
    assert_nothing_is_left(desk)


def test_work_is_bounded_by_what_the_engine_was_seen_to_do() -> None:
    now = 0.0
    desk = scheduler(interactive=LaneLimits(100, 10.0), clock=lambda: now)
    with desk.admit(Lane.INTERACTIVE, 500.0) as long:
        with long.turn(100.0, NEVER):
            now += 20.0  # 5 a second: 80 s of work are left
        with pytest.raises(OverloadedError) as caught:
            desk.admit(Lane.INTERACTIVE, 1.0)
        assert caught.value.retry_after_s == 70


def test_the_snapshot_tells_waits_use_and_speed() -> None:
    now = 100.0
    desk = scheduler(width=2, clock=lambda: now)
    with desk.admit(Lane.BATCH, 60.0) as film:
        with film.turn(30.0, NEVER):
            now += 6.0
            snapshot = desk.snapshot()
        assert snapshot.utilisation == pytest.approx(0.5)
        lane = snapshot.lanes[Lane.BATCH]
        assert (lane.requests, lane.running, lane.waiting, lane.longest_wait_s) == (1, 1, 0, 0.0)
    snapshot = desk.snapshot()
    assert (snapshot.width, snapshot.rate) == (2, 5.0)
    lane = snapshot.lanes[Lane.BATCH]
    assert (lane.units, lane.cost, lane.busy_s, lane.waited_s, lane.start_p95_s) == (1, 30.0, 6.0, 0.0, 0.0)


def test_the_snapshot_tells_how_long_requests_wait() -> None:
    now = 0.0
    desk = scheduler(clock=lambda: now)

    def request() -> None:
        with desk.admit(Lane.INTERACTIVE, 1.0) as ticket:
            for _ in range(2):
                with ticket.turn(1.0, NEVER):
                    pass

    with busy(desk):
        thread = in_thread(request)
        wait_until(lambda: desk.waiting == 1)
        now += 3.0
        assert desk.snapshot().lanes[Lane.INTERACTIVE].longest_wait_s == 3.0
    join(thread)
    lane = desk.snapshot().lanes[Lane.INTERACTIVE]
    assert (lane.longest_wait_s, lane.start_p50_s, lane.start_p95_s, lane.waited_s) == (0.0, 3.0, 3.0, 3.0)


@pytest.mark.parametrize("width", [1, 4])
def test_a_storm_of_cancellations_leaves_nothing_behind(width: int) -> None:
    """Four hundred clients that vanish, fail, time out or finish, at random."""
    chance = random.Random(width)
    desk = scheduler(width=width, quantum=2.0, batch_patience_s=0.01, request_timeout_s=0.3)
    stops = [threading.Event() for _ in range(400)]
    lock, ends = threading.Lock(), dict.fromkeys(("finished", "cancelled", "late", "failed"), 0)
    inside = most = 0

    def unit(fails: bool) -> None:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        try:
            threading.Event().wait(0.0005)
            if fails:
                raise ZeroDivisionError
        finally:
            with lock:
                inside -= 1

    def request(stop: threading.Event, lane: Lane, units: int, fails: bool, renews: bool) -> None:
        try:
            with desk.admit(lane, float(units)) as ticket:
                for _ in range(units):
                    with ticket.turn(1.0, stop) as turn:
                        unit(fails)
                        if renews:
                            turn.renew(1.0)
                            unit(fails)
            end = "finished"
        except CancelledWorkError:
            end = "cancelled"
        except StartTimeoutError:
            end = "late"
        except ZeroDivisionError:
            end = "failed"
        with lock:
            ends[end] += 1

    threads = []
    for stop in stops:
        arguments = (
            stop,
            chance.choice(list(Lane)),
            chance.randint(1, 6),
            chance.random() < 0.1,
            chance.random() < 0.5,
        )
        threads.append(in_thread(lambda arguments=arguments: request(*arguments)))  # type: ignore[misc]
        if chance.random() < 0.5:
            chance.choice(stops).set()
    for stop in chance.sample(stops, 200):
        stop.set()
        threading.Event().wait(0.0005)
    join(*threads)
    assert sum(ends.values()) == 400
    assert min(ends["finished"], ends["cancelled"], ends["failed"]) > 0, ends
    assert most == width
    assert_nothing_is_left(desk)
    lanes = desk.snapshot().lanes.values()
    assert sum(lane.admitted for lane in lanes) == 400 + width
    assert sum(lane.timed_out for lane in lanes) == ends["late"]
