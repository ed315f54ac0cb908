"""/audio/voices: voices that clients create (OpenAI's API), and what else can be done with them."""

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, JSONResponse

from voice_stack.core.errors import InvalidRequestError, UnsupportedError
from voice_stack.tts.wire.custom import (
    CHANGE_ERRORS,
    KNOWN_VOICE_ERRORS,
    VOICE_ERRORS,
    VOICE_FORM,
    CustomVoice,
    DeletedVoice,
    RenameBody,
    form,
    voice_json,
)
from voice_stack.tts.wire.documents import described
from voice_stack.tts.wire.state import LibraryToChange, State, TtsState
from voice_stack.web.documents import BODY_ERRORS, json_answer, refusals
from voice_stack.web.json_body import parse_object, read_body, read_json
from voice_stack.web.uploads import MIB, Form, read_form

router = APIRouter(tags=["voices"])

MOST_NAME_BYTES = 64 * 1024
"""Of a body that holds a name, and perhaps a description of a voice."""

_MOST_FILES = 4


@router.post(
    "/audio/voices",
    openapi_extra=form(VOICE_FORM, "audio_sample", "name", "consent"),
    responses={**refusals(*VOICE_ERRORS), 200: json_answer(CustomVoice, "The voice, and what was verified of it.")},
)
async def create_voice(request: Request, state: LibraryToChange) -> JSONResponse:
    """Make a voice of a recording; speech requests name it by its id.

    It needs the consent of the voice's owner, unless the server does without (TTS_REQUIRE_CONSENT).
    """
    library = state.service.custom
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json":
        content = parse_object(await read_body(request, max_bytes=MOST_NAME_BYTES), "body")
        _see_type(content.get("type", "audio_sample"))
        raise InvalidRequestError("Send multipart/form-data: audio_sample is a file.", param="audio_sample")
    async with await read_recordings(request, state) as sent:
        _see_type(sent.get("type") or "audio_sample")
        upload = sent.files.get("audio_sample")
        if upload is None:
            raise InvalidRequestError("audio_sample must be a file: a recording of the voice.", param="audio_sample")
        name, consent, language, file = sent.get("name"), sent.get("consent"), sent.get("language"), upload.file
        record = await state.runner.look(lambda: library.create_voice(name, consent, file, language))
        answer = await state.runner.look(lambda: voice_json(record, library))
    return JSONResponse(answer)


@router.get(
    "/audio/voices/{voice_id}",
    responses={**refusals(*KNOWN_VOICE_ERRORS), 200: json_answer(CustomVoice, "The voice.")},
)
def retrieve_voice(voice_id: str, state: State) -> JSONResponse:
    """One created voice, and what was verified of it."""
    library = state.service.custom
    return JSONResponse(voice_json(library.voice(voice_id), library))


@router.post(
    "/audio/voices/{voice_id}",
    openapi_extra=described(RenameBody),
    responses={
        **refusals(*BODY_ERRORS, *KNOWN_VOICE_ERRORS, *CHANGE_ERRORS),
        200: json_answer(CustomVoice, "The voice."),
    },
)
async def update_voice(request: Request, voice_id: str, state: LibraryToChange) -> JSONResponse:
    """Call a voice something else; its id stays."""
    body = await read_json(request, RenameBody, max_bytes=MOST_NAME_BYTES)
    library = state.service.custom
    answer = await state.runner.look(lambda: voice_json(library.rename_voice(voice_id, body.name), library))
    return JSONResponse(answer)


@router.delete(
    "/audio/voices/{voice_id}",
    responses={**refusals(*KNOWN_VOICE_ERRORS, *CHANGE_ERRORS), 200: json_answer(DeletedVoice, "It is gone.")},
)
async def delete_voice(voice_id: str, state: LibraryToChange) -> JSONResponse:
    """Delete a voice, its recordings, and what engines have computed of it. Its consent stays."""
    await state.runner.look(lambda: state.service.custom.delete_voice(voice_id))
    return JSONResponse({"id": voice_id, "object": "audio.voice.deleted", "deleted": True})


@router.get(
    "/audio/voices/{voice_id}/sample",
    response_class=FileResponse,
    responses={
        **refusals(*KNOWN_VOICE_ERRORS),
        200: {
            "description": "The reference that engines hear.",
            "content": {"audio/wav": {"schema": {"type": "string", "format": "binary"}}},
        },
    },
)
def play_voice_sample(voice_id: str, state: State) -> FileResponse:
    """The prepared reference of a voice: WAV, 24 kHz, mono."""
    return FileResponse(state.service.custom.sample(voice_id), media_type="audio/wav")


@router.post(
    "/audio/voices/{voice_id}/check",
    responses={**refusals(*KNOWN_VOICE_ERRORS, *CHANGE_ERRORS), 200: json_answer(CustomVoice, "The voice.")},
)
async def check_voice(voice_id: str, state: LibraryToChange) -> JSONResponse:
    """Look at a voice again with whoever can look today: its files, its consent's phrase, its speaker."""
    library = state.service.custom
    return JSONResponse(await state.runner.look(lambda: voice_json(library.check_voice(voice_id), library)))


async def read_recordings(request: Request, state: TtsState) -> Form:
    """The form of a request that brings a recording, within TTS_VOICE_UPLOAD_MB.

    Raises:
        As `read_form`.
    """
    most = round(state.settings.custom.voice_upload_mb * MIB)
    return await read_form(request, max_bytes=most, setting="TTS_VOICE_UPLOAD_MB", max_files=_MOST_FILES)


def _see_type(kind: object) -> None:
    if kind == "prompt":
        raise UnsupportedError(
            "type=prompt: none of the engines here designs a voice from a description. Send an audio_sample.",
            param="type",
        )
    if kind != "audio_sample":
        raise InvalidRequestError(f"type={str(kind)[:40]!r} must be audio_sample.", param="type")
