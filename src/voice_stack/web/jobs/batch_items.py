"""Batches: several requests in one, of which each becomes a job or is told what is wrong with it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from voice_stack.core.errors import InvalidRequestError, VoiceStackError
from voice_stack.jobs.types import Item, NewJob

T = TypeVar("T")

# Items looked into at once: it may take a child process for each.
_AT_ONCE = 4


async def look_into(items: Sequence[tuple[str, T]], make: Callable[[T], Awaitable[NewJob]], *, most: int) -> list[Item]:
    """Items of a batch, in order: the job of each, or what is wrong with it.

    Args:
        items: name, and what a job is made of.
        make: makes it; a VoiceStackError is the item's own.
        most: items.

    Raises:
        InvalidRequestError: none, or too many.
    """
    if not items:
        raise InvalidRequestError("The batch is empty.")
    if len(items) > most:
        raise InvalidRequestError(
            f"The batch has more than {most} items (the server's setting JOB_BATCH_ITEMS). Send it in parts."
        )
    gate = asyncio.Semaphore(_AT_ONCE)

    async def look(name: str, content: T) -> Item:
        async with gate:
            try:
                return name, await make(content)
            except VoiceStackError as error:
                return name, error

    return list(await asyncio.gather(*(look(name, content) for name, content in items)))
