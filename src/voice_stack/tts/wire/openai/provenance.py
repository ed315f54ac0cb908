"""POST /content_provenance_checks: is a sound marked as synthetic?

The shape is OpenAI's. `c2pa` is what they mean by it; their other type, SynthID, is a mark that only they can hear, and
no result of ours is called so: ours are `metadata` and `watermark`. What cannot be looked for because a package is
missing has no result and stands in `unavailable`: `not_detected` would say that somebody had looked.
"""

import threading
import time
from typing import Any, Final, Literal, NotRequired

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

# Pydantic reads typed dictionaries of the standard library from Python 3.12 on.
from typing_extensions import TypedDict

from voice_stack.audio.decode import DecodeLimits
from voice_stack.core.errors import EngineUnavailableError, InvalidAudioError, InvalidRequestError
from voice_stack.tts.provenance.detection import Finding, Findings, detect
from voice_stack.tts.provenance.settings import ProvenanceOptions
from voice_stack.tts.wire.state import State
from voice_stack.web.disconnect import run_until_disconnect
from voice_stack.web.documents import BODY_ERRORS, json_answer, refusals
from voice_stack.web.uploads import UploadedFile, read_form

router = APIRouter(tags=["provenance"])

_OBJECT: Final = "content_provenance_check"
_FORM: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary", "description": "The sound."}},
                },
                "encoding": {"file": {"contentType": "audio/*, video/*"}},
            }
        },
    }
}


class ProvenanceResult(TypedDict):
    """One kind of mark, and whether it was found.

    `not_detected` proves nothing: marks can be lost, and speech of others has none. `generated_at` (RFC 3339) and
    `model` are what the mark tells. `confidence`, 0 to 1, is of the watermark; `issuer` and `validation_state` of C2PA.
    """

    type: Literal["metadata", "watermark", "c2pa"]
    outcome: Literal["detected", "not_detected"]
    generated_at: NotRequired[str | None]
    model: NotRequired[str | None]
    confidence: NotRequired[float]
    issuer: NotRequired[str | None]
    validation_state: NotRequired[Literal["trusted", "valid", "invalid", "not_present"]]


class UnavailableCheck(TypedDict):
    """A mark that was not looked for, and what to install so that it is."""

    type: Literal["watermark", "c2pa"]
    install: str


class ProvenanceCheck(TypedDict):
    """The marks that were looked for in a file, and those that could not be."""

    object: Literal["content_provenance_check"]
    created_at: int
    results: list[ProvenanceResult]
    unavailable: list[UnavailableCheck]


@router.post(
    "/content_provenance_checks",
    openapi_extra=_FORM,
    responses={
        **refusals(*BODY_ERRORS, InvalidAudioError, EngineUnavailableError),
        200: json_answer(ProvenanceCheck, "The findings."),
    },
)
async def check_provenance(request: Request, state: State) -> JSONResponse:
    """Look for marks of synthetic speech in a sound (OpenAI's API)."""
    options = state.settings.provenance
    limit = int(options.provenance_max_mb * 2**20)
    async with await read_form(request, max_bytes=limit, setting="TTS_PROVENANCE_MAX_MB") as form:
        if "file" not in form.files:
            raise InvalidRequestError("The form has no part `file` with the sound.", param="file")
        findings = await _found(request, form.files["file"], options, state.service.checking)
    return JSONResponse(check_json(findings, int(time.time())))


def check_json(findings: Findings, created_at: int) -> dict[str, Any]:
    """The answer. Pure.

    Args:
        created_at: seconds since 1970.
    """
    return {
        "object": _OBJECT,
        "created_at": created_at,
        "results": [_result_json(finding) for finding in findings.results],
        "unavailable": [{"type": kind, "install": install} for kind, install in findings.unavailable.items()],
    }


def _result_json(finding: Finding) -> dict[str, Any]:
    result: dict[str, Any] = {
        "type": finding.kind,
        "outcome": "detected" if finding.detected else "not_detected",
        "generated_at": finding.generated_at,
        "model": finding.model,
    }
    if finding.confidence is not None:
        result["confidence"] = round(finding.confidence, 4)
    if finding.validation_state is not None:
        result |= {"issuer": finding.issuer, "validation_state": finding.validation_state}
    return result


async def _found(
    request: Request, upload: UploadedFile, options: ProvenanceOptions, checking: CapacityLimiter
) -> Findings:
    stop = threading.Event()
    limits = DecodeLimits(options.provenance_max_s)
    work = anyio.to_thread.run_sync(lambda: detect(upload.file, limits, stop), limiter=checking)
    return await run_until_disconnect(request, work, stop.set)
