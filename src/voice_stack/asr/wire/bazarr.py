"""The routes of Bazarr's Whisper provider: POST /bazarr/asr and /bazarr/detect-language.

Bazarr sends headerless 16 kHz mono s16le (`encode=false`) as `audio_file`, reads the body of the answer as the subtitle
file, and never sends a key. A request that stalls while its body is sent costs the user a 24 h ban, so the body goes to
disk before anything else happens.

It never looks at a status. An error of /asr is one line of JSON, which no reader of subtitles takes for any. An error
of /detect-language says beside itself that the language is undetermined: Bazarr reads the members of an answer out of
whatever JSON it gets, and one that lacks them keeps it from all films for ten minutes.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from pydantic import BeforeValidator
from starlette.requests import ClientDisconnect

from voice_stack.asr.wire.answers import READERS, Kind, finished_of, read_encode
from voice_stack.asr.wire.forms import read_track
from voice_stack.asr.wire.jobs import transcription_job
from voice_stack.asr.wire.state import AsrState, State, engine_headers, finish
from voice_stack.core.errors import (
    CancelledWorkError,
    InvalidRequestError,
    ServiceUnavailableError,
    SpoolFullError,
    UploadTooLargeError,
)
from voice_stack.jobs.types import Job, NewJob
from voice_stack.language.codes import language_name
from voice_stack.serving.answering import Answering
from voice_stack.serving.scheduling.policy import Lane
from voice_stack.web.errors import any_error_response
from voice_stack.web.jobs.responses import answer, jobs_preferences, respond
from voice_stack.web.priority import Priority
from voice_stack.web.rendered import rendered_response
from voice_stack.web.uploads import Form, read_form

logger = logging.getLogger("voice_stack.asr")

router = APIRouter(prefix="/bazarr", tags=["bazarr"])

_AUDIO: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["audio_file"],
                    "properties": {"audio_file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}

Encode = Annotated[str, Query(description="false: headerless s16le, 16 kHz, mono; true: any container.")]
AudioTrack = Annotated[
    str | None, Query(description="Audio track by its number, from 0, or its language; absent: the file's main one.")
]
VideoFile = Annotated[str | None, Query(description="The film's path on the caller's side; for nobody's eyes here.")]


@router.post("/asr", openapi_extra=_AUDIO)
async def create_subtitles(
    request: Request,
    state: State,
    priority: Priority,
    encode: Encode = "true",
    task: str = "transcribe",
    language: str | None = None,
    output: str = "txt",
    initial_prompt: str | None = None,
    word_timestamps: str = "false",
    vad_filter: str | None = None,
    audio_track: AudioTrack = None,
    video_file: VideoFile = None,
) -> Response:
    """Subtitles of a film's sound track.

    Each request is a job, so that the tries of a client that gives up after a while cost the work once: the next try
    waits for what the one before has begun, or finds it done.
    """
    preferences = jobs_preferences(request, state.jobs)
    # All that the answer depends on. `video_file` does not: films that were moved sound the same.
    query = {
        "encode": encode,
        "task": task,
        "language": language,
        "output": output,
        "initial_prompt": initial_prompt,
        "word_timestamps": word_timestamps,
        "vad_filter": vad_filter,
    }
    if read_track(audio_track):
        query["audio_track"] = audio_track
    async with await _read(request, state) as form:
        asked = READERS[Kind.SUBTITLES](form, query, state)
        part = _audio_part(form)
        job = None
        if preferences.respond_async or state.jobs.available:
            new = await transcription_job(
                state,
                Kind.SUBTITLES,
                asked,
                form.files[part],
                params={"fields": [], "query": query},
                lane=priority,
                callback_url=request.query_params.get("callback_url") or None,
            )
            job = await _accepted(state, new, is_needed=preferences.respond_async)
        if job is None:
            audio = form.files.pop(part).file  # the work may outlive the request that it came with
            execution = state.runner.submit(audio, replace(asked.options, lane=priority or Lane.BATCH))
    if job is None:
        return rendered_response(asked.render(finished_of(await finish(request, execution))))
    if preferences.respond_async:
        return await respond(request, state.jobs, job, preferences)
    return await answer(request, state.jobs, job, keep=True)


# "Undetermined" is the name that Bazarr's library of languages has for `und`: its older versions look names up.
_UNDETERMINED = {"detected_language": "undetermined", "language_code": "und", "confidence": 0.0}


class _DetectionRoute(APIRoute):
    """A route whose errors have the members of an answer, too."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle = super().get_route_handler()

        async def answer_all(request: Request) -> Response:
            try:
                return await handle(request)
            except (CancelledWorkError, ClientDisconnect):
                raise  # nobody is there to read it
            except Exception as error:  # noqa: BLE001 (any of them would cost a user of Bazarr ten minutes)
                return any_error_response(request.scope, error, _UNDETERMINED)

        return answer_all


def _unless_empty(default: float) -> BeforeValidator:
    return BeforeValidator(lambda value: default if value == "" else value)


async def detect_language(
    request: Request,
    state: State,
    encode: Encode = "true",
    detect_lang_length: Annotated[
        float, _unless_empty(30.0), Query(gt=0, le=300, description="Seconds to listen to.")
    ] = 30.0,
    detect_lang_offset: Annotated[float, _unless_empty(0.0), Query(ge=0, description="Seconds to skip first.")] = 0.0,
    audio_track: AudioTrack = None,
    video_file: VideoFile = None,
) -> Response:
    """The language that is spoken; 30 seconds are listened to, whatever was sent."""
    async with await _read(request, state) as form:
        raw = read_encode(encode)
        audio = form.files.pop(_audio_part(form)).file
    guess, start = await state.runner.detect_language(
        audio,
        raw=raw,
        track=read_track(audio_track),
        offset_s=detect_lang_offset,
        length_s=detect_lang_length,
    )
    body = {
        "detected_language": language_name(guess.code),
        "language_code": guess.code,
        "confidence": round(guess.probability, 4),
    }
    return JSONResponse(body, headers=_headers(start))


router.add_api_route(
    "/detect-language",
    detect_language,
    methods=["POST"],
    openapi_extra=_AUDIO,
    route_class_override=_DetectionRoute,
)


async def _read(request: Request, state: AsrState) -> Form:
    limit = int(state.settings.asr_bazarr_max_upload_mb * 2**20)
    return await read_form(request, max_bytes=limit, setting="ASR_BAZARR_MAX_UPLOAD_MB")


async def _accepted(state: AsrState, new: NewJob, *, is_needed: bool) -> Job | None:
    """The job; None when there is no room for it and the client waits: it is served without one."""
    try:
        return await state.jobs.accept(new)
    except (SpoolFullError, UploadTooLargeError, ServiceUnavailableError) as error:
        if is_needed:
            raise
        logger.warning("subtitles are made without a job: %s", error.message)
        return None


def _audio_part(form: Form) -> str:
    # Some callers of the protocol name the part as OpenAI does.
    for name in ("audio_file", "file"):
        if name in form.files:
            return name
    raise InvalidRequestError("The form has no part `audio_file` with the audio.", param="audio_file")


def _headers(start: Answering) -> dict[str, str]:
    return engine_headers(start) | {"asr-engine": start.engine}
