"""POST /audio/speech and /audio/speech/normalize."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from voice_stack.core.errors import InvalidRequestError, TextTooLongError
from voice_stack.language.codes import find_language
from voice_stack.serving.scheduling.policy import Lane
from voice_stack.tts.runner import Execution
from voice_stack.tts.speaking.run import SpeechOptions
from voice_stack.tts.wire.jobs import speech_job
from voice_stack.tts.wire.openai.schemas import (
    Json,
    PreviewBody,
    SpeechBody,
    StreamFormat,
    TextBody,
    audio_delta_event,
    audio_done_event,
    preview_json,
)
from voice_stack.tts.wire.state import State, TtsState, speech_headers
from voice_stack.web.disconnect import run_until_disconnect
from voice_stack.web.jobs.prefer import read_preferences
from voice_stack.web.jobs.routes import respond
from voice_stack.web.json_body import read_json
from voice_stack.web.priority import Priority
from voice_stack.web.sse import event_stream
from voice_stack.web.streaming import ByteStreamResponse

router = APIRouter(tags=["audio"])

# A stream of events waits this long for its first sound, so that a failure before it is a status. A model that takes
# longer to load or to download must not keep the client without a byte.
_FIRST_SOUND_S = 15.0
# A character takes up to twelve bytes of JSON (a surrogate pair of escapes); the rest is for the other fields.
_BYTES_A_CHARACTER = 12
_OTHER_BYTES = 128 * 1024


def _described(model: type[TextBody]) -> dict[str, Any]:
    """The body in the API documentation; it is read by hand, within bounds."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    definitions = schema.pop("$defs", {})
    text = {"application/json": {"schema": _inlined(schema, definitions)}}
    return {"requestBody": {"required": True, "content": text}}


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(schema, dict):
        name = schema.get("$ref", "").rpartition("/")[2]
        return (
            _inlined(definitions[name], definitions)
            if name
            else {k: _inlined(v, definitions) for k, v in schema.items()}
        )
    return [_inlined(item, definitions) for item in schema] if isinstance(schema, list) else schema


@router.post("/audio/speech", openapi_extra=_described(SpeechBody), response_class=Response)
async def create_speech(request: Request, state: State, priority: Priority) -> Response:
    """Speak a text (OpenAI's API)."""
    preferences = read_preferences(request)
    if preferences.respond_async:
        state.jobs.check()
    body = await read_json(request, SpeechBody, max_bytes=most_bytes(state))
    options = read_options(body, state, priority)
    streams = body.stream_format is StreamFormat.SSE
    if preferences.makes_job(streams=streams):
        new = await speech_job(state, body, options, request.query_params.get("callback_url"))
        return await respond(request, state.jobs, await state.jobs.accept(new), preferences)
    execution = state.runner.submit(options)
    if streams:
        try:
            return await _events(request, execution, state)
        except BaseException:
            execution.cancel()
            raise
    return await answer_speech(request, execution, options)


def read_options(body: SpeechBody, state: TtsState, lane: Lane | None) -> SpeechOptions:
    """What a body asks for.

    Raises:
        TextTooLongError, InvalidRequestError: what it asks for cannot be.
    """
    return SpeechOptions(
        text=_checked_text(body, state),
        voice=body.voice_id,
        model=body.model,
        language=_language(body),
        speed=body.speed,
        audio_format=body.response_format,
        lane=lane,
    )


async def answer_speech(request: Request, execution: Execution, options: SpeechOptions) -> Response:
    """The sound that is being made, for a client that waits for it."""
    try:
        return await _audio(request, execution, options)
    except BaseException:
        execution.cancel()
        raise


@router.post("/audio/speech/normalize", openapi_extra=_described(PreviewBody))
async def preview_speech(request: Request, state: State) -> JSONResponse:
    """Show what would be said: the text in words, piece by piece, with its pauses."""
    body = await read_json(request, PreviewBody, max_bytes=most_bytes(state))
    options = SpeechOptions(_checked_text(body, state), voice="", model=body.model, language=_language(body))
    plan, language = await asyncio.to_thread(state.service.preview, options)
    return JSONResponse(preview_json(plan, language))


def most_bytes(state: TtsState) -> int:
    """What a body may take at most."""
    return state.settings.tts_max_input_chars * _BYTES_A_CHARACTER + _OTHER_BYTES


def _checked_text(body: TextBody, state: TtsState) -> str:
    most = state.settings.tts_max_input_chars
    if len(body.input) > most:
        raise TextTooLongError(
            f"The input has {len(body.input):,} characters; {most:,} are allowed (the server's setting "
            "TTS_MAX_INPUT_CHARS). Send it in parts.",
            param="input",
        )
    return body.input


def _language(body: TextBody) -> str | None:
    """The language that is asked for; None, empty and `auto` leave it to the text.

    Raises:
        InvalidRequestError: it is none.
    """
    param = "language" if body.language else "lang_code"
    asked = (body.language or body.lang_code or "").strip()
    if not asked or asked.lower() == "auto":
        return None
    found = find_language(asked)
    if found is None:
        raise InvalidRequestError(
            f"{param}={asked[:30]!r} is no language that is known here; use a code such as en or de.", param=param
        )
    return found


async def _audio(request: Request, execution: Execution, options: SpeechOptions) -> Response:
    start = await run_until_disconnect(request, execution.started, execution.cancel)
    mime, headers = options.audio_format.mime, speech_headers(start)
    if start.whole:
        data = await run_until_disconnect(request, _collected(execution), execution.cancel)
        return Response(data, media_type=mime, headers=headers)
    pieces = aiter(execution)
    # Pulled before the headers go out: what fails until here has a status of its own.
    first = await run_until_disconnect(request, anext(pieces), execution.cancel)
    return ByteStreamResponse(_after_first(first, pieces), media_type=mime, headers=headers, on_close=execution.cancel)


async def _collected(execution: Execution) -> bytes:
    return b"".join([piece async for piece in execution])


async def _after_first(first: bytes, rest: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    yield first
    async for piece in rest:
        yield piece


async def _events(request: Request, execution: Execution, state: TtsState) -> Response:
    begun = await run_until_disconnect(
        request, execution.settle(_FIRST_SOUND_S, state.settings.queue.request_timeout_s), execution.cancel
    )
    pieces = aiter(execution)
    first = asyncio.ensure_future(anext(pieces))
    if begun:
        await asyncio.wait({first}, timeout=_FIRST_SOUND_S)
        if first.done():
            first.result()
    headers = speech_headers(execution.started.result()) if execution.started.done() else {}

    async def give_up() -> None:
        execution.cancel()
        first.cancel()

    response = event_stream(_deltas(execution, first, pieces), on_close=give_up)
    response.headers.update(headers)
    return response


async def _deltas(
    execution: Execution, first: asyncio.Future[bytes], rest: AsyncIterator[bytes]
) -> AsyncGenerator[Json, None]:
    await execution.started
    yield audio_delta_event(await first)
    async for piece in rest:
        yield audio_delta_event(piece)
    if execution.run is not None:
        yield audio_done_event(execution.run.report)
