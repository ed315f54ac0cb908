"""Models on their way: stand-ins answer meanwhile, whoever cannot use them waits, and all of it is told."""

import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.serving.fake_engines import Alpha, FakeHost, Gamma
from voice_stack.core.errors import DownloadInterruptedError, EngineUnavailableError
from voice_stack.hub.progress import Progress
from voice_stack.serving.arrivals import Arrivals
from voice_stack.serving.engine import EngineConfig
from voice_stack.serving.pool import EnginePool, Key
from voice_stack.serving.spec import ModelEntry

LOG = logging.getLogger("voice_stack.test")
WAIT_S = 30.0
ALPHA = ModelEntry("big", "alpha", "big", "us", 1, False)
BETA = ModelEntry("other", "beta", "other", "us", 1, False)
GAMMA = ModelEntry("small", "gamma", "", "us", 1, True)
KEY = ("alpha", "big")


class Shelf:
    """A pool whose models `alpha` and `beta` are downloads that go on when they are let."""

    def __init__(self, wait_s: float = 0.0) -> None:
        self.go_on = threading.Event()
        self.asked: list[str] = []
        self.here: set[Key] = {("gamma", "")}
        self.failures: list[Exception] = []
        self.now = 0.0
        self.pool: EnginePool[ModelEntry, Any] = EnginePool(
            self.build,
            idle_s=0,
            retry_s=60,
            log=LOG,
            missing=self.missing,
            wait_s=wait_s,
            clock=lambda: self.now,
        )

    def build(self, engine: str, source: str) -> Alpha | Gamma:
        assert (engine, source) in self.here, "it was built before it was there"
        config: EngineConfig[Any] = EngineConfig(FakeHost(), source)
        return Gamma(config) if engine == "gamma" else Alpha(config)

    def missing(self, key: Key) -> Callable[[Progress], object] | None:
        if key in self.here:
            return None

        def fetch(progress: Progress) -> None:
            self.asked.append(key[0])
            progress("big", 120_000_000, 480_000_000)
            assert self.go_on.wait(WAIT_S)
            if self.failures:
                raise self.failures.pop(0)
            progress("big", 480_000_000, 480_000_000)
            self.here.add(key)

        return fetch

    def answer(self, *chain: ModelEntry, patient: bool = False) -> tuple[str, str | None, bool]:
        with self.pool.lease_chain(chain or (ALPHA, GAMMA), patient=patient) as leased:
            return leased.entry.id, leased.fallback_reason, leased.meanwhile


def until_over(shelf: Shelf) -> None:
    shelf.go_on.set()
    for thread in threading.enumerate():
        if thread.name.startswith("download-"):
            thread.join(WAIT_S)


def test_a_stand_in_answers_while_a_model_arrives(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    shelf = Shelf()
    status = shelf.pool.chain_status([ALPHA, GAMMA], "cpu")
    assert (status["state"], status["download"]) == ("idle", None)
    # Enough for the download to say how far it is, on a machine under load too.
    shelf.pool.arrivals._wait_s = 0.5
    assert shelf.answer() == ("small", "The model big is being downloaded: 120 of 480 MB (25 %).", True)
    shelf.pool.arrivals._wait_s = 0.0
    assert shelf.answer()[0] == "small"
    assert shelf.asked == ["alpha"], "one download for all who want it"
    status = shelf.pool.chain_status([ALPHA, GAMMA], "cpu")
    assert (status["state"], status["model"], status["requested_model"]) == ("degraded", "small", "big")
    assert status["reason"] == "The model big is being downloaded: 120 of 480 MB (25 %)."
    assert status["download"] == {"model": "big", "done_bytes": 120_000_000, "total_bytes": 480_000_000}
    until_over(shelf)
    assert shelf.answer() == ("big", None, False)
    assert shelf.pool.chain_status([ALPHA, GAMMA], "cpu")["state"] == "ready"
    told = [record.getMessage() for record in caplog.records]
    assert any(line.startswith("big has arrived after") for line in told)
    assert not [line for line in told if "in place of" in line], "a download is no fault"


def test_who_waits_gets_the_model() -> None:
    shelf = Shelf()
    assert shelf.answer()[0] == "small"
    threading.Timer(0.2, shelf.go_on.set).start()
    assert shelf.answer(patient=True) == ("big", None, False)


def test_a_model_that_is_named_alone_is_waited_for() -> None:
    shelf = Shelf()
    threading.Timer(0.2, shelf.go_on.set).start()
    assert shelf.answer(ALPHA) == ("big", None, False)


def test_a_short_download_is_waited_for() -> None:
    shelf = Shelf(wait_s=WAIT_S)
    shelf.go_on.set()
    assert shelf.answer() == ("big", None, False)


def test_one_download_is_enough() -> None:
    shelf = Shelf()
    assert shelf.answer(ALPHA, BETA, GAMMA)[0] == "small"
    until_over(shelf)
    assert shelf.asked == ["alpha"]


def test_where_nobody_can_stand_in_the_model_is_waited_for() -> None:
    shelf = Shelf()
    threading.Timer(0.2, shelf.go_on.set).start()
    assert shelf.answer(ALPHA, BETA) == ("big", None, False)
    assert shelf.pool.chain_status([ALPHA, BETA], "cpu")["state"] == "ready"


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (EngineUnavailableError("the hub is away"), "the hub is away"),
        (OSError(28, "No space left on device"), "The model big could not be downloaded."),
    ],
)
def test_a_download_that_fails_is_tried_again_later(failure: Exception, reason: str) -> None:
    shelf = Shelf()
    shelf.failures = [failure]
    assert shelf.answer()[0] == "small"
    until_over(shelf)
    assert shelf.answer() == ("small", reason, False)
    status = shelf.pool.chain_status([ALPHA, GAMMA], "cpu")
    assert (status["state"], status["reason"], status["download"]) == ("degraded", reason, None)
    assert len(shelf.asked) == 1
    shelf.now = 61.0
    assert shelf.answer(patient=True) == ("big", None, False)


def test_a_connection_that_breaks_is_taken_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voice_stack.serving.arrivals._AGAIN_S", 0.0)
    shelf = Shelf(wait_s=WAIT_S)
    shelf.go_on.set()
    shelf.failures = [DownloadInterruptedError("cut")]
    assert shelf.answer() == ("big", None, False)
    assert len(shelf.asked) == 2


def test_closing_gives_a_download_up() -> None:
    begun, over = threading.Event(), threading.Event()
    ended: list[EngineUnavailableError | None] = []

    def fetch(progress: Progress) -> None:
        begun.set()
        while not over.wait(0.01):
            progress("big", 1, None)

    arrivals = Arrivals(lambda key: fetch, wait_s=0.0, ended=lambda key, error: ended.append(error), log=LOG)
    assert arrivals.reason_to_wait(KEY, "big")
    assert begun.wait(WAIT_S)
    arrivals.close()
    with pytest.raises(EngineUnavailableError, match="given up"):
        arrivals.reason_to_wait(KEY, "big", patient=True)
    assert [str(error) for error in ended] == ["The download of big was given up."]
    assert arrivals.keys() == []
