"""The routes of Bazarr's Whisper provider: POST /bazarr/asr and /bazarr/detect-language.

Bazarr sends headerless 16 kHz mono s16le (`encode=false`) as `audio_file`, reads the body of the answer as the subtitle
file, and never sends a key. A request that stalls while its body is sent costs the user a 24 h ban, so the body goes to
disk before anything else happens.

It never looks at a status. An error of /asr is one line of JSON, which no reader of subtitles takes for any. An error
of /detect-language says beside itself that the language is undetermined (`ERROR_MEMBERS`): Bazarr reads the members of
an answer out of whatever JSON it gets, and one that lacks them keeps it from all films for ten minutes.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BeforeValidator

from voice_stack.asr.types import Task
from voice_stack.asr.wire.answers import OUTPUTS, READERS, Kind, finished_of, read_encode, rendered
from voice_stack.asr.wire.documents import (
    LANGUAGE_SCHEMA,
    SUBTITLES_FORM,
    TRACK_SCHEMA,
    DetectedLanguage,
    Subtitles,
    detected,
    form,
    transcripts,
)
from voice_stack.asr.wire.forms import read_track
from voice_stack.asr.wire.jobs import transcription_job
from voice_stack.asr.wire.state import AsrState, State, engine_headers, finish
from voice_stack.asr.wire.subtitle_fields import PARAMETERS, SUBTITLE_FIELDS
from voice_stack.asr.wire.values import FALSE_WORDS, TRUE_WORDS, is_unset
from voice_stack.core.errors import InvalidRequestError, ServiceUnavailableError, SpoolFullError, UploadTooLargeError
from voice_stack.jobs.types import Job, NewJob
from voice_stack.language.codes import language_name
from voice_stack.serving.answering import Answering
from voice_stack.serving.scheduling.policy import Lane
from voice_stack.web.jobs.prefer import PREFERENCES
from voice_stack.web.jobs.responses import answer, jobs_preferences, respond
from voice_stack.web.priority import Priority
from voice_stack.web.rendered import rendered_response
from voice_stack.web.uploads import Form, read_form

logger = logging.getLogger("voice_stack.asr")

router = APIRouter(prefix="/bazarr", tags=["bazarr"])

_FLAG: dict[str, Any] = {"enum": [*TRUE_WORDS, *FALSE_WORDS]}
Encode = Annotated[
    str, Query(description="false: headerless s16le, 16 kHz, mono; true: any container.", json_schema_extra=_FLAG)
]
Flag = Annotated[str, Query(json_schema_extra=_FLAG)]
AudioTrack = Annotated[
    str | None, Query(description=TRACK_SCHEMA["description"], json_schema_extra={"examples": TRACK_SCHEMA["examples"]})
]
Count = Annotated[
    str | None, Query(description="Of speakers.", json_schema_extra={"pattern": r"^(|[1-9]|[12][0-9]|3[0-2])$"})
]
VideoFile = Annotated[str | None, Query(description="The film's path on the caller's side; for nobody's eyes here.")]

# The name is the one that Bazarr's library of languages has for `und`: it looks up codes of two letters, then names.
_UNDETERMINED: Final = DetectedLanguage(detected_language="undetermined", language_code="und", confidence=0.0)
ERROR_MEMBERS: Final[Mapping[str, Mapping[str, Any]]] = {f"{router.prefix}/detect-language": _UNDETERMINED}
"""What errors of a path, below the API's prefix, say beside the envelope."""


def _or_empty(schema: dict[str, Any]) -> None:
    """Note that nothing is taken for the default."""
    kept = {key: schema.pop(key) for key in list(schema) if key not in ("default", "description", "title")}
    schema["anyOf"] = [kept, {"type": "string", "enum": [""]}]


def _unless_empty(default: float) -> BeforeValidator:
    return BeforeValidator(lambda value: value if not isinstance(value, str) or value.strip() else default)


