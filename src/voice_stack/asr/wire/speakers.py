"""/speakers: people who are enrolled, and /audio/embeddings, /audio/similarity: voices compared. OpenAI has none."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, BinaryIO, Final, TypeVar

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from voice_stack.asr.wire.documents import form
from voice_stack.asr.wire.speaker_documents import (
    API_ERRORS,
    CHANGE_ERRORS,
    EMBEDDING_ERRORS,
    EMBEDDINGS_FORM,
    ENROL_ERRORS,
    ENROL_FORM,
    FILE_FORM,
    HEARING_ERRORS,
    MERGE_BODY,
    RENAME_BODY,
    RENAME_ERRORS,
    SAMPLES_FORM,
    SIMILARITY_FORM,
    DeletedSpeaker,
    Identification,
    Similarity,
    Speaker,
    SpeakerList,
    Verification,
    VoiceEmbeddings,
    compared_json,
    embeddings_json,
    identified_json,
    speaker_json,
    verified_json,
)
from voice_stack.asr.wire.state import AsrState, State
from voice_stack.core.errors import InvalidRequestError, ModelNotFoundError, NotFoundError
from voice_stack.serving.background import in_background
from voice_stack.web.disconnect import run_until_disconnect
from voice_stack.web.documents import Json, json_answer, refusals
from voice_stack.web.forms import Form
from voice_stack.web.json_body import parse_object, read_body
from voice_stack.web.origins import check_change
from voice_stack.web.state import state_of
from voice_stack.web.uploads import MIB, read_form

if TYPE_CHECKING:
    from voice_stack.speaker.desk import SpeakerDesk
    from voice_stack.speaker.identity import Consent

router = APIRouter(tags=["speakers"])

T = TypeVar("T")

_PARTS: Final = ("file", "file[]")
_MOST_FILES: Final = 50
_MOST_BODY: Final = 16 * 1024


def _speakers(request: Request) -> AsrState:
    """The state, for a request about identities.

    Raises:
        NotFoundError: SPEAKER_API is off.
        OriginNotAllowedError: it would change something, and comes from a page of another origin.
    """
    from voice_stack.speaker.settings import IdentityOptions

    found: AsrState = state_of(request)
    is_on = found.settings.group(IdentityOptions).api
    if request.method != "GET":
        check_change(request, found.settings.web, allowed=is_on)
    elif not is_on:
        raise NotFoundError(f"Unknown URL: GET {request.url.path}")
    return found


Speakers = Annotated[AsrState, Depends(_speakers)]


@router.post(
    "/speakers",
    openapi_extra=form(ENROL_FORM, "file", "name"),
    responses={**refusals(*ENROL_ERRORS), 200: json_answer(Speaker, "The person, who is known from now on.")},
)
async def enrol_speaker(request: Request, state: Speakers) -> JSONResponse:
    """Enrol a person: keep their voice, as vectors, so that it is recognised in later recordings.

    It needs a consent, unless the server does without (SPEAKER_REQUIRE_CONSENT).
    """
    async with await _form(request, state) as sent:
        files, consent, name = _files(sent), _consent(sent), sent.get("name")
        return await _heard(request, state, lambda desk: speaker_json(desk.enrol(name, files, consent)))


@router.get(
    "/speakers",
    responses={**refusals(*API_ERRORS), 200: json_answer(SpeakerList, "The people who are enrolled.")},
)
async def list_speakers(state: Speakers) -> JSONResponse:
    """Everybody who is enrolled; no vectors are told."""

    def listed(desk: "SpeakerDesk") -> Json:
        damaged = [{"id": id, "reason": reason} for id, reason in desk.identities.files.damaged.items()]
        return {"object": "list", "data": [speaker_json(one) for one in desk.identities.all()], "damaged": damaged}

    return await _answer(state, listed)


@router.post(
    "/speakers/identify",
    openapi_extra=form(FILE_FORM, "file"),
    responses={**refusals(*HEARING_ERRORS, *CHANGE_ERRORS), 200: json_answer(Identification, "Who speaks.")},
)
async def identify_speaker(request: Request, state: Speakers) -> JSONResponse:
    """Tell who speaks in a recording of one person, or that it is nobody who is enrolled."""
    async with await _form(request, state) as sent:
        file = _file(sent, "file")
        return await _heard(request, state, lambda desk: identified_json(desk.identify(file)))


@router.get(
    "/speakers/{speaker_id}",
    responses={**refusals(*API_ERRORS), 200: json_answer(Speaker, "The person.")},
)
async def retrieve_speaker(speaker_id: str, state: Speakers) -> JSONResponse:
    """One person who is enrolled."""
    return await _answer(state, lambda desk: speaker_json(desk.identities.get(speaker_id)))


@router.patch(
    "/speakers/{speaker_id}",
    operation_id="rename_speaker_by_patch",
    openapi_extra=RENAME_BODY,
    responses={**refusals(*RENAME_ERRORS), 200: json_answer(Speaker, "The person.")},
)
@router.post(
    "/speakers/{speaker_id}",
    openapi_extra=RENAME_BODY,
    responses={**refusals(*RENAME_ERRORS), 200: json_answer(Speaker, "The person.")},
)
async def rename_speaker(request: Request, speaker_id: str, state: Speakers) -> JSONResponse:
    """Call a person something else; the id stays."""
    name = await _field(request, "name")
    return await _answer(state, lambda desk: speaker_json(desk.identities.rename(speaker_id, name)))


@router.post(
    "/speakers/{speaker_id}/samples",
    openapi_extra=form(SAMPLES_FORM, "file"),
    responses={**refusals(*ENROL_ERRORS), 200: json_answer(Speaker, "The person.")},
)
async def add_samples(request: Request, speaker_id: str, state: Speakers) -> JSONResponse:
    """Keep further recordings of a person, who is told more surely by them."""
    async with await _form(request, state) as sent:
        files, consent = _files(sent), _consent(sent)
        return await _heard(request, state, lambda desk: speaker_json(desk.add(speaker_id, files, consent)))


@router.post(
    "/speakers/{speaker_id}/merge",
    openapi_extra=MERGE_BODY,
    responses={**refusals(*RENAME_ERRORS), 200: json_answer(Speaker, "The person.")},
)
async def merge_speakers(request: Request, speaker_id: str, state: Speakers) -> JSONResponse:
    """Make one of two speakers who are the same person; the other's id is gone."""
    other = await _field(request, "other")
    return await _answer(state, lambda desk: speaker_json(desk.identities.merge(speaker_id, other)))


