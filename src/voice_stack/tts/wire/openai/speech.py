"""POST /audio/speech and /audio/speech/normalize."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from voice_stack.core.errors import ModelNotFoundError, TextTooLongError, UnsupportedError
from voice_stack.tts.runner import Execution
from voice_stack.tts.schemas import (
    Json,
    PreviewBody,
    SpeechBody,
    StreamFormat,
    audio_delta_event,
    audio_done_event,
    preview_json,
    timestamps_event,
)
from voice_stack.tts.speaking.run import SpeechOptions
from voice_stack.tts.wire.answers import checked_text, most_bytes, read_language, read_options, spoken_answer
from voice_stack.tts.wire.documents import SPEECH, Preview, described
from voice_stack.tts.wire.jobs import speech_job
from voice_stack.tts.wire.state import State, TtsState, speech_headers
from voice_stack.web.disconnect import run_until_disconnect
from voice_stack.web.documents import BODY_ERRORS, json_answer, refusals
from voice_stack.web.jobs.prefer import PREFERENCES
from voice_stack.web.jobs.responses import accept, jobs_preferences
from voice_stack.web.json_body import read_json
from voice_stack.web.priority import Priority
from voice_stack.web.rendered import rendered_response
from voice_stack.web.sse import event_stream

router = APIRouter(tags=["audio"])

# A stream of events waits this long for its first sound, so that a failure before it is a status. A model that takes
# longer to load or to download must not keep the client without a byte.
_FIRST_SOUND_S = 15.0


@router.post(
    "/audio/speech",
    openapi_extra={**described(SpeechBody), "parameters": PREFERENCES},
    response_class=Response,
    responses=SPEECH,
)
async def create_speech(request: Request, state: State, priority: Priority) -> Response:
    """Speak a text (OpenAI's API)."""
    preferences = jobs_preferences(request, state.jobs)
    body = await read_json(request, SpeechBody, max_bytes=most_bytes(state))
    options = read_options(body, state, priority)
    streams = body.stream_format is StreamFormat.SSE
    if preferences.makes_job(streams=streams):
        new = await speech_job(state, body, options, request.query_params.get("callback_url"))
        return await accept(request, state.jobs, new, preferences)
    execution = state.runner.submit(options)
    with execution.cancelled_on_error():
        if streams:
            return await _events(request, execution, state, options)
        rendered = await run_until_disconnect(request, spoken_answer(execution, options), execution.cancel)
    return rendered_response(rendered, execution.cancel)


@router.post(
    "/audio/speech/normalize",
    openapi_extra=described(PreviewBody),
    responses={
        **refusals(*BODY_ERRORS, TextTooLongError, ModelNotFoundError, UnsupportedError),
        200: json_answer(Preview, "The words."),
    },
)
async def preview_speech(request: Request, state: State) -> JSONResponse:
    """Show what would be said: the text in words, piece by piece, with its pauses."""
    body = await read_json(request, PreviewBody, max_bytes=most_bytes(state))
    options = SpeechOptions(checked_text(body, state), voice="", model=body.model, language=read_language(body))
    plan, language = await asyncio.to_thread(state.service.preview, options)
    return JSONResponse(preview_json(plan, language))


async def _events(request: Request, execution: Execution, state: TtsState, options: SpeechOptions) -> Response:
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

    return event_stream(_deltas(execution, first, pieces, options), on_close=give_up, headers=headers)


async def _deltas(
    execution: Execution, first: asyncio.Future[bytes], rest: AsyncIterator[bytes], options: SpeechOptions
) -> AsyncGenerator[Json, None]:
    await execution.started
    yield audio_delta_event(await first)
    async for piece in rest:
        yield audio_delta_event(piece)
    if execution.run is not None:
        if execution.run.captions is not None:
            yield timestamps_event(execution.run.captions, options.caption_format)
        yield audio_done_event(execution.run.report)
