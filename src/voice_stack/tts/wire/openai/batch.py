"""POST /audio/speech/batch: many texts in one request, a job each."""

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from voice_stack.core.errors import InvalidRequestError
from voice_stack.jobs.types import NewJob
from voice_stack.serving.scheduling.policy import Lane
from voice_stack.tts.schemas import NOT_BLANK, SpeechBody, StreamFormat
from voice_stack.tts.wire.answers import most_bytes, read_options
from voice_stack.tts.wire.jobs import speech_job
from voice_stack.tts.wire.state import State, TtsState
from voice_stack.web.documents import BODY_ERRORS, parameter, refusals
from voice_stack.web.jobs.batch_items import look_into
from voice_stack.web.jobs.documents import ACCEPTED_BATCH, JOB_ERRORS
from voice_stack.web.jobs.responses import accepted_batch_response
from voice_stack.web.json_body import parse_object, read_body, validated
from voice_stack.web.priority import Priority

router = APIRouter(tags=["audio"])

_MOST_BYTES = 64 * 2**20
_MOST_ID = 512
# The body is read whatever it is called.
_TYPES = ("application/jsonl", "text/plain")
_LINES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A speech request a line, as JSON; each may have a `custom_id`.",
        "content": {kind: {"schema": {"type": "string", "pattern": NOT_BLANK}} for kind in _TYPES},
    },
    "parameters": [parameter("query", "callback_url", "Told when a job is over.", {"type": "string"})],
}


@router.post(
    "/audio/speech/batch",
    openapi_extra=_LINES,
    status_code=202,
    responses={**refusals(*BODY_ERRORS, *JOB_ERRORS), 202: ACCEPTED_BATCH},
)
async def create_speech_batch(request: Request, state: State, priority: Priority) -> JSONResponse:
    """Speak many texts: a speech request a line. Each becomes a job; `GET /batches/{id}` tells of them all."""
    state.jobs.check()
    most = state.settings.jobs.batch_items
    body = await read_body(request, max_bytes=min(_MOST_BYTES, most * most_bytes(state)))
    callback_url = request.query_params.get("callback_url")

    async def make(line: str | InvalidRequestError) -> NewJob:
        if isinstance(line, InvalidRequestError):
            raise line
        return await _job(state, line, priority, callback_url)

    items = await look_into(list(_named(_lines(body))), make, most=most)
    return accepted_batch_response(request, state.jobs, await state.jobs.accept_batch(items))


async def _job(state: TtsState, line: str, lane: Lane | None, callback_url: str | None) -> NewJob:
    body = validated(parse_object(line, "line"), SpeechBody)
    if body.stream_format is StreamFormat.SSE:
        raise InvalidRequestError("A batch has no streams: leave stream_format out.", param="stream_format")
    return await speech_job(state, body, read_options(body, state, lane), callback_url)


def _lines(body: bytes) -> list[str]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidRequestError("The body is not UTF-8.") from error
    # Not splitlines(): JSON texts may hold U+2028 as it is.
    return [line for line in text.split("\n") if line.strip()]


def _named(lines: list[str]) -> Iterator[tuple[str, str | InvalidRequestError]]:
    """Each line by its `custom_id`, or its number; a name that was there before is the second one's fault."""
    seen: set[str] = set()
    for number, line in enumerate(lines, start=1):
        name = f"line {number}"
        try:
            custom = parse_object(line, "line").get("custom_id")
            if custom is not None and (not isinstance(custom, str) or not 0 < len(custom) <= _MOST_ID):
                raise InvalidRequestError(f"custom_id must be text of 1 to {_MOST_ID} characters.", param="custom_id")
            name = custom or name
            if name in seen:
                raise InvalidRequestError(f"{name[:100]!r} is there twice.", param="custom_id")
        except InvalidRequestError as error:
            yield name, error
            continue
        seen.add(name)
        yield name, line