@router.post(
    "/speakers/{speaker_id}/verify",
    openapi_extra=form(FILE_FORM, "file"),
    responses={**refusals(*HEARING_ERRORS, *CHANGE_ERRORS), 200: json_answer(Verification, "Whether it is them.")},
)
async def verify_speaker(request: Request, speaker_id: str, state: Speakers) -> JSONResponse:
    """Tell whether a recording is of a person."""
    async with await _form(request, state) as sent:
        file = _file(sent, "file")
        return await _heard(request, state, lambda desk: verified_json(desk.verify(file, speaker_id)))


@router.delete(
    "/speakers/{speaker_id}",
    responses={**refusals(*CHANGE_ERRORS), 200: json_answer(DeletedSpeaker, "They are forgotten.")},
)
async def forget_speaker(speaker_id: str, state: Speakers) -> JSONResponse:
    """Forget a person: name, vectors and consents are overwritten, on the disk and in memory."""

    def forgotten(desk: "SpeakerDesk") -> Json:
        desk.identities.forget(speaker_id)
        return {"id": speaker_id, "object": "speaker.deleted", "deleted": True}

    return await _answer(state, forgotten)


@router.post(
    "/audio/embeddings",
    openapi_extra=form(EMBEDDINGS_FORM, "file"),
    responses={**refusals(*EMBEDDING_ERRORS), 200: json_answer(VoiceEmbeddings, "The voices.")},
)
async def create_voice_embeddings(request: Request, state: State) -> JSONResponse:
    """Voices as vectors, one for each file."""
    async with await _form(request, state) as sent:
        files, model, encoding = _files(sent), sent.get("model"), sent.get("encoding_format") or "float"
        if encoding not in ("float", "base64"):
            raise InvalidRequestError("encoding_format must be float or base64.", param="encoding_format")

        def embedded(desk: "SpeakerDesk") -> Json:
            if model and model not in (desk.encoder.name, *desk.encoder.name.split("/", 1)):
                raise ModelNotFoundError(
                    f"Voices are heard by {desk.encoder.name} here, not by {model[:100]!r}; leave model out."
                )
            return embeddings_json([desk.embed(file) for file in files], encoding)

        return await _heard(request, state, embedded)