@router.post(
    "/asr",
    openapi_extra=form(SUBTITLES_FORM, "audio_file", parameters=[*PREFERENCES, *PARAMETERS]),
    response_class=Response,
    responses=transcripts(Subtitles, formats=tuple(OUTPUTS.values())),
)
async def create_subtitles(
    request: Request,
    state: State,
    priority: Priority,
    encode: Encode = "true",
    task: Annotated[str, Query(json_schema_extra={"enum": [*Task, ""]})] = "transcribe",
    language: Annotated[str | None, Query(json_schema_extra={"pattern": LANGUAGE_SCHEMA["pattern"]})] = None,
    output: Annotated[str, Query(json_schema_extra={"enum": [*OUTPUTS, ""]})] = "txt",
    initial_prompt: str | None = None,
    word_timestamps: Flag = "false",
    vad_filter: Annotated[str | None, Query(json_schema_extra=_FLAG)] = None,
    audio_track: AudioTrack = None,
    video_file: VideoFile = None,
    diarize: Annotated[str | None, Query(json_schema_extra=_FLAG, description="Say who speaks.")] = None,
    enable_diarization: Annotated[str | None, Query(json_schema_extra=_FLAG, description="As diarize.")] = None,
    min_speakers: Count = None,
    max_speakers: Count = None,
    num_speakers: Count = None,
    hotwords: Annotated[str | None, Query(description="Words to favour, parted by commas.")] = None,
    model: Annotated[str | None, Query(description="Absent: the configured one.")] = None,
    return_speaker_embeddings: Annotated[str | None, Query(json_schema_extra=_FLAG)] = None,
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
    # What is not sent is not named: requests of before there were these are the same work.
    further = {
        "diarize": diarize,
        "enable_diarization": enable_diarization,
        "min_speakers": min_speakers,
        "max_speakers": max_speakers,
        "num_speakers": num_speakers,
        "hotwords": hotwords,
        "model": model,
        "return_speaker_embeddings": return_speaker_embeddings,
    }
    query |= {name: value for name, value in further.items() if value and value.strip()}
    query |= {name: value for name in SUBTITLE_FIELDS if not is_unset(value := request.query_params.get(name))}
    async with await _read(request, state) as sent:
        asked = READERS[Kind.SUBTITLES](sent, query, state)
        part = _audio_part(sent)
        job = None
        if preferences.respond_async or state.jobs.available:
            new = await transcription_job(
                state,
                Kind.SUBTITLES,
                asked,
                sent.files[part],
                params={"fields": [], "query": query},
                lane=priority,
                callback_url=request.query_params.get("callback_url") or None,
            )
            job = await _accepted(state, new, is_needed=preferences.respond_async)
        if job is None:
            audio = sent.files.pop(part).file  # the work may outlive the request that it came with
            execution = state.runner.submit(audio, replace(asked.options, lane=priority or Lane.BATCH))
    if job is None:
        return rendered_response(await rendered(asked, finished_of(await finish(request, execution))))
    if preferences.respond_async:
        return await respond(request, state.jobs, job, preferences)
    return await answer(request, state.jobs, job, keep=True)


@router.post("/detect-language", openapi_extra=form(SUBTITLES_FORM, "audio_file"), responses=detected())
async def detect_language(
    request: Request,
    state: State,
    encode: Encode = "true",
    detect_lang_length: Annotated[
        float,
        _unless_empty(30.0),
        Query(gt=0, le=300, description="Seconds to listen to.", json_schema_extra=_or_empty),
    ] = 30.0,
    detect_lang_offset: Annotated[
        float, _unless_empty(0.0), Query(ge=0, description="Seconds to skip first.", json_schema_extra=_or_empty)
    ] = 0.0,
    audio_track: AudioTrack = None,
    video_file: VideoFile = None,
) -> Response:
    """The language that is spoken; 30 seconds are listened to, whatever was sent."""
    async with await _read(request, state) as sent:
        raw = read_encode(encode)
        audio = sent.files.pop(_audio_part(sent)).file
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


def _audio_part(sent: Form) -> str:
    # Some callers of the protocol name the part as OpenAI does.
    for name in ("audio_file", "file"):
        if name in sent.files:
            return name
    raise InvalidRequestError("The form has no part `audio_file` with the audio.", param="audio_file")


def _headers(start: Answering) -> dict[str, str]:
    return engine_headers(start) | {"asr-engine": start.engine}
