"""An engine that is busy for as long as a test wants."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from voice_stack.serving.scheduling.policy import Lane
from voice_stack.serving.scheduling.queues import EngineQueues
from voice_stack.serving.scheduling.scheduler import Scheduler

Leasing = contextlib.AbstractContextManager[Any]


@contextlib.contextmanager
def slots_held(queues: EngineQueues[Any], lease: Leasing) -> Iterator[Scheduler]:
    """Load the engine and hold all of its slots inside the `with` block, as batch work would.

    Args:
        lease: what the service's pool leases.
    """
    with lease as leased, contextlib.ExitStack() as stack:
        scheduler = queues.of(leased.engine)
        for _ in range(scheduler.snapshot().width):
            ticket = stack.enter_context(scheduler.admit(Lane.BATCH, 0.0, "a test"))
            stack.enter_context(ticket.turn(1.0, threading.Event()))
        yield scheduler
