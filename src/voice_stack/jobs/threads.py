"""Threads for the jobs' blocking work, which is never done on the event loop."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

# Copying and hashing uploads of gigabytes, a few at a time.
_DISK_THREADS = 4


class Threads:
    """One thread for the database, a few for files, so that a status is not behind a copy of a film."""

    def __init__(self) -> None:
        # One, so that what one transaction reads cannot change before it writes: this process is alone on its spool.
        self._database = ThreadPoolExecutor(1, thread_name_prefix="jobs-database")
        self._disk = ThreadPoolExecutor(_DISK_THREADS, thread_name_prefix="jobs-disk")

    async def database(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do the work on the database's thread."""
        return await _in_thread(self._database, partial(work, *args, **kwargs))

    async def disk(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do the work on one of the threads for files."""
        return await _in_thread(self._disk, partial(work, *args, **kwargs))

    def close(self) -> None:
        """Wait for what is under way, and do nothing more."""
        self._database.shutdown()
        self._disk.shutdown()


async def _in_thread(threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    """The work's result. Cancelled meanwhile, it ends first: it may use a file that the caller is about to close."""
    context = contextvars.copy_context()
    future = asyncio.get_running_loop().run_in_executor(threads, context.run, work)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await asyncio.wait({future})
        raise
