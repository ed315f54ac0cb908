"""Threads of a runner: as many as a crowd needs, and few when it is gone."""

import asyncio
import threading
from typing import Any

from voice_stack.core.errors import InvalidRequestError
from voice_stack.serving.execution import Runner
from voice_stack.serving.scheduling.settings import QueueOptions
from voice_stack.serving.work import Ask

CROWD = 60


def run_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("crowd")]


async def test_a_crowd_leaves_no_crowd_of_threads() -> None:
    runner: Runner[Any, Any, Any] = Runner("crowd", QueueOptions())
    together = threading.Barrier(CROWD)

    def start(ask: Ask) -> Any:
        together.wait(30)
        raise InvalidRequestError("That is all.")

    executions = [runner.begin(start) for _ in range(CROWD)]
    for execution in executions:
        try:
            await execution.started
        except InvalidRequestError:
            continue
    async with asyncio.timeout(30):
        while run_threads():  # noqa: ASYNC110 (threads end)
            await asyncio.sleep(0.01)
    # And it goes on.
    together = threading.Barrier(1)
    later = runner.begin(start)
    try:
        await later.started
    except InvalidRequestError:
        assert len(run_threads()) == 1
    runner.close()
