"""POST /audio/voices/check: the word of the reference doctor on a recording, before a voice is made of it."""

from typing import Any, Final, Literal

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

# Pydantic reads typed dictionaries of the standard library from Python 3.12 on.
from typing_extensions import TypedDict

from voice_stack.core.errors import AudioTooLongError, InvalidAudioError, InvalidRequestError, ServiceUnavailableError
from voice_stack.tts.voices.doctor import Doctor, read_recording
from voice_stack.tts.voices.report import Json
from voice_stack.tts.wire.state import State
from voice_stack.web.documents import ANY_ERRORS, BODY_ERRORS, json_answer, refusals
from voice_stack.web.uploads import UploadedFile, read_form

router = APIRouter(tags=["voices"])

MAX_UPLOAD_BYTES: Final = 64 * 2**20
"""Of a recording: ten minutes of one channel at 48 kHz in 16 bits take 58 MB."""

# Each takes a core for a fifth of its sound's length; speech must not wait for them.
_AT_ONCE: Final = CapacityLimiter(1)
_FORM: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                },
                "encoding": {"file": {"contentType": "audio/*, video/*"}},
            }
        },
    }
}
VerdictName = Literal["good", "usable", "unusable"]


class ReferenceFinding(TypedDict):
    """One measure; `code` is `ok` where nothing is wrong, and `advice` a sentence where something is."""

    measure: str
    value: float | int | None
    unit: str
    verdict: VerdictName
    code: str
    advice: str


class ReferenceWindow(TypedDict):
    """The best part: seconds from the start of the recording, and its length."""

    start: float
    seconds: float
    end: float


class ReferenceReport(TypedDict):
    """All that was measured; `not_available` has what could not be, with the reason."""

    object: Literal["audio.voice_check"]
    verdict: VerdictName
    codes: list[str]
    advice: str
    findings: list[ReferenceFinding]
    window: ReferenceWindow | None
    not_available: dict[str, str]


@router.post(
    "/audio/voices/check",
    openapi_extra=_FORM,
    responses={
        **refusals(*BODY_ERRORS, InvalidAudioError, AudioTooLongError, ServiceUnavailableError, *ANY_ERRORS),
        200: json_answer(ReferenceReport, "The report."),
    },
)
async def check_recording(request: Request, state: State) -> JSONResponse:
    """Examine a recording to clone a voice from: what is good and bad about it, what to do, and its best part.

    Nothing of it is kept.
    """
    async with await read_form(request, max_bytes=MAX_UPLOAD_BYTES, max_files=1) as form:
        upload = form.files.get("file")
        if upload is None:
            raise InvalidRequestError(
                "The form has no part `file` with the recording: send it as a file upload.", param="file"
            )
        report = await anyio.to_thread.run_sync(_examined, state.service.doctor, upload, limiter=_AT_ONCE)
    return JSONResponse({"object": "audio.voice_check", **report})


def _examined(doctor: Doctor, upload: UploadedFile) -> Json:
    return doctor.examine(read_recording(upload.file)).to_json()
