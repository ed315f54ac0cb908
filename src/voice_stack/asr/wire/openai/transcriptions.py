"""POST /audio/transcriptions, /audio/transcriptions/verbose and /audio/translations."""

from collections.abc import AsyncIterator
from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import Response

from voice_stack.asr.runner import Execution
from voice_stack.asr.schemas import Json, delta_event, done_event, speaker_segment
from voice_stack.asr.wire.answers import READERS, Asked, Kind, finished_of, rendered
from voice_stack.asr.wire.documents import (
    TRANSCRIPTION_FORM,
    TRANSLATION_FORM,
    VERBOSE_FORM,
    DiarizedTranscription,
    FullTranscription,
    Transcription,
    Translation,
    VerboseTranscription,
    form,
    transcripts,
)
from voice_stack.asr.wire.forms import FORMATS
from voice_stack.asr.wire.jobs import transcription_job
from voice_stack.asr.wire.state import AsrState, State, engine_headers, finish
from voice_stack.serving.scheduling.policy import Lane
from voice_stack.web.disconnect import run_until_disconnect
from voice_stack.web.jobs.forms import callback_of, request_params
from voice_stack.web.jobs.prefer import PREFERENCES
from voice_stack.web.jobs.responses import accept, jobs_preferences
from voice_stack.web.priority import Priority
from voice_stack.web.rendered import rendered_response
from voice_stack.web.sse import event_stream
from voice_stack.web.uploads import Form, read_form

router = APIRouter(tags=["audio"])

# A stream's headers wait this long for the engine, so that its failure is a status and its name a header; a model that
# takes longer to load or to download must not keep the client without a byte.
_ENGINE_PATIENCE_S = 15.0
OPENAI_FORMATS = tuple(FORMATS.values())


@router.post(
    "/audio/transcriptions",
    openapi_extra=form(TRANSCRIPTION_FORM, "file", "model", parameters=PREFERENCES),
    response_class=Response,
    responses=transcripts(
        Transcription, VerboseTranscription, DiarizedTranscription, events=True, formats=OPENAI_FORMATS
    ),
)
async def create_transcription(request: Request, state: State, priority: Priority) -> Response:
    """Transcribe an audio file (OpenAI's API)."""
    return await _create(request, state, priority, Kind.TRANSCRIPTION)


@router.post(
    "/audio/transcriptions/verbose",
    openapi_extra=form(VERBOSE_FORM, "file", "model", parameters=PREFERENCES),
    response_class=Response,
    responses=transcripts(FullTranscription),
)
async def create_verbose_transcription(request: Request, state: State, priority: Priority) -> Response:
    """Transcribe an audio file and tell everything that is known about the result, as JSON."""
    return await _create(request, state, priority, Kind.VERBOSE)


@router.post(
    "/audio/translations",
    openapi_extra=form(TRANSLATION_FORM, "file", "model", parameters=PREFERENCES),
    response_class=Response,
    responses=transcripts(Translation, VerboseTranscription, formats=OPENAI_FORMATS),
)
async def create_translation(request: Request, state: State, priority: Priority) -> Response:
    """Translate an audio file into English (OpenAI's API)."""
    return await _create(request, state, priority, Kind.TRANSLATION)


async def _create(request: Request, state: AsrState, priority: Lane | None, kind: Kind) -> Response:
    preferences = jobs_preferences(request, state.jobs)
    async with await _read(request, state) as sent:
        asked = READERS[kind](sent, {}, state)
        if preferences.makes_job(streams=asked.stream):
            new = await transcription_job(
                state,
                kind,
                asked,
                sent.files["file"],
                params=request_params(request, sent) | {"query": {}},
                lane=priority,
                callback_url=callback_of(request, sent),
            )
            return await accept(request, state.jobs, new, preferences)
        # Taken out of the form: the work may outlive the request that it came with.
        execution = state.runner.submit(sent.files.pop("file").file, replace(asked.options, lane=priority))
    if asked.stream:
        return await _stream(request, execution, state, asked)
    return rendered_response(await rendered(asked, finished_of(await finish(request, execution))))


async def _read(request: Request, state: AsrState) -> Form:
    limit = int(state.settings.asr_max_upload_mb * 2**20)
    return await read_form(request, max_bytes=limit, setting="ASR_MAX_UPLOAD_MB")


async def _stream(request: Request, execution: Execution, state: AsrState, asked: Asked) -> Response:
    with execution.cancelled_on_error():
        settled = execution.settle(_ENGINE_PATIENCE_S, state.settings.queue.request_timeout_s)
        await run_until_disconnect(request, settled, execution.cancel)
        headers = engine_headers(execution.started.result()) if execution.started.done() else {}

    async def give_up() -> None:
        execution.cancel()

    return event_stream(_events(execution, asked), on_close=give_up, headers=headers)


async def _events(execution: Execution, asked: Asked) -> AsyncIterator[Json]:
    await execution.started
    at_start, number, logprobs = True, 0, asked.logprobs
    async for segment in execution:
        if at_start and not segment.text.strip():
            continue  # the text has no leading space, so what comes before its first word is not part of it
        if asked.speakers:
            number += 1
        yield delta_event(segment, at_start=at_start, logprobs=logprobs, number=number or None)
        if asked.speakers and segment.text.strip():
            yield speaker_segment(number, segment)
        at_start = False
    if execution.run is not None:
        yield done_event(execution.run.transcript, logprobs=logprobs)
