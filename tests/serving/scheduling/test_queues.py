"""The three doors of a service's queue."""

import gc
import threading
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from voice_stack.core.errors import CancelledWorkError, OverloadedError
from voice_stack.core.settings import load_settings
from voice_stack.serving.scheduling.policy import Lane
from voice_stack.serving.scheduling.queues import EngineQueues
from voice_stack.web.settings import ServiceSettings

NEVER = threading.Event()


@dataclass(eq=False)
class Engine:
    """What the queue knows of an engine."""

    name: str = "engine"
    model: str = "model"
    capabilities: Any = field(default_factory=lambda: SimpleNamespace(concurrency=2))


def queues(**settings: Any) -> EngineQueues[Engine]:
    return EngineQueues(load_settings(ServiceSettings, _env_file=None, **settings).queue, quantum=30.0)


def test_the_entrance_counts_each_lane_by_itself() -> None:
    queue = queues(queue_interactive_requests=1, queue_batch_requests=2)
    with queue.enter(Lane.BATCH), queue.enter(Lane.BATCH), queue.enter(Lane.INTERACTIVE):
        for lane in Lane:
            with pytest.raises(OverloadedError) as caught, queue.enter(lane):
                pass
            assert caught.value.retry_after_s == 5, "no engine has told yet how fast it is"
        told = queue.snapshot().entrance
        assert {lane: (one.requests, one.refused) for lane, one in told.items()} == {
            Lane.INTERACTIVE: (1, 1),
            Lane.BATCH: (2, 1),
        }
    with queue.enter(Lane.BATCH), queue.enter(Lane.INTERACTIVE):
        pass
    assert [one.requests for one in queue.snapshot().entrance.values()] == [0, 0]


def test_who_fails_inside_leaves_the_entrance() -> None:
    queue = queues(queue_batch_requests=1)
    for _ in range(3):
        with pytest.raises(KeyError), queue.enter(Lane.BATCH):
            raise KeyError


def test_retry_after_at_the_entrance_is_what_the_engine_needs_for_one_request() -> None:
    queue, engine = queues(queue_batch_requests=1), Engine()
    scheduler = queue.of(engine)
    with scheduler.admit(Lane.BATCH, 0.001) as ticket, ticket.turn(0.001, NEVER):
        threading.Event().wait(0.01)
    rate = scheduler.snapshot().rate
    assert rate is not None
    with queue.enter(Lane.BATCH), scheduler.admit(Lane.BATCH, rate * 2 * 100.0):  # two slots
        with pytest.raises(OverloadedError) as caught, queue.enter(Lane.BATCH):
            pass
        assert caught.value.retry_after_s == pytest.approx(100, abs=1)


def test_seconds_of_work_are_bounded_by_the_settings() -> None:
    queue, engine = queues(queue_batch_s=60, queue_interactive_s=0), Engine()
    scheduler = queue.of(engine)
    with scheduler.admit(Lane.BATCH, 1.0) as ticket, ticket.turn(1.0, NEVER):
        pass
    with scheduler.admit(Lane.BATCH, 1e12), pytest.raises(OverloadedError):
        scheduler.admit(Lane.BATCH, 1.0)
    with scheduler.admit(Lane.INTERACTIVE, 1e12):
        scheduler.admit(Lane.INTERACTIVE, 1.0).close()
    assert queue.snapshot().entrance[Lane.BATCH].refused == 1


def test_only_so_many_batch_requests_are_under_way() -> None:
    queue = queues(queue_batch_active=2)
    with queue.place(Lane.BATCH, NEVER):
        assert not queue.crowded
        with queue.place(Lane.BATCH, NEVER), queue.place(Lane.INTERACTIVE, NEVER):
            assert queue.crowded
            stop = threading.Event()
            failures: list[BaseException] = []

            def wait() -> None:
                try:
                    with queue.place(Lane.BATCH, stop):
                        pass
                except CancelledWorkError as error:
                    failures.append(error)

            thread = threading.Thread(target=wait)
            thread.start()
            while not queue.waiting:
                threading.Event().wait(0.01)
            stop.set()
            thread.join(30)
            assert len(failures) == 1
            assert queue.waiting == 0
    assert not queue.crowded


def test_an_engine_has_one_scheduler_as_wide_as_itself_for_as_long_as_it_lives() -> None:
    queue, engine = queues(), Engine()
    assert queue.of(engine) is queue.of(engine)
    assert queue.of(Engine()) is not queue.of(engine)
    gc.collect()
    (told,) = queue.snapshot().engines
    assert (told.engine, told.model, told.turns.width) == ("engine", "model", 2)
    del engine
    gc.collect()
    assert queue.snapshot().engines == []
