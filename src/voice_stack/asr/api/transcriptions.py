"""POST /audio/transcriptions, /audio/transcriptions/verbose and /audio/translations."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from voice_stack.asr.api.forms import TranscriptionForm, read_transcription, read_translation, with_everything
from voice_stack.asr.api.state import AsrState, State, engine_headers, finish
from voice_stack.asr.engines.pool import LeasedEngine
from voice_stack.asr.render import TranscriptFormat, render
from voice_stack.asr.runner import Execution
from voice_stack.asr.schemas import Json, delta_event, done_event, full_json, plain_json, translation_json, verbose_json
from voice_stack.core.scheduling.policy import Lane
from voice_stack.web.disconnect import run_until_disconnect
from voice_stack.web.priority import Priority
from voice_stack.web.sse import event_stream
from voice_stack.web.uploads import Form, read_form

router = APIRouter(tags=["audio"])

# A stream's headers wait this long for the engine, so that its failure is a status and its name a header; a model that
# takes longer to load or to download must not keep the client without a byte.
_ENGINE_PATIENCE_S = 15.0

_MULTIPART: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "model"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "model": {"type": "string", "example": "whisper-1"},
                        "language": {"type": "string"},
                        "prompt": {"type": "string"},
                        "response_format": {"type": "string", "enum": ["json", "text", "srt", "vtt", "verbose_json"]},
                        "temperature": {"type": "number", "minimum": 0, "maximum": 1},
                        "timestamp_granularities[]": {
                            "type": "array",
                            "items": {"type": "string", "enum": ["segment", "word"]},
                        },
                        "include[]": {"type": "array", "items": {"type": "string", "enum": ["logprobs"]}},
                        "keywords[]": {"type": "array", "items": {"type": "string"}},
                        "chunking_strategy": {"type": "string"},
                        "stream": {"type": "boolean"},
                    },
                }
            }
        },
    }
}


@router.post("/audio/transcriptions", openapi_extra=_MULTIPART)
async def create_transcription(request: Request, state: State, priority: Priority) -> Response:
    """Transcribe an audio file (OpenAI's API)."""
    async with await _read(request, state) as form:
        asked = read_transcription(form, state.settings, state.service.default_vad())
        execution = _submit(form, asked, state, priority)
    if asked.stream:
        return await _stream(request, execution, state, logprobs=asked.logprobs)
    transcript, leased = await finish(request, execution)
    headers = engine_headers(leased)
    match asked.format:
        case TranscriptFormat.JSON:
            return JSONResponse(plain_json(transcript, logprobs=asked.logprobs), headers=headers)
        case TranscriptFormat.VERBOSE_JSON:
            body = verbose_json(
                transcript, words="word" in asked.granularities, segments="segment" in asked.granularities
            )
            return JSONResponse(body, headers=headers)
        case _:
            return Response(render(transcript, asked.format), media_type=asked.format.mime, headers=headers)


@router.post("/audio/transcriptions/verbose", openapi_extra=_MULTIPART)
async def create_verbose_transcription(request: Request, state: State, priority: Priority) -> Response:
    """Transcribe an audio file and tell everything that is known about the result, as JSON."""
    async with await _read(request, state) as form:
        asked = with_everything(read_transcription(form, state.settings, state.service.default_vad()))
        execution = _submit(form, asked, state, priority)
    transcript, leased = await finish(request, execution)
    return JSONResponse(full_json(transcript, _facts(execution, leased)), headers=engine_headers(leased))


@router.post("/audio/translations", openapi_extra=_MULTIPART)
async def create_translation(request: Request, state: State, priority: Priority) -> Response:
    """Translate an audio file into English (OpenAI's API)."""
    async with await _read(request, state) as form:
        asked = read_translation(form, state.settings, state.service.default_vad())
        execution = _submit(form, asked, state, priority)
    transcript, leased = await finish(request, execution)
    headers = engine_headers(leased)
    match asked.format:
        case TranscriptFormat.JSON:
            return JSONResponse(translation_json(transcript), headers=headers)
        case TranscriptFormat.VERBOSE_JSON:
            return JSONResponse(verbose_json(transcript, words=False, segments=True), headers=headers)
        case _:
            return Response(render(transcript, asked.format), media_type=asked.format.mime, headers=headers)


async def _read(request: Request, state: AsrState) -> Form:
    limit = int(state.settings.asr_max_upload_mb * 2**20)
    return await read_form(request, max_bytes=limit, setting="ASR_MAX_UPLOAD_MB")


def _submit(form: Form, asked: TranscriptionForm, state: AsrState, priority: Lane | None) -> Execution:
    # Taken out of the form: the work may outlive the request that it came with.
    return state.runner.submit(form.files.pop("file").file, replace(asked.options, lane=priority))


async def _stream(request: Request, execution: Execution, state: AsrState, *, logprobs: bool) -> Response:
    try:
        settled = execution.settle(_ENGINE_PATIENCE_S, state.settings)
        await run_until_disconnect(request, settled, execution.cancel)
        headers = engine_headers(execution.started.result()) if execution.started.done() else {}
    except BaseException:
        execution.cancel()
        raise

    async def give_up() -> None:
        execution.cancel()

    response = event_stream(_events(execution, logprobs=logprobs), on_close=give_up)
    response.headers.update(headers)
    return response


async def _events(execution: Execution, *, logprobs: bool) -> AsyncIterator[Json]:
    await execution.started
    at_start = True
    async for segment in execution:
        if at_start and not segment.text.strip():
            continue  # the text has no leading space, so what comes before its first word is not part of it
        yield delta_event(segment, at_start=at_start, logprobs=logprobs)
        at_start = False
    if execution.run is not None:
        yield done_event(execution.run.transcript, logprobs=logprobs)


def _facts(execution: Execution, leased: LeasedEngine) -> Json:
    facts: Json = {"device": leased.engine.device, "fallback_reason": leased.fallback_reason}
    if execution.run is not None:
        report = execution.run.report
        facts |= {
            "speech_duration": round(report.speech_s, 3),
            "inference_seconds": round(report.inference_s, 3),
            "waiting_seconds": round(report.waited_s, 3),
            "real_time_factor": round(report.real_time_factor, 4),
        }
    return facts
