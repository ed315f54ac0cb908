"""Forms and answers of the routes about speakers, for the API's documentation; and their JSON."""

from typing import TYPE_CHECKING, Any, Final, Literal

# Pydantic reads typed dictionaries of the standard library from Python 3.12 on.
from typing_extensions import TypedDict

from voice_stack.core.errors import (
    AudioTooLongError,
    DiskFullError,
    EngineError,
    EngineUnavailableError,
    InvalidAudioError,
    ModelNotFoundError,
    NotFoundError,
    OriginNotAllowedError,
    ServiceUnavailableError,
    SeveralSpeakersError,
    SpeakerExistsError,
    SpeakerNotFoundError,
    SpeakersFullError,
    TooLittleSpeechError,
)
from voice_stack.web.documents import BODY_ERRORS, Json

if TYPE_CHECKING:
    from voice_stack.speaker.desk import Compared, Embedded
    from voice_stack.speaker.identity import Identity
    from voice_stack.speaker.matching import Identified, Match

HEARING_ERRORS: Final = (
    *BODY_ERRORS,
    InvalidAudioError,
    AudioTooLongError,
    TooLittleSpeechError,
    SeveralSpeakersError,
    EngineUnavailableError,
    EngineError,
)
"""What a request that brings recordings can be refused with."""

API_ERRORS: Final = (NotFoundError, SpeakerNotFoundError)
"""What a question for identities can be refused with."""

CHANGE_ERRORS: Final = (*API_ERRORS, OriginNotAllowedError, DiskFullError, ServiceUnavailableError)
"""What every change of identities can be refused with."""

ENROL_ERRORS: Final = (*HEARING_ERRORS, *CHANGE_ERRORS, SpeakerExistsError, SpeakersFullError)
"""What an enrolment can be refused with."""

RENAME_ERRORS: Final = (*BODY_ERRORS, *CHANGE_ERRORS, SpeakerExistsError)
"""What another name can be refused with."""

EMBEDDING_ERRORS: Final = (*HEARING_ERRORS, ModelNotFoundError)
"""What a request for vectors can be refused with."""


class SpeakerConsent(TypedDict):
    """The consent that an enrolment rests on: who has agreed, to what, and when, in Unix seconds."""

    by: str
    statement: str
    given_at: int
    recorded_at: int


class SpeakerSample(TypedDict):
    """A recording that was enrolled. Of it a vector is kept, and no sound."""

    id: str
    model: str
    speech_seconds: float
    added_at: int


class Speaker(TypedDict):
    """A person whose voice was enrolled."""

    id: str
    object: Literal["speaker"]
    name: str
    consents: list[SpeakerConsent]
    samples: list[SpeakerSample]
    created_at: int
    updated_at: int


class DamagedSpeaker(TypedDict):
    """A file that holds no identity any more. DELETE of its id removes it."""

    reason: str
    id: str


class SpeakerList(TypedDict):
    """The people who are enrolled, the oldest first."""

    object: Literal["list"]
    data: list[Speaker]
    damaged: list[DamagedSpeaker]


class DeletedSpeaker(TypedDict):
    """A person who was forgotten."""

    id: str
    object: Literal["speaker.deleted"]
    deleted: Literal[True]


class SpeakerMatch(TypedDict):
    """An identity, and how much a voice is like it, -1 to 1."""

    name: str
    id: str
    score: float
    same_speaker: bool


class Identification(TypedDict):
    """The person who speaks in a recording. `name` is `unknown` and `id` null where nobody reaches the threshold; the
    score is then the likest one's, null where nobody is enrolled."""

    object: Literal["speaker.identification"]
    id: str | None
    name: str
    score: float | None
    threshold: float
    model: str
    speech_seconds: float
    candidates: list[SpeakerMatch]


class Verification(SpeakerMatch):
    """A person's match with a recording."""

    object: Literal["speaker.verification"]
    threshold: float


class VoiceEmbedding(TypedDict):
    """A voice as a vector of length 1; with `encoding_format=base64`, its little-endian float32."""

    object: Literal["embedding"]
    index: int
    embedding: list[float] | str
    speech_seconds: float
    duration: float
    real_time_factor: float


class EmbeddingUsage(TypedDict):
    """Seconds of audio that were heard."""

    type: Literal["duration"]
    seconds: int


class VoiceEmbeddings(TypedDict):
    """Voices as vectors, in the order of the files. Only vectors of one model can be compared."""

    object: Literal["list"]
    data: list[VoiceEmbedding]
    model: str
    device: str
    usage: EmbeddingUsage


