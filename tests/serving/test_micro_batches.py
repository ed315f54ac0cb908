"""Windows of different requests in one call: who meets whom, who goes first, what happens when it fails."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from voice_stack.serving.micro_batches import MicroBatches

LONG_S = 60.0


class Device:
    """Doubles numbers, one call at a time, and remembers the calls. It can be held up."""

    def __init__(self, most: int = 100) -> None:
        self.calls: list[tuple[int, ...]] = []
        self.most = most
        self.began = threading.Semaphore(0)
        self.free = threading.Event()
        self.free.set()

    def __call__(self, items: Sequence[int]) -> list[int]:
        self.calls.append(tuple(items))
        self.began.release()
        assert self.free.wait(LONG_S)
        if len(items) > self.most:
            raise RuntimeError("CUDA failed with error out of memory")
        if 13 in items:
            raise ValueError("13 cannot be doubled")
        return [2 * item for item in items]


class Threads:
    """Calls on threads of their own, and a way to know that they wait."""

    def __init__(self, batches: MicroBatches, device: Device, pool: ThreadPoolExecutor) -> None:
        self.batches = batches
        self.device = device
        self._pool = pool

    def want(self, *items: int, key: str = "double", rank: int = 0) -> Future[list[int]]:
        return self._pool.submit(self.batches.compute, key, self.device, items, rank)

    def wait_for(self, waiting: int) -> None:
        until(lambda: self.batches.waiting == waiting)


def until(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(6000):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it did not come to that")


@pytest.fixture
def threads(request: pytest.FixtureRequest) -> Any:
    """Eight threads in front of a busy device, whose call of 0 is held up until `free` is set."""
    options: dict[str, Any] = {"size": 4, "wait_s": 0.0, **getattr(request, "param", {})}
    device = Device(options.pop("most", 100))
    with ThreadPoolExecutor(8) as pool:
        threads = Threads(MicroBatches(**options), device, pool)
        device.free.clear()
        first = threads.want(0)
        assert device.began.acquire(timeout=LONG_S)
        yield threads
        device.free.set()
        assert first.result(LONG_S) == [0]


def test_what_waits_while_the_device_is_busy_goes_into_one_call(threads: Threads) -> None:
    found = [threads.want(number) for number in (1, 2, 3)]
    threads.wait_for(3)
    threads.device.free.set()
    assert [future.result(LONG_S) for future in found] == [[2], [4], [6]]
    assert len(threads.device.calls) == 2
    assert sorted(threads.device.calls[1]) == [1, 2, 3]


def test_a_call_takes_no_more_than_its_size_and_keeps_what_belongs_together(threads: Threads) -> None:
    many = threads.want(1, 2, 3, 4, 5, 6)
    threads.wait_for(1)
    found = [threads.want(number, number) for number in (7, 8, 9)]
    threads.wait_for(4)
    threads.device.free.set()
    assert many.result(LONG_S) == [2, 4, 6, 8, 10, 12]
    assert [future.result(LONG_S) for future in found] == [[14, 14], [16, 16], [18, 18]]
    assert [len(call) for call in threads.device.calls] == [1, 6, 4, 2]


def test_what_does_not_go_together_gets_calls_of_its_own(threads: Threads) -> None:
    found = [threads.want(number, key=key) for number, key in ((1, "a"), (2, "b"), (3, "a"))]
    threads.wait_for(3)
    threads.device.free.set()
    assert [future.result(LONG_S) for future in found] == [[2], [4], [6]]
    assert sorted(sorted(call) for call in threads.device.calls[1:]) == [[1, 3], [2]]


def test_who_is_in_a_hurry_goes_first(threads: Threads) -> None:
    films = [threads.want(number, key=str(number), rank=1) for number in (1, 2, 3)]
    threads.wait_for(3)
    command = threads.want(4, key="4", rank=0)
    threads.wait_for(4)
    threads.device.free.set()
    assert command.result(LONG_S) == [8]
    assert [future.result(LONG_S) for future in films] == [[2], [4], [6]]
    assert threads.device.calls[1] == (4,)


def test_who_is_in_no_hurry_does_not_wait_for_ever() -> None:
    now = 0.0
    device = Device()
    with ThreadPoolExecutor(4) as pool:
        threads = Threads(MicroBatches(size=4, wait_s=0.0, clock=lambda: now), device, pool)
        device.free.clear()
        threads.want(0)
        assert device.began.acquire(timeout=LONG_S)
        film = threads.want(1, key="film", rank=1)
        threads.wait_for(1)
        now = 25.0
        command = threads.want(2, key="command", rank=0)
        threads.wait_for(2)
        device.free.set()
        assert (film.result(LONG_S), command.result(LONG_S)) == ([2], [4])
    assert device.calls == [(0,), (1,), (2,)]


@pytest.mark.parametrize("threads", [{"size": 8, "most": 2}], indirect=True)
def test_a_device_without_memory_gets_half_and_is_not_overfilled_again(threads: Threads) -> None:
    found = threads.want(1, 2, 3, 4, 5)
    threads.wait_for(1)
    threads.device.free.set()
    assert found.result(LONG_S) == [2, 4, 6, 8, 10]
    assert threads.device.calls[1:] == [(1, 2, 3, 4, 5), (1, 2, 3), (1, 2), (3,), (4, 5)]
    threads.device.free.clear()
    held = threads.want(6)
    until(lambda: threads.device.calls[-1] == (6,))
    later = [threads.want(number) for number in (7, 8, 9)]
    threads.wait_for(3)
    threads.device.free.set()
    assert held.result(LONG_S) == [12]
    assert [future.result(LONG_S) for future in later] == [[14], [16], [18]]
    assert max(len(call) for call in threads.device.calls[6:]) == 2


def test_a_device_that_cannot_even_do_one_says_so() -> None:
    batches = MicroBatches(size=4, wait_s=0.0)
    with pytest.raises(RuntimeError, match="out of memory"):
        batches.compute("double", Device(most=0), (1, 2, 3))


def test_one_that_fails_fails_alone(threads: Threads) -> None:
    found = [threads.want(number) for number in (12, 13, 14)]
    threads.wait_for(3)
    threads.device.free.set()
    assert (found[0].result(LONG_S), found[2].result(LONG_S)) == ([24], [28])
    with pytest.raises(ValueError, match="13 cannot be doubled"):
        found[1].result(LONG_S)


def test_alone_nobody_waits_for_company() -> None:
    batches = MicroBatches(size=4, wait_s=LONG_S)
    device = Device()
    with batches.at_work():
        assert batches.compute("double", device, (1,)) == [2]


def test_a_call_waits_for_those_who_are_at_work_until_they_are_there_or_away() -> None:
    batches = MicroBatches(size=4, wait_s=10 * LONG_S)
    device = Device()
    leave = threading.Event()

    def bring(number: int) -> list[int]:
        with batches.at_work():
            return batches.compute("double", device, (number,))

    def dawdle() -> None:
        with batches.at_work(), batches.away():
            leave.wait(LONG_S)

    with ThreadPoolExecutor(3) as pool:
        with batches.at_work():
            first = pool.submit(bring, 1)
            until(lambda: batches.waiting == 1)
            assert device.calls == [], "this thread might bring something"
            pool.submit(dawdle)
            assert batches.compute("double", device, (2,)) == [4]
            leave.set()
        assert first.result(LONG_S) == [2]
    assert [sorted(call) for call in device.calls] == [[1, 2]]


def test_a_call_waits_no_longer_than_it_may() -> None:
    batches = MicroBatches(size=4, wait_s=0.05)
    with batches.at_work(), batches.at_work():  # another thread that brings nothing
        assert batches.compute("double", Device(), (1,)) == [2]
