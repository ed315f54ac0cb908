"""POST /audio/diarization: who speaks when; POST /audio/speech/timestamps: when anybody does. Neither is OpenAI's."""

import asyncio
from dataclasses import replace
from typing import Any, Final, Literal, NotRequired

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

# Pydantic reads typed dictionaries of the standard library from Python 3.12 on.
from typing_extensions import TypedDict

from voice_stack.asr.wire.diarizations import FORMATS, diarization_job, read_diarization_form, rendered_diarization
from voice_stack.asr.wire.documents import AUDIO_ERRORS, ENGINE_HEADERS, SPEAKER_FIELDS, TRANSCRIPTION_FORM, form
from voice_stack.asr.wire.forms import read_track
from voice_stack.asr.wire.state import AsrState, State
from voice_stack.asr.wire.values import read_number
from voice_stack.audio.vad import VadOptions
from voice_stack.core.errors import InvalidRequestError, VadError
from voice_stack.web.disconnect import run_until_disconnect
from voice_stack.web.documents import json_answer, refusals
from voice_stack.web.jobs.documents import ACCEPTED_JOB, JOB_ERRORS, LOST_RESULT_ERRORS
from voice_stack.web.jobs.forms import callback_of, request_params
from voice_stack.web.jobs.prefer import PREFERENCES
from voice_stack.web.jobs.responses import accept, jobs_preferences
from voice_stack.web.priority import Priority
from voice_stack.web.rendered import rendered_response
from voice_stack.web.uploads import Form, read_form

router = APIRouter(tags=["audio"])

_FORM: Final[dict[str, Any]] = {
    "file": TRANSCRIPTION_FORM["file"],
    "model": {"type": "string", "description": "Passed over: DIARIZATION_ENGINE and DIARIZATION_MODEL say which."},
    "response_format": {"type": "string", "enum": [*FORMATS, ""]},
    **SPEAKER_FIELDS,
    "recording": {"type": "string", "description": "What an RTTM calls the recording."},
    "return_speaker_embeddings": TRANSCRIPTION_FORM["stream"]["anyOf"][0],
    "audio_track": TRANSCRIPTION_FORM["audio_track"],
    "callback_url": TRANSCRIPTION_FORM["callback_url"],
}
# As speaches has them, with its defaults.
_VAD_DEFAULTS: Final = VadOptions(threshold=0.75, min_silence_duration_ms=1000, speech_pad_ms=0)
_VAD_BOUNDS: Final = {
    "threshold": (0.0, 1.0),
    "min_speech_duration_ms": (0.0, 3_600_000.0),
    "max_speech_duration_s": (0.1, 3600.0),
    "min_silence_duration_ms": (0.0, 3_600_000.0),
    "speech_pad_ms": (0.0, 60_000.0),
}
_VAD_FORM: Final[dict[str, Any]] = {
    "file": TRANSCRIPTION_FORM["file"],
    **{
        name: {"anyOf": [{"type": "number", "minimum": low, "maximum": high}, {"type": "string", "enum": [""]}]}
        for name, (low, high) in _VAD_BOUNDS.items()
    },
    "audio_track": TRANSCRIPTION_FORM["audio_track"],
}


class DiarizationTurn(TypedDict):
    """A turn, in seconds; turns of different speakers may overlap. `confidence` is from 0 to 1 where there is one."""

    start: float
    end: float
    speaker: str
    confidence: float | None


class DiarizationAnswer(TypedDict):
    """Turns of the speakers."""

    object: Literal["audio.diarization"]
    duration: float
    speakers: list[str]
    segments: list[DiarizationTurn]
    engine: str
    model: str
    speaker_embeddings: NotRequired[dict[str, list[float]]]


class SpeechTime(TypedDict):
    """A stretch of speech, in milliseconds from the start."""

    start: int
    end: int


_ANSWER: Final = json_answer(DiarizationAnswer, "Who speaks when.", headers=ENGINE_HEADERS)


@router.post(
    "/audio/diarization",
    openapi_extra=form(_FORM, "file", parameters=PREFERENCES),
    response_class=Response,
    responses={
        **refusals(*AUDIO_ERRORS, *JOB_ERRORS, *LOST_RESULT_ERRORS),
        200: {**_ANSWER, "content": {**_ANSWER["content"], "text/plain": {"schema": {"type": "string"}}}},
        202: ACCEPTED_JOB,
    },
)
async def create_diarization(request: Request, state: State, priority: Priority) -> Response:
    """Tell who speaks when in a recording, as JSON or RTTM."""
    preferences = jobs_preferences(request, state.jobs)
    async with await _read(request, state) as sent:
        asked = read_diarization_form(sent)
        if preferences.makes_job(streams=False):
            params = request_params(request, sent) | {"query": {}}
            url = callback_of(request, sent)
            new = await diarization_job(state, asked, sent, params=params, lane=priority, url=url)
            return await accept(request, state.jobs, new, preferences)
        options = replace(asked.options, lane=priority)
        execution = state.runner.diarize(sent.files.pop("file").file, options)
    with execution.cancelled_on_error():
        run = await run_until_disconnect(request, execution.result(), execution.cancel)
    return rendered_response(rendered_diarization(asked, run))


@router.post(
    "/audio/speech/timestamps",
    openapi_extra=form(_VAD_FORM, "file"),
    responses={
        **refusals(*AUDIO_ERRORS, VadError),
        200: json_answer(list[SpeechTime], "The speech, in order of time."),
    },
)
async def find_speech(request: Request, state: State) -> JSONResponse:
    """Tell when anybody speaks in a recording."""
    async with await _read(request, state) as sent:
        if "file" not in sent.files:
            raise InvalidRequestError(
                "The form has no part `file` with the audio: send it as a file upload.", param="file"
            )
        options = _vad_options(sent)
        track = read_track(sent.get("audio_track"))
        audio = sent.files["file"].file
        times = await asyncio.to_thread(state.service.speech_times, audio, options, track)
    return JSONResponse([{"start": round(start * 1000), "end": round(end * 1000)} for start, end in times])


def _vad_options(sent: Form) -> VadOptions:
    changes: dict[str, float | int] = {}
    for name, (least, most) in _VAD_BOUNDS.items():
        text = (sent.get(name) or "").strip()
        if not text:
            continue
        number = read_number(text, name)
        if number < least or number > most:
            raise InvalidRequestError(f"{name}={text[:20]} must be from {least:g} to {most:g}.", param=name)
        changes[name] = int(number) if name.endswith("_ms") else number
    return _VAD_DEFAULTS.model_copy(update=changes)


async def _read(request: Request, state: AsrState) -> Form:
    limit = int(state.settings.asr_max_upload_mb * 2**20)
    return await read_form(request, max_bytes=limit, setting="ASR_MAX_UPLOAD_MB")