class Similarity(TypedDict):
    """Likeness of two voices, -1 to 1, and whether they are taken to be of one person."""

    object: Literal["audio.similarity"]
    similarity: float
    threshold: float
    same_speaker: bool
    model: str


_NAME: Final[Json] = {"type": "string", "pattern": r"^\s*[A-Za-z0-9][A-Za-z0-9 ]*$", "maxLength": 200}
_FILES: Final[Json] = {
    "type": "array",
    "items": {"type": "string", "format": "binary"},
    "minItems": 1,
    "description": "Recordings of one person, a second of speech at least.",
}
_FILE: Final[Json] = {"type": "string", "format": "binary", "description": "A recording of one person."}
_CONSENT: Final[Json] = {
    "consent_by": {"type": "string", "description": "Who has agreed: the person, or who answers for them."},
    "consent_statement": {"type": "string", "description": "What they have said or signed."},
    "consent_given_at": {"type": "string", "pattern": "^[0-9]{1,10}$", "description": "When, Unix seconds; now."},
}
ENROL_FORM: Final[Json] = {"file": _FILES, "name": _NAME, **_CONSENT}
SAMPLES_FORM: Final[Json] = {"file": _FILES, **_CONSENT}
FILE_FORM: Final[Json] = {"file": _FILE}
EMBEDDINGS_FORM: Final[Json] = {
    "file": _FILES,
    "model": {"type": "string", "description": "Absent: the configured one. Another one is refused."},
    "encoding_format": {"type": "string", "enum": ["float", "base64"]},
}
SIMILARITY_FORM: Final[Json] = {"file": _FILE, "reference": _FILE}


def json_body(name: str, schema: Json) -> dict[str, Any]:
    """Value for `openapi_extra` of a route that reads an object with one field."""
    content = {"schema": {"type": "object", "required": [name], "properties": {name: schema}}}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


RENAME_BODY: Final = json_body("name", _NAME)
MERGE_BODY: Final = json_body("other", {"type": "string", "description": "Id of the speaker who is the same person."})


def speaker_json(identity: "Identity") -> Json:
    """An identity; its vectors stay here."""
    return {
        "id": identity.id,
        "object": "speaker",
        "name": identity.name,
        "created_at": identity.created_at,
        "updated_at": identity.updated_at,
        "consents": [consent.model_dump() for consent in identity.consents],
        "samples": [
            {"id": one.id, "model": one.model, "speech_seconds": one.speech_s, "added_at": one.added_at}
            for one in identity.samples
        ],
    }


def match_json(match: "Match") -> Json:
    """An identity that a voice was compared with."""
    return {"id": match.id, "name": match.name, "score": round(match.score, 4), "same_speaker": match.is_same}


def identified_json(found: "Identified") -> Json:
    """The speaker of a recording."""
    best = found.match or (found.candidates[0] if found.candidates else None)
    return {
        "object": "speaker.identification",
        "id": None if found.match is None else found.match.id,
        "name": found.name,
        "score": None if best is None else round(best.score, 4),
        "threshold": found.threshold,
        "model": found.model,
        "speech_seconds": round(found.speech_s, 3),
        "candidates": [match_json(one) for one in found.candidates],
    }


def verified_json(match: "Match") -> Json:
    """A person's match with a recording."""
    return {"object": "speaker.verification", **match_json(match), "threshold": match.threshold}


def compared_json(found: "Compared") -> Json:
    """The likeness of two voices."""
    return {
        "object": "audio.similarity",
        "similarity": round(found.similarity, 4),
        "threshold": found.threshold,
        "same_speaker": found.is_same,
        "model": found.model,
    }


def embeddings_json(found: "list[Embedded]", encoding: str) -> Json:
    """Voices as vectors.

    Args:
        encoding: float or base64.
    """
    import base64
    import math

    def written(one: "Embedded") -> list[float] | str:
        vector = one.heard.vector.astype("<f4")
        return base64.b64encode(vector.tobytes()).decode() if encoding == "base64" else vector.tolist()

    return {
        "object": "list",
        "data": [
            {
                "object": "embedding",
                "index": index,
                "embedding": written(one),
                "speech_seconds": round(one.heard.speech_s, 3),
                "duration": round(one.audio_s, 3),
                "real_time_factor": round(one.real_time_factor, 4),
            }
            for index, one in enumerate(found)
        ],
        "model": found[0].heard.model,
        "device": found[0].device,
        "usage": {"type": "duration", "seconds": math.ceil(sum(one.audio_s for one in found))},
    }
