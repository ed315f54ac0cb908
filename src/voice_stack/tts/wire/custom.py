"""Created voices and consents, without their HTTP: the JSON of records, and what the documentation says of them."""

from typing import Any, Final, Literal

from pydantic import BaseModel, Field

# Pydantic reads typed dictionaries of the standard library from Python 3.12 on.
from typing_extensions import TypedDict

from voice_stack.core.errors import (
    AudioTooLongError,
    ConsentRefusedError,
    DiskFullError,
    InvalidAudioError,
    InvalidRequestError,
    LibraryFullError,
    NotFoundError,
    OriginNotAllowedError,
    ServiceUnavailableError,
    UnsupportedError,
    UnusableVoiceError,
    VoiceNotFoundError,
)
from voice_stack.language.codes import LANGUAGES, language_pattern
from voice_stack.tts.schemas import Json
from voice_stack.tts.voices.custom.library import CustomVoices
from voice_stack.tts.voices.custom.records import MAX_NAME_LENGTH, NAME_PATTERN, Check, ConsentRecord, VoiceRecord
from voice_stack.web.documents import BODY_ERRORS

CHANGE_ERRORS: Final = (OriginNotAllowedError, DiskFullError, ServiceUnavailableError)
"""What every change of the library can be refused with."""

KEEP_ERRORS: Final = (
    *BODY_ERRORS,
    InvalidAudioError,
    AudioTooLongError,
    ConsentRefusedError,
    NotFoundError,
    LibraryFullError,
    *CHANGE_ERRORS,
)
"""What a new consent can be refused with."""

VOICE_ERRORS: Final = (*KEEP_ERRORS, UnusableVoiceError, UnsupportedError)
"""What a new voice can be refused with."""

KNOWN_VOICE_ERRORS: Final = (InvalidRequestError, VoiceNotFoundError, UnusableVoiceError)
"""What a question for one voice can be refused with."""

_NAME: Final[Json] = {"type": "string", "minLength": 1, "maxLength": MAX_NAME_LENGTH, "pattern": NAME_PATTERN}
_RECORDING: Final[Json] = {"type": "string", "format": "binary"}


class FoundCheck(TypedDict):
    """One check, and who has made it.

    `value` is what was measured (an error rate, a similarity) and `threshold` what it had to keep to; `checked_at` is
    in Unix seconds. `heard` is there for a consent's phrase only.
    """

    status: Literal["verified", "failed", "not_verified"]
    reason: str | None
    engine: str | None
    value: float | None
    threshold: float | None
    checked_at: int | None
    heard: str | None


class FoundChecks(TypedDict):
    """Checks of a consent or a voice: whether the phrase is said, whether both are of one speaker, and whether the
    recordings are free of the mark of synthetic speech."""

    phrase: FoundCheck
    speaker: FoundCheck
    synthetic: FoundCheck


class Consent(TypedDict):
    """The consent of a voice's owner."""

    id: str
    object: Literal["audio.voice_consent"]
    name: str
    language: str
    created_at: int
    verification: FoundChecks


class ConsentList(TypedDict):
    """A page of consents, the newest first; the next one is asked for with `after=last_id`."""

    object: Literal["list"]
    data: list[Consent]
    first_id: str | None
    last_id: str | None
    has_more: bool


class DeletedConsent(TypedDict):
    """A consent that is gone."""

    id: str
    object: Literal["audio.voice_consent"]
    deleted: Literal[True]


class RestingOn(TypedDict):
    """The consent of a voice; `exists` is false once it was deleted."""

    id: str
    exists: bool


class CustomVoice(TypedDict):
    """A created voice. `duration` is in seconds of the reference, `prepared` what was done to the sample."""

    id: str
    object: Literal["audio.voice"]
    name: str
    type: Literal["audio_sample"]
    created_at: int
    origin: Literal["api", "import"]
    language: str | None
    duration: float
    prepared: list[str]
    consent: RestingOn | None
    verification: FoundChecks


class DeletedVoice(TypedDict):
    """A voice that is gone."""

    id: str
    object: Literal["audio.voice.deleted"]
    deleted: Literal[True]


class ConsentPhrases(TypedDict):
    """Phrases of which the recording of a consent says one."""

    language: str
    phrases: list[str]


class RenameBody(BaseModel):
    """A new name for a consent or a voice."""

    name: str = Field(min_length=1, json_schema_extra={"pattern": NAME_PATTERN, "maxLength": MAX_NAME_LENGTH})


CONSENT_FORM: Final[Json] = {
    "recording": {
        **_RECORDING,
        "description": "The owner of the voice saying the phrase of the language: GET /audio/consent_phrases.",
    },
    "name": _NAME,
    "language": {
        "type": "string",
        "description": "BCP 47 tag of the language that is spoken.",
        "pattern": language_pattern(LANGUAGES),
        "examples": ["en-US"],
    },
}
VOICE_FORM: Final[Json] = {
    "audio_sample": {**_RECORDING, "description": "6 to 30 seconds of clear speech of one person; 3 at least."},
    "name": _NAME,
    "consent": {"type": "string", "description": "Id of the consent of the voice's owner."},
    "type": {"type": "string", "enum": ["audio_sample"], "default": "audio_sample"},
    "language": {
        "type": "string",
        "description": "Language that is spoken in the sample.",
        "pattern": language_pattern(LANGUAGES),
    },
}


def form(properties: Json, *required: str) -> dict[str, Any]:
    """Value for `openapi_extra` of a route that reads a form; the first of the required fields is the sound."""
    schema = {"type": "object", "required": list(required), "properties": properties}
    encoding = {required[0]: {"contentType": "audio/*, video/*"}}
    content = {"multipart/form-data": {"schema": schema, "encoding": encoding}}
    return {"requestBody": {"required": True, "content": content}}


def consent_json(record: ConsentRecord) -> Json:
    """A consent as OpenAI has it, and what was verified."""
    return {
        "id": record.id,
        "object": "audio.voice_consent",
        "name": record.name,
        "language": record.language,
        "created_at": record.created_at,
        "verification": _checks_json(record.verification.checks),
    }


def voice_json(record: VoiceRecord, library: CustomVoices) -> Json:
    """A voice as OpenAI has it, and what is known of it. Reads the disk."""
    resting = None if record.consent is None else {"id": record.consent, "exists": library.has_consent(record)}
    return {
        "id": record.id,
        "object": "audio.voice",
        "name": record.name,
        "type": record.type,
        "created_at": record.created_at,
        "origin": record.origin,
        "language": record.language,
        "duration": record.seconds,
        "prepared": list(record.prepared),
        "consent": resting,
        "verification": _checks_json(record.verification.checks),
    }


def _checks_json(checks: dict[str, Check]) -> Json:
    return {name: check.model_dump(mode="json") for name, check in checks.items()}
