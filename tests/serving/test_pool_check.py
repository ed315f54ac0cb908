"""Engines that are loaded and cannot work any more: a server behind them is gone."""

import logging

import pytest

from voice_stack.core.errors import EngineUnavailableError
from voice_stack.serving.pool import EnginePool
from voice_stack.serving.spec import ModelEntry

CHAIN = [ModelEntry(name, name, "", "me", 0, True) for name in ("remote", "local")]


class Engine:
    device = "cpu"

    def __init__(self, name: str, bench: "Bench") -> None:
        self.model = name
        self._bench = bench

    def check(self) -> None:
        self._bench.checked.append(self.model)
        if self.model == "remote" and self._bench.gone:
            raise EngineUnavailableError(self._bench.gone)

    def close(self) -> None:
        self._bench.closed.append(self.model)


class Bench:
    def __init__(self) -> None:
        self.gone = ""
        self.now = 0.0
        self.built: list[str] = []
        self.checked: list[str] = []
        self.closed: list[str] = []
        self.pool: EnginePool[ModelEntry, Engine] = EnginePool(
            self._build, idle_s=0, retry_s=60, log=logging.getLogger("test"), clock=lambda: self.now
        )

    def _build(self, name: str, source: str) -> Engine:
        self.built.append(name)
        return Engine(name, self)

    def answer(self) -> tuple[str, str | None]:
        with self.pool.lease_chain(CHAIN) as leased:
            return leased.entry.engine, leased.fallback_reason

    @property
    def state(self) -> object:
        return self.pool.chain_status(CHAIN, "auto")["state"]


def test_a_stand_in_answers_while_it_cannot_work_and_says_why() -> None:
    bench = Bench()
    assert bench.answer() == ("remote", None)
    bench.gone = "connection refused"
    assert bench.answer() == ("local", "connection refused")
    assert bench.state == "degraded"
    assert bench.built == ["remote", "local"]


def test_it_is_asked_again_after_seconds_and_not_built_anew() -> None:
    bench = Bench()
    bench.answer()
    bench.gone = "connection refused"
    bench.answer()
    bench.gone = ""
    bench.now = 4.0
    assert bench.answer() == ("local", "connection refused")
    bench.now = 6.0
    assert bench.answer() == ("remote", None)
    assert bench.state == "ready"
    assert bench.built == ["remote", "local"]


def test_it_is_not_asked_at_every_request_while_it_is_gone() -> None:
    bench = Bench()
    bench.gone = "connection refused"
    for _ in range(5):
        assert bench.answer() == ("local", "connection refused")
    assert bench.checked.count("remote") == 1


def test_it_is_given_back_when_it_cannot_work() -> None:
    bench = Bench()
    bench.answer()
    bench.gone = "connection refused"
    bench.answer()
    bench.pool.reset()
    assert sorted(bench.closed) == ["local", "remote"], "a lease was kept"


def test_without_a_stand_in_the_reason_is_the_error() -> None:
    bench = Bench()
    bench.gone = "connection refused"
    with pytest.raises(EngineUnavailableError, match="connection refused"), bench.pool.lease_chain(CHAIN[:1]):
        pass
