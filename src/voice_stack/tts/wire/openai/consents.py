"""/audio/voice_consents: consents of the owners of voices (OpenAI's API), and the phrases that they say."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from voice_stack.core.errors import InvalidRequestError, NotFoundError
from voice_stack.language.codes import find_language, language_name, names_no_language
from voice_stack.tts.voices.custom.records import CONSENT_ID
from voice_stack.tts.wire.custom import (
    CHANGE_ERRORS,
    CONSENT_FORM,
    KEEP_ERRORS,
    Consent,
    ConsentList,
    ConsentPhrases,
    DeletedConsent,
    RenameBody,
    consent_json,
    form,
)
from voice_stack.tts.wire.documents import described
from voice_stack.tts.wire.openai.custom_voices import MOST_NAME_BYTES, read_recordings
from voice_stack.tts.wire.state import LibraryToChange, State
from voice_stack.web.documents import BODY_ERRORS, json_answer, refusals
from voice_stack.web.json_body import read_json

router = APIRouter(tags=["voices"])

_MOST_PAGE = 100
_DEFAULT_LANGUAGE = "en"
After = Annotated[
    str | None,
    Query(pattern=rf"^(?:{CONSENT_ID.pattern})?$", description="Id of the last consent of the page before."),
]
Limit = Annotated[int, Query(ge=1, le=_MOST_PAGE, description="Consents in the answer.")]


@router.post(
    "/audio/voice_consents",
    openapi_extra=form(CONSENT_FORM, "recording", "name", "language"),
    responses={**refusals(*KEEP_ERRORS), 200: json_answer(Consent, "The consent, and what was verified of it.")},
)
async def create_voice_consent(request: Request, state: LibraryToChange) -> JSONResponse:
    """Keep a consent: a recording in which the owner of a voice says the phrase of its language.

    One that does not say it is kept as well, with a check of the phrase that failed; no voice can be made with it.
    """
    library = state.service.custom
    async with await read_recordings(request, state) as sent:
        upload = sent.files.get("recording")
        if upload is None:
            raise InvalidRequestError("recording must be a file: the owner of the voice consents.", param="recording")
        name, language, file = sent.get("name"), sent.get("language"), upload.file
        record = await state.runner.look(lambda: library.consents.create(name, language, file))
    return JSONResponse(consent_json(record))


@router.get(
    "/audio/voice_consents",
    responses={**refusals(InvalidRequestError), 200: json_answer(ConsentList, "The consents.")},
)
def list_voice_consents(state: State, after: After = None, limit: Limit = 20) -> JSONResponse:
    """The consents, the newest first, a page at a time."""
    page = state.service.custom.consents.page(after or None, limit)
    ids = [record.id for record in page.consents]
    return JSONResponse(
        {
            "object": "list",
            "data": [consent_json(record) for record in page.consents],
            "first_id": ids[0] if ids else None,
            "last_id": ids[-1] if ids else None,
            "has_more": page.has_more,
        }
    )


@router.get(
    "/audio/voice_consents/{consent_id}",
    responses={**refusals(NotFoundError), 200: json_answer(Consent, "The consent.")},
)
def retrieve_voice_consent(consent_id: str, state: State) -> JSONResponse:
    """One consent, and what was verified of it."""
    return JSONResponse(consent_json(state.service.custom.consents.get(consent_id)))


@router.post(
    "/audio/voice_consents/{consent_id}",
    openapi_extra=described(RenameBody),
    responses={**refusals(*BODY_ERRORS, NotFoundError, *CHANGE_ERRORS), 200: json_answer(Consent, "The consent.")},
)
async def update_voice_consent(request: Request, consent_id: str, state: LibraryToChange) -> JSONResponse:
    """Call a consent something else."""
    body = await read_json(request, RenameBody, max_bytes=MOST_NAME_BYTES)
    consents = state.service.custom.consents
    return JSONResponse(consent_json(await state.runner.look(lambda: consents.rename(consent_id, body.name))))


@router.delete(
    "/audio/voice_consents/{consent_id}",
    responses={**refusals(NotFoundError, *CHANGE_ERRORS), 200: json_answer(DeletedConsent, "It is gone.")},
)
async def delete_voice_consent(consent_id: str, state: LibraryToChange) -> JSONResponse:
    """Delete a consent and its recording. Voices that rest on it stay, and say that it is gone."""
    await state.runner.look(lambda: state.service.custom.consents.delete(consent_id))
    return JSONResponse({"id": consent_id, "object": "audio.voice_consent", "deleted": True})


@router.get(
    "/audio/consent_phrases",
    responses={**refusals(InvalidRequestError, NotFoundError), 200: json_answer(ConsentPhrases, "The phrases.")},
)
def list_consent_phrases(
    state: State,
    language: Annotated[str, Query(description="BCP 47 tag, or the name of a language.")] = _DEFAULT_LANGUAGE,
) -> JSONResponse:
    """The phrases of a language; the recording of a consent says one of them."""
    open_ended = names_no_language(language) and language.isprintable()
    code = _DEFAULT_LANGUAGE if open_ended else find_language(language)
    if code is None:
        raise InvalidRequestError(f"language={language[:35]!r} is no language that is known here.", param="language")
    phrases = state.service.custom.checks.phrases
    if not phrases.of(code):
        known = ", ".join(phrases.languages)
        raise NotFoundError(f"There is no phrase in {language_name(code)}; there are some in {known}.")
    return JSONResponse({"language": code, "phrases": phrases.of(code)})
