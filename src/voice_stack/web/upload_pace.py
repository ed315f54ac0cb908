"""Pace of a request's body: for how long its client may be silent, and how little it may send."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from starlette.requests import Request

from voice_stack.core.errors import RequestTimeoutError


@dataclass(frozen=True, slots=True)
class UploadPace:
    """Bounds of how slowly a body may come. Only the time counts in which the service waits for the client.

    Attributes:
        idle_s: seconds without a byte after which the client is given up.
        least_bytes_s: bytes a second that must come on an average of `idle_s` seconds; 0: any.
    """

    idle_s: float = 60.0
    least_bytes_s: float = 1000.0

    async def body(self, chunks: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        """The body, unless it stops coming, or drips.

        Raises:
            RequestTimeoutError: too little came.
        """
        clock = asyncio.get_running_loop().time
        waited_s, came = 0.0, 0
        async with aclosing(chunks):
            while True:
                began = clock()
                try:
                    async with asyncio.timeout(self.idle_s):
                        chunk = await anext(chunks, None)
                except TimeoutError as error:
                    raise RequestTimeoutError(
                        f"Nothing came for {self.idle_s:g} seconds in the middle of the upload."
                    ) from error
                if chunk is None:
                    return
                waited_s, came = waited_s + clock() - began, came + len(chunk)
                if waited_s >= self.idle_s:
                    if came < waited_s * self.least_bytes_s:
                        raise RequestTimeoutError(
                            f"The upload is too slow: {came:,} bytes came in {waited_s:.0f} seconds, less than "
                            f"{self.least_bytes_s:g} a second."
                        )
                    waited_s, came = 0.0, 0
                yield chunk


def pace_of(request: Request) -> UploadPace:
    """The pace that the application of a request wants; the usual one where it wants none."""
    state = getattr(request.scope.get("app"), "state", None)
    pace: UploadPace = getattr(state, "upload_pace", UploadPace())
    return pace
