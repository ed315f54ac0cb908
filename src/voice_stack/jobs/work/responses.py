"""Answers on their way into the store, as plain data."""

import asyncio
import json
from collections.abc import Mapping

from voice_stack.core.durable import open_private, write_whole
from voice_stack.core.envelope import error_body, json_bytes
from voice_stack.core.errors import VoiceStackError
from voice_stack.core.rendered import Rendered
from voice_stack.jobs.spool.room import check_room
from voice_stack.jobs.types import Json, StoredResponse
from voice_stack.jobs.work.run import JobRun

# Made anew for each answer, or about a connection that is long gone.
_NOT_KEPT = frozenset(
    {
        "connection",
        "content-length",
        "date",
        "keep-alive",
        "openai-processing-ms",
        "server",
        "set-cookie",
        "transfer-encoding",
        "x-accel-buffering",
        "x-should-retry",
        "x-request-id",
    }
)


async def store(rendered: Rendered, run: JobRun) -> StoredResponse:
    """Take an answer over. Pieces are taken to their end, to the job's folder.

    Raises:
        VoiceStackError: whatever the making of the pieces raises.
        OSError: the disk failed.
    """
    headers = _kept(rendered.headers, rendered.content_type)
    if isinstance(rendered.body, bytes):
        return StoredResponse(rendered.status, headers, rendered.body)
    path = run.folder / "out.response"
    file = await asyncio.to_thread(open_private, path, "wb")

    def write(piece: bytes) -> None:
        check_room(run.folder, len(piece))
        write_whole(file, piece)

    try:
        async for piece in rendered.body:
            await asyncio.to_thread(write, piece)
    finally:
        await asyncio.to_thread(file.close)
    late = list(rendered.late_headers().items())
    return StoredResponse(rendered.status, [*late, *headers], path)


def failure(error: VoiceStackError) -> tuple[StoredResponse, Json]:
    """The answer of a failed job, and the inner object of its envelope."""
    body = error_body(error)
    inner: Json = body["error"]
    return StoredResponse(error.status, _kept(error.headers, "application/json"), json_bytes(body)), inner


def inner_error(response: StoredResponse) -> Json:
    """The inner object of the envelope in an error answer that a handler made itself."""
    if isinstance(response.body, bytes):
        try:
            found = json.loads(response.body)
        except ValueError:
            found = None
        if isinstance(found, dict) and isinstance(found.get("error"), dict):
            return dict(found["error"])
    return {"message": f"The answer has status {response.status}.", "type": "server_error", "param": None, "code": None}


def _kept(headers: Mapping[str, str], content_type: str) -> list[tuple[str, str]]:
    kept = [(name.lower(), value) for name, value in headers.items() if name.lower() not in _NOT_KEPT]
    return [*kept, ("content-type", content_type)]
