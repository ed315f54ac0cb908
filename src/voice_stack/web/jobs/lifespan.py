"""The jobs of a service from its start to its end, also where there is no folder for them."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from voice_stack.core.errors import ServiceUnavailableError, SettingsError
from voice_stack.jobs.manager import JobManager

logger = logging.getLogger("voice_stack.jobs")

# A disk that is mounted late, or the process before that still holds the folder.
_RETRY_S = 10.0


@contextlib.asynccontextmanager
async def running_jobs(jobs: JobManager, *, retry_s: float = _RETRY_S) -> AsyncIterator[None]:
    """Run the jobs inside the `with` block.

    A folder that cannot be used does not keep the service from its start: clients that wait for their answers need
    none. It is tried again, and /health says why there are no jobs.
    """
    trying = None if await _started(jobs) else asyncio.create_task(_keep_trying(jobs, retry_s))
    try:
        yield
    finally:
        if trying is not None:
            trying.cancel()
            await asyncio.gather(trying, return_exceptions=True)
        await jobs.stop()


async def _keep_trying(jobs: JobManager, retry_s: float) -> None:
    while True:
        await asyncio.sleep(retry_s)
        if await _started(jobs):
            logger.info("jobs can be kept from now on")
            return


async def _started(jobs: JobManager) -> bool:
    told = jobs.problem
    try:
        await jobs.start()
    except (SettingsError, ServiceUnavailableError) as error:
        if error.message != told:
            logger.error("no jobs can be kept, and only clients that wait are served: %s", error.message)
        return False
    except Exception:
        if jobs.problem != told:
            logger.exception("no jobs can be kept, and only clients that wait are served")
        return False
    return True
