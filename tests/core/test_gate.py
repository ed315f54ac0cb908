"""Who gets in, in which order, and who gives up."""

import threading

import pytest

from voice_stack.core.errors import CancelledWorkError
from voice_stack.core.gate import FairGate


def wait_until_waiting(gate: FairGate, count: int) -> None:
    pause = threading.Event()
    for _ in range(1000):
        if gate.waiting == count:
            return
        pause.wait(0.01)
    raise AssertionError(f"{gate.waiting} threads wait, not {count}")


def test_no_more_than_width_are_inside() -> None:
    gate, inside, most, lock = FairGate(2), 0, 0, threading.Lock()

    def work() -> None:
        nonlocal inside, most
        for _ in range(50):
            with gate.turn(threading.Event()):
                with lock:
                    inside += 1
                    most = max(most, inside)
                threading.Event().wait(0.0002)
                with lock:
                    inside -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


def test_waiters_enter_in_the_order_they_came() -> None:
    gate, order = FairGate(1), []
    threads = []
    with gate.turn(threading.Event()):
        for number in range(5):

            def work(number: int = number) -> None:
                with gate.turn(threading.Event()):
                    order.append(number)

            threads.append(threading.Thread(target=work))
            threads[-1].start()
            wait_until_waiting(gate, number + 1)
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]


def test_a_long_request_takes_turns_with_a_short_one() -> None:
    gate, log = FairGate(1), []
    first_unit, short_waits = threading.Event(), threading.Event()

    def long() -> None:
        for unit in range(10):
            with gate.turn(threading.Event()):
                log.append(f"long {unit}")
                first_unit.set()
                short_waits.wait(5)

    thread = threading.Thread(target=long)
    thread.start()
    first_unit.wait(5)

    def short() -> None:
        with gate.turn(threading.Event()):
            log.append("short")

    other = threading.Thread(target=short)
    other.start()
    wait_until_waiting(gate, 1)
    short_waits.set()
    thread.join()
    other.join()
    assert log[:3] == ["long 0", "short", "long 1"]


def test_a_waiter_that_is_cancelled_leaves_the_queue() -> None:
    gate, stop, failure = FairGate(1), threading.Event(), []

    def work() -> None:
        try:
            with gate.turn(stop):
                failure.append("entered")
        except CancelledWorkError:
            failure.append("cancelled")

    with gate.turn(threading.Event()):
        thread = threading.Thread(target=work)
        thread.start()
        wait_until_waiting(gate, 1)
        stop.set()
        thread.join()
        assert failure == ["cancelled"]
        assert gate.waiting == 0
    with gate.turn(threading.Event()):
        pass  # the place is free again


def test_a_failure_inside_frees_the_place() -> None:
    gate = FairGate(1)
    with pytest.raises(ZeroDivisionError), gate.turn(threading.Event()):
        raise ZeroDivisionError
    with gate.turn(threading.Event()):
        pass


def test_width_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        FairGate(0)
