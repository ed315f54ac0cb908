"""Noticing that nobody waits for the answer any more."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.types import Receive

from voice_stack.core.errors import CancelledWorkError

T = TypeVar("T")


async def wait_for_disconnect(receive: Receive) -> None:
    """Return when the client has gone. What is left of the body is dropped: read the body first."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def run_until_disconnect(request: Request, work: Awaitable[T], cancel: Callable[[], None]) -> T:
    """Wait for `work`; when the client goes away, call `cancel` once and go on waiting.

    The work is not torn down: it ends by itself at its next boundary, with a result or a `CancelledWorkError`.
    When the server itself gives up on the request (shutdown), `cancel` is called as well.

    Args:
        request: its body must have been read.
        work: what the client waits for, often a worker thread's future.
        cancel: tells the work to stop soon; called on the event loop, must not block.
    """
    task = asyncio.ensure_future(work)
    watch = asyncio.create_task(wait_for_disconnect(request.receive))
    try:
        await asyncio.wait({task, watch}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            cancel()
            await asyncio.wait({task})
        return task.result()
    except asyncio.CancelledError:
        cancel()
        task.cancel()
        raise
    finally:
        watch.cancel()
        await asyncio.wait({watch})


async def until_disconnect(request: Request, work: asyncio.Future[T]) -> T:
    """Wait for work that goes on whether anybody waits for it or not.

    Args:
        request: what is left of its body is dropped.

    Raises:
        CancelledWorkError: the client has gone.
        Whatever the work raises.
    """
    work.add_done_callback(_noticed)
    watch = asyncio.create_task(wait_for_disconnect(request.receive))
    both: set[asyncio.Future[Any]] = {work, watch}
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        watch.cancel()
        await asyncio.wait({watch})
    if not work.done():
        raise CancelledWorkError("The client is gone.")
    return work.result()


def _noticed(work: asyncio.Future[T]) -> None:
    """An error that nobody waits for any more is not one of the event loop."""
    if not work.cancelled():
        work.exception()
