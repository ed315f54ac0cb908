"""The routes of Bazarr's Whisper provider: POST /bazarr/asr and /bazarr/detect-language.

Bazarr sends headerless 16 kHz mono s16le (`encode=false`) as `audio_file`, reads the body of the answer as the subtitle
file, and never sends a key. A request that stalls while its body is sent costs the user a 24 h ban, so the body goes to
disk before anything else happens.
"""

from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from voice_stack.asr.api.forms import read_bool, read_language
from voice_stack.asr.api.state import AsrState, State, engine_headers, finish
from voice_stack.asr.engines.pool import LeasedEngine
from voice_stack.asr.models import DEFAULT_MODEL
from voice_stack.asr.render import TranscriptFormat, render
from voice_stack.asr.run import TranscriptionOptions
from voice_stack.asr.schemas import Json, segment_json
from voice_stack.asr.types import RecognitionRequest, Task, Transcript
from voice_stack.audio.decode import RawPcm
from voice_stack.core.errors import InvalidRequestError
from voice_stack.core.scheduling.policy import Lane
from voice_stack.language.codes import language_name
from voice_stack.web.priority import Priority
from voice_stack.web.uploads import Form, read_form

router = APIRouter(prefix="/bazarr", tags=["bazarr"])

_OUTPUTS = {
    "txt": TranscriptFormat.TEXT,
    "text": TranscriptFormat.TEXT,
    "srt": TranscriptFormat.SRT,
    "vtt": TranscriptFormat.VTT,
    "tsv": TranscriptFormat.TSV,
    "json": TranscriptFormat.JSON,
    "jsonl": TranscriptFormat.JSONL,
}
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
    video_file: VideoFile = None,
) -> Response:
    """Subtitles of a film's sound track."""
    async with await _read(request, state) as form:
        fmt = _OUTPUTS.get(output.lower())
        if fmt is None:
            raise InvalidRequestError(f"output={output[:20]!r} is not one of {', '.join(_OUTPUTS)}.", param="output")
        if task not in ("transcribe", "translate"):
            raise InvalidRequestError(f"task={task[:20]!r} must be transcribe or translate.", param="task")
        settings = state.settings
        use_vad = read_bool(vad_filter, "vad_filter", default=settings.asr_vad_enabled)
        options = TranscriptionOptions(
            recognition=RecognitionRequest(
                task=Task(task),
                language=read_language(language, "language") or read_language(settings.asr_language, "language"),
                prompt=initial_prompt or settings.asr_initial_prompt or None,
                word_timestamps=read_bool(word_timestamps, "word_timestamps") or settings.asr_word_timestamps,
            ),
            model=DEFAULT_MODEL,
            vad=state.service.default_vad() if use_vad else None,
            raw=_raw(encode),
            lane=priority or Lane.BATCH,
        )
        execution = state.runner.submit(_take_audio(form), options)
    transcript, leased = await finish(request, execution)
    headers = _headers(leased) | {"content-disposition": f'attachment; filename="audio{fmt.suffix}"'}
    if fmt is TranscriptFormat.JSON:
        return JSONResponse(_json(transcript), headers=headers)
    return Response(render(transcript, fmt), media_type=fmt.mime, headers=headers)


@router.post("/detect-language", openapi_extra=_AUDIO)
async def detect_language(
    request: Request,
    state: State,
    encode: Encode = "true",
    detect_lang_length: Annotated[float, Query(gt=0, le=300, description="Seconds to listen to.")] = 30.0,
    detect_lang_offset: Annotated[float, Query(ge=0, description="Seconds to skip first.")] = 0.0,
    video_file: VideoFile = None,
) -> Response:
    """The language that is spoken; 30 seconds are listened to, whatever was sent."""
    async with await _read(request, state) as form:
        raw = _raw(encode)
        audio = _take_audio(form)
    guess, leased = await state.runner.detect_language(
        audio, raw=raw, offset_s=detect_lang_offset, length_s=detect_lang_length
    )
    body = {
        "detected_language": language_name(guess.code),
        "language_code": guess.code,
        "confidence": round(guess.probability, 4),
    }
    return JSONResponse(body, headers=_headers(leased))


async def _read(request: Request, state: AsrState) -> Form:
    limit = int(state.settings.asr_bazarr_max_upload_mb * 2**20)
    return await read_form(request, max_bytes=limit, setting="ASR_BAZARR_MAX_UPLOAD_MB")


def _take_audio(form: Form) -> BinaryIO:
    """The upload, out of the form: the work may outlive the request that it came with."""
    # Some callers of the protocol name the part as OpenAI does.
    for name in ("audio_file", "file"):
        if name in form.files:
            return form.files.pop(name).file
    raise InvalidRequestError("The form has no part `audio_file` with the audio.", param="audio_file")


def _raw(encode: str) -> RawPcm | None:
    return None if read_bool(encode, "encode", default=True) else RawPcm()


def _headers(leased: LeasedEngine) -> dict[str, str]:
    return engine_headers(leased) | {"asr-engine": leased.engine.name}


def _json(transcript: Transcript) -> Json:
    """The JSON of this protocol, which has language codes where OpenAI's has names."""
    return {
        "text": transcript.text,
        "segments": [segment_json(number, s, words=True) for number, s in enumerate(transcript.segments)],
        "language": transcript.language.code if transcript.language else None,
    }