@router.post(
    "/audio/similarity",
    openapi_extra=form(SIMILARITY_FORM, "file", "reference"),
    responses={**refusals(*HEARING_ERRORS), 200: json_answer(Similarity, "How much they are alike.")},
)
async def compare_voices(request: Request, state: State) -> JSONResponse:
    """Tell whether two recordings, of one person each, are of the same one."""
    async with await _form(request, state) as sent:
        file, reference = _file(sent, "file"), _file(sent, "reference")
        return await _heard(request, state, lambda desk: compared_json(desk.compare(file, reference)))


async def _answer(state: AsrState, work: Callable[["SpeakerDesk"], Json]) -> JSONResponse:
    """The answer of quick work, on a thread of its own."""
    return JSONResponse(await in_background(lambda: work(state.service.speakers), "asr-speakers"))


async def _heard(request: Request, state: AsrState, work: Callable[["SpeakerDesk"], Json]) -> JSONResponse:
    """The answer of work that listens, in its turn. Its files stay open until it has ended."""
    stop = threading.Event()

    def listen() -> Json:
        desk = state.service.speakers
        with desk.turn(stop):
            return work(desk)

    done = in_background(listen, "asr-speakers")
    return JSONResponse(await run_until_disconnect(request, done, stop.set))


async def _form(request: Request, state: AsrState) -> Form:
    limit = int(state.settings.asr_max_upload_mb * MIB)
    return await read_form(request, max_bytes=limit, setting="ASR_MAX_UPLOAD_MB", all_of=_PARTS, max_files=_MOST_FILES)


def _files(sent: Form) -> list[BinaryIO]:
    """The recordings of a form, in their order.

    Raises:
        InvalidRequestError: there are none.
    """
    uploads = [*(sent.files[name] for name in _PARTS if name in sent.files), *sent.more_files]
    if not uploads:
        raise InvalidRequestError("file must be a file: a recording of the person.", param="file")
    return [upload.file for upload in uploads]


def _file(sent: Form, name: str) -> BinaryIO:
    if name not in sent.files:
        raise InvalidRequestError(f"{name} must be a file: a recording of one person.", param=name)
    return sent.files[name].file


def _consent(sent: Form) -> "Consent | None":
    from voice_stack.speaker.identity import consent_of

    at = (sent.get("consent_given_at") or "").strip()
    if at and not (at.isascii() and at.isdigit() and len(at) <= 12):
        raise InvalidRequestError("consent_given_at must be in Unix seconds.", param="consent_given_at")
    return consent_of(sent.get("consent_by"), sent.get("consent_statement"), int(at) if at else None)


async def _field(request: Request, name: str) -> str:
    """The one field of a JSON object.

    Raises:
        InvalidRequestError: the body is none, or the field is no text.
    """
    value = parse_object(await read_body(request, max_bytes=_MOST_BODY), "body").get(name)
    if not isinstance(value, str):
        raise InvalidRequestError(f"{name} must be a text.", param=name)
    return value
