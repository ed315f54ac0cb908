"""Values are built once, shared, kept while used, and closed when idle."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from voice_stack.serving.residency import Phase, Residency

WAIT_S = 10


class Workshop:
    """Builds named values, remembers what it did, and can be held up."""

    def __init__(self) -> None:
        self.built: list[str] = []
        self.closed: list[str] = []
        self.now = 100.0
        self.open = threading.Event()
        self.open.set()
        self.entered = threading.Event()

    def build(self, key: str) -> str:
        self.built.append(key)
        number = len(self.built)
        self.entered.set()
        assert key == "fast" or self.open.wait(WAIT_S)
        if key == "broken":
            raise ValueError("cannot be built")
        return f"{key}-{number}"

    def residency(self, idle_s: float = 10.0) -> Residency[str, str]:
        return Residency(self.build, self.closed.append, idle_s=idle_s, clock=lambda: self.now)


@pytest.fixture
def shop() -> Workshop:
    return Workshop()


def test_second_lease_gets_the_same_value(shop: Workshop) -> None:
    residency = shop.residency()
    with residency.lease("a") as first, residency.lease("a") as second:
        assert first == second == "a-1"
    with residency.lease("a") as third:
        assert third == "a-1"


def test_concurrent_callers_wait_for_one_build(shop: Workshop) -> None:
    residency = shop.residency()
    shop.open.clear()

    def use() -> str:
        with residency.lease("a") as value:
            return value

    with ThreadPoolExecutor(8) as threads:
        futures = [threads.submit(use) for _ in range(8)]
        assert shop.entered.wait(WAIT_S)
        assert residency.states()["a"].phase is Phase.LOADING
        shop.open.set()
        assert {future.result(WAIT_S) for future in futures} == {"a-1"}
    assert shop.built == ["a"]


def test_a_build_does_not_block_other_keys(shop: Workshop) -> None:
    residency = shop.residency()
    shop.open.clear()
    with ThreadPoolExecutor(1) as threads:

        def use() -> str:
            with residency.lease("slow") as value:
                return value

        slow = threads.submit(use)
        assert shop.entered.wait(WAIT_S)
        with residency.lease("fast") as value:
            assert value == "fast-2"
        assert not slow.done()
        shop.open.set()
        assert slow.result(WAIT_S) == "slow-1"


def test_failure_reaches_all_who_waited_and_is_not_kept(shop: Workshop) -> None:
    residency = shop.residency()
    shop.open.clear()

    def use() -> None:
        with residency.lease("broken"):
            pytest.fail("there is nothing to lease")

    with ThreadPoolExecutor(4) as threads:
        futures = [threads.submit(use) for _ in range(4)]
        assert shop.entered.wait(WAIT_S)
        while residency.states()["broken"].users < 4:
            assert not wait(futures, timeout=0.01).done
        shop.open.set()
        for future in futures:
            with pytest.raises(ValueError, match="cannot be built"):
                future.result(WAIT_S)
    assert shop.built == ["broken"]
    assert not residency.states()
    with pytest.raises(ValueError, match="cannot be built"):
        use()
    assert shop.built == ["broken", "broken"]


def test_idle_values_are_closed_and_built_again(shop: Workshop) -> None:
    residency = shop.residency(idle_s=10)
    with residency.lease("a"):
        pass
    shop.now += 9.9
    assert residency.unload_idle() == []
    shop.now += 0.1
    assert residency.unload_idle() == ["a"]
    assert shop.closed == ["a-1"]
    assert not residency.states()
    with residency.lease("a") as value:
        assert value == "a-2"


def test_leased_values_are_never_closed(shop: Workshop) -> None:
    residency = shop.residency(idle_s=10)
    with residency.lease("a"):
        shop.now += 1000
        assert residency.unload_idle() == []
        residency.reset()
        assert shop.closed == []
        assert residency.states()["a"].phase is Phase.BUSY
    # The time of idleness begins when the lease ends.
    assert residency.unload_idle() == []


def test_zero_means_never_unload(shop: Workshop) -> None:
    residency = shop.residency(idle_s=0)
    with residency.lease("a"):
        pass
    shop.now += 1e9
    assert residency.unload_idle() == []
    assert residency.states()["a"].phase is Phase.READY


def test_reset_closes_everything_unused(shop: Workshop) -> None:
    residency = shop.residency(idle_s=0)
    for key in ("a", "b"):
        with residency.lease(key):
            pass
    residency.reset()
    assert shop.closed == ["a-1", "b-2"]
    assert not residency.states()


def test_new_value_waits_until_the_old_one_is_closed(shop: Workshop) -> None:
    closing, may_close = threading.Event(), threading.Event()
    closed_before_build: list[bool] = []

    def close(_: str) -> None:
        closing.set()
        assert may_close.wait(WAIT_S)
        shop.closed.append("done")

    def build(key: str) -> str:
        closed_before_build.append(bool(shop.closed))
        return shop.build(key)

    residency = Residency(build, close, idle_s=1, clock=lambda: shop.now)
    with residency.lease("a"):
        pass
    with ThreadPoolExecutor(2) as threads:
        reset = threads.submit(residency.reset)
        assert closing.wait(WAIT_S)
        assert residency.states()["a"].phase is Phase.CLOSING

        def use() -> str:
            with residency.lease("a") as value:
                return value

        again = threads.submit(use)
        may_close.set()
        assert again.result(WAIT_S) == "a-2"
        reset.result(WAIT_S)
    assert closed_before_build == [False, True]


def test_states_tell_users_and_times(shop: Workshop) -> None:
    residency = shop.residency()
    with residency.lease("a"):
        shop.now = 105.0
        with residency.lease("a"):
            state = residency.states()["a"]
    assert (state.phase, state.users, state.loaded_at, state.last_used) == (Phase.BUSY, 2, 100.0, 105.0)


def test_many_threads_and_unloads_never_meet_a_closed_value() -> None:
    closed: set[int] = set()
    numbers = iter(range(10**6))
    lock = threading.Lock()

    def build(_: str) -> int:
        with lock:
            return next(numbers)

    residency: Residency[str, int] = Residency(build, closed.add, idle_s=1e-9)
    stop = threading.Event()

    def unload() -> None:
        while not stop.is_set():
            residency.unload_idle()

    def use() -> int:
        met = 0
        while len(closed) < 10:
            with residency.lease("a") as value:
                met += value in closed
        return met

    with ThreadPoolExecutor(6) as threads:
        unloader = threads.submit(unload)
        users = [threads.submit(use) for _ in range(3)]
        assert [user.result(60) for user in users] == [0] * 3
        stop.set()
        unloader.result(WAIT_S)


def test_unload_closes_one_that_nobody_uses(shop: Workshop) -> None:
    residency = shop.residency()
    for key in ("a", "b"):
        with residency.lease(key):
            pass
    assert residency.unload("a")
    assert shop.closed == ["a-1"]
    assert list(residency.states()) == ["b"]
    assert residency.unload("a"), "there is nothing left of it"
    assert shop.closed == ["a-1"]


def test_unload_leaves_what_is_used_or_being_built(shop: Workshop) -> None:
    residency = shop.residency()
    with residency.lease("a"):
        assert not residency.unload("a")
        assert residency.states()["a"].phase is Phase.BUSY
    shop.open.clear()
    shop.entered.clear()
    with ThreadPoolExecutor(1) as threads:

        def use() -> str:
            with residency.lease("b") as value:
                return value

        future = threads.submit(use)
        assert shop.entered.wait(WAIT_S)
        assert not residency.unload("b")
        shop.open.set()
        assert future.result(WAIT_S) == "b-2"
    assert shop.closed == []


def test_a_visit_sees_what_is_in_memory_and_keeps_it_there_meanwhile(shop: Workshop) -> None:
    residency = shop.residency()
    for key in "ab":
        with residency.lease(key):
            pass
    assert residency.unload("b")
    seen: list[str] = []

    def look(value: str) -> None:
        seen.append(value)
        assert not residency.unload("a"), "somebody looks at it"

    residency.visit(look)
    assert seen == ["a-1"]
    assert shop.built == ["a", "b"]
    assert residency.unload("a")
    residency.visit(look)
    assert seen == ["a-1"]
