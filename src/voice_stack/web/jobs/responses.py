"""Responses about jobs: 202 for who need not wait, the stored answer for who does, byte for byte."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import IO

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from voice_stack.core.errors import CancelledWorkError, JobCancelledError, ResultExpiredError
from voice_stack.jobs.manager import JobManager
from voice_stack.jobs.schemas import batch_json, job_json
from voice_stack.jobs.types import Batch, Job, NewJob, StoredResponse
from voice_stack.web.disconnect import wait_for_disconnect
from voice_stack.web.jobs.prefer import Preferences, read_preferences

_BLOCK = 256 * 1024
# Bodies up to this size are sent in one piece.
_SMALL = 1024 * 1024


def jobs_preferences(request: Request, jobs: JobManager) -> Preferences:
    """Preferences of a request, once it is known that they can be had.

    Raises:
        InvalidRequestError: `async` is neither true nor false.
        JobsUnavailableError, StoppingError: a job is wanted, and there are none.
    """
    preferences = read_preferences(request)
    if preferences.respond_async:
        jobs.check()
    return preferences


async def accept(request: Request, jobs: JobManager, new: NewJob, preferences: Preferences) -> Response:
    """The answer to a request that becomes a job; see `JobManager.accept` and `respond`."""
    return await respond(request, jobs, await jobs.accept(new), preferences)


async def respond(request: Request, jobs: JobManager, job: Job, preferences: Preferences) -> Response:
    """The answer to a request that became a job: 202, or the answer itself when it comes within `wait`."""
    if preferences.wait_s:
        with contextlib.suppress(TimeoutError, JobCancelledError):
            async with asyncio.timeout(preferences.wait_s):
                return await replayed(await jobs.follow.wait(job.id))
    return await accepted_response(request, jobs, job, preferences)


async def answer(request: Request, jobs: JobManager, job: Job, *, keep: bool) -> Response:
    """The answer to a client that waits for it, and knows nothing of the job behind it.

    Args:
        keep: whether the work goes on when the client goes, because it will ask again (Bazarr does).

    Raises:
        CancelledWorkError: the client has gone.
    """
    waiting = asyncio.create_task(jobs.follow.wait(job.id))
    watch = asyncio.create_task(wait_for_disconnect(request.receive))
    try:
        await asyncio.wait({waiting, watch}, return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            return await replayed(waiting.result())
    finally:
        for task in (waiting, watch):
            task.cancel()
        await asyncio.wait({waiting, watch})
    if not keep:
        await jobs.release(job.id)
    raise CancelledWorkError("The client is gone.")


async def accepted_response(request: Request, jobs: JobManager, job: Job, preferences: Preferences) -> JSONResponse:
    """202 with where to look for the answer."""
    view = (await jobs.read.views([job]))[0]
    base = base_path(request, jobs)
    headers = {"location": f"{base}/jobs/{job.id}", "retry-after": str(view.retry_after_s)}
    if preferences.by_header:
        headers["preference-applied"] = "respond-async"
    return JSONResponse(job_json(view, base), 202, headers=headers)


def accepted_batch_response(request: Request, jobs: JobManager, batch: Batch) -> JSONResponse:
    """202 with where to look for the batch."""
    base = base_path(request, jobs)
    return JSONResponse(batch_json(batch, base), 202, headers={"location": f"{base}/batches/{batch.id}"})


async def replayed(stored: StoredResponse) -> Response:
    """The stored answer, opened to be sent.

    Raises:
        ResultExpiredError: its file has just been removed.
    """
    try:
        size, body = await asyncio.to_thread(open_body, stored.body)
    except FileNotFoundError as error:
        raise ResultExpiredError("The result has just expired.") from error
    return stored_response(stored, size, body)


def base_path(request: Request, jobs: JobManager) -> str:
    """The path before `/jobs`, with the proxy's prefix where there is one."""
    root: str = request.scope.get("root_path", "")
    return root.rstrip("/") + jobs.api_prefix


def open_body(body: bytes | Path) -> tuple[int, bytes | IO[bytes]]:
    """The size of a stored body, and the whole of it or, when it is large, a file to read it from. Blocking.

    Raises:
        FileNotFoundError: it has expired.
    """
    if isinstance(body, bytes):
        return len(body), body
    size = body.stat().st_size
    if size <= _SMALL:
        return size, body.read_bytes()
    return size, body.open("rb")


def stored_response(stored: StoredResponse, size: int, body: bytes | IO[bytes]) -> Response:
    """The stored answer, byte for byte."""
    headers = [*stored.headers, ("content-length", str(size))]
    if stored.status >= 400:
        # The answer is what it is: asking again for the result cannot change it.
        headers.append(("x-should-retry", "false"))
    response: Response
    if isinstance(body, bytes):
        response = Response(body, stored.status)
    else:
        response = StreamingResponse(_blocks(body.read, body.close), stored.status)
    response.raw_headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    return response


async def _blocks(read: Callable[[int], bytes], close: Callable[[], None]) -> AsyncIterator[bytes]:
    try:
        while block := await asyncio.to_thread(read, _BLOCK):
            yield block
    finally:
        close()
