"""The doors in front of engines, in their order; and several kinds of engines in one service."""

import logging
import threading
from typing import Any

import pytest

from tests.serving.fake_engines import PLACES, Alpha, FakeHost
from voice_stack.core.errors import EngineUnavailableError, OverloadedError
from voice_stack.serving.catalogue import Catalogue, Names
from voice_stack.serving.engine import Engine, EngineConfig
from voice_stack.serving.host import EngineHost, answering
from voice_stack.serving.registry import Registry
from voice_stack.serving.run import Report
from voice_stack.serving.scheduling.policy import Lane
from voice_stack.serving.scheduling.queues import EngineQueues
from voice_stack.serving.scheduling.settings import QueueOptions
from voice_stack.serving.service import EngineService
from voice_stack.serving.spec import EngineSpec, Kind

LOG = logging.getLogger("voice_stack.test")


def catalogue(kind: Kind, *fallbacks: str) -> Catalogue:
    host = FakeHost(engine="alpha", fallback_engines=fallbacks)
    registry = Registry({kind: PLACES[Kind.SPEECH]}, None)
    names = Names((f"fake-{kind}",))
    return Catalogue(kind, names, host, lambda spec, model: EngineConfig(spec.options(), model), registry)


class Bench:
    """A host whose builds are noted, and may fail."""

    def __init__(self, queues: EngineQueues[Any], *fallbacks: str, kind: Kind = Kind.SPEECH) -> None:
        self.built: list[str] = []
        self.failing: set[str] = set()
        self.host: EngineHost[Alpha] = EngineHost(
            catalogue(kind, *fallbacks), FakeHost(), queues, LOG, build=self.build
        )

    def build(self, spec: EngineSpec, config: EngineConfig[Any]) -> Engine:
        self.built.append(spec.name)
        if spec.name in self.failing:
            raise EngineUnavailableError(f"{spec.name} is broken")
        return spec.build(config)


@pytest.fixture
def queues() -> EngineQueues[Any]:
    return EngineQueues(QueueOptions(batch_requests=1, batch_active=1, interactive_requests=1), quantum=1.0)


def test_a_request_takes_the_doors_in_their_order(queues: EngineQueues[Any]) -> None:
    bench, stop = Bench(queues), threading.Event()
    with bench.host.enter(Lane.BATCH, stop) as entrance:
        assert queues.snapshot().entrance[Lane.BATCH].requests == 1
        assert bench.built == [], "nothing is loaded for who has only entered"
        leased = entrance.lease(bench.host.catalogue.chain("fake-speech"))
        assert (bench.built, queues.snapshot().engines) == (["alpha"], [])
        seat = entrance.take_seat(leased.engine, 3.0, "a test")
    (engine,) = queues.snapshot().engines
    assert engine.turns.lanes[Lane.BATCH].requests == 1, "the seat stays when the entrance is left"
    assert queues.snapshot().entrance[Lane.BATCH].requests == 1
    with seat.turn(1.0, lambda: None) as turn:
        assert turn.next_unit(1.0) == 1
    seat.close()
    seat.close()
    assert queues.snapshot().entrance[Lane.BATCH].requests == 0
    assert queues.snapshot().engines[0].turns.lanes[Lane.BATCH].requests == 0


def test_who_finds_the_entrance_full_loads_nothing(queues: EngineQueues[Any]) -> None:
    bench = Bench(queues)
    with bench.host.enter(Lane.INTERACTIVE, threading.Event()):
        with pytest.raises(OverloadedError), bench.host.enter(Lane.INTERACTIVE, threading.Event()):
            pytest.fail("it was let in")
    assert bench.built == []


def test_what_goes_wrong_between_two_doors_gives_everything_back(queues: EngineQueues[Any]) -> None:
    bench = Bench(queues)

    def go_wrong() -> None:
        with bench.host.enter(Lane.BATCH, threading.Event()) as entrance:
            entrance.lease(bench.host.catalogue.chain("fake-speech"))
            raise KeyError

    with pytest.raises(KeyError):
        go_wrong()
    assert queues.snapshot().entrance[Lane.BATCH].requests == 0
    bench.host.pool.reset()
    assert bench.host.status()["state"] == "idle", "the engine is not leased any more"


def test_who_waits_for_a_place_lets_go_of_its_memory_first() -> None:
    queues: EngineQueues[Any] = EngineQueues(QueueOptions(batch_active=1), quantum=1.0)
    bench, told = Bench(queues), threading.Event()

    def take(before_waiting: Any) -> Any:
        with bench.host.enter(Lane.BATCH, threading.Event()) as entrance:
            leased = entrance.lease(bench.host.catalogue.chain("fake-speech"))
            return entrance.take_seat(leased.engine, 1.0, "a test", before_waiting=before_waiting)

    first = take(lambda: pytest.fail("there was a place"))
    waiting = threading.Thread(target=lambda: take(told.set).close())
    waiting.start()
    assert told.wait(10)
    first.close()
    waiting.join(10)
    assert not waiting.is_alive()


def test_a_stand_in_says_why_in_plain_data(queues: EngineQueues[Any]) -> None:
    bench = Bench(queues, "gamma")
    bench.failing = {"alpha"}
    with bench.host.lease("fake-speech") as leased:
        assert answering(leased, voice="v", language="en") == answering(leased, voice="v", language="en")
        told = answering(leased)
    assert (told.engine, told.fallback, told.voice) == ("gamma", "alpha is broken", "")


def test_a_service_has_engines_of_several_kinds(queues: EngineQueues[Any]) -> None:
    told: list[Report] = []
    own, further = catalogue(Kind.SPEECH), Bench(queues, kind=Kind.EMBEDDING)
    with EngineService[Alpha, Report](own, FakeHost(), queues, told.append, LOG) as service:
        service.add(further.host)
        service.preload()
        status: Any = service.status()
        assert status["kinds"].keys() == {"speech", "embedding"}
        assert (status["state"], status["kinds"]["embedding"]["state"]) == ("ready", "idle")
        assert status["engine"] == status["kinds"]["speech"]["engine"] == "alpha"
        with further.host.lease("fake-embedding") as leased:
            assert leased.engine.name == "alpha"
            assert service.hosts[Kind.EMBEDDING].status()["state"] == "ready"
        report = Report("alpha", "alpha-large", audio_s=4.0, engine_s=1.0, waited_s=0.0)
        service.tell(report, "done", {})
    assert (told, told[0].real_time_factor) == ([report], 0.25)
    assert {host.status()["state"] for host in service.hosts.values()} == {"idle"}, "all are freed with the service"
