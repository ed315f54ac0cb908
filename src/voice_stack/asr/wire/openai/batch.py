"""POST /audio/transcriptions/batch: many files in one request, a job each."""

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from voice_stack.asr.wire import documents
from voice_stack.asr.wire.answers import READERS, Asked, Kind
from voice_stack.asr.wire.jobs import transcription_job
from voice_stack.asr.wire.state import AsrState, State
from voice_stack.asr.wire.values import read_bool
from voice_stack.core.errors import InvalidRequestError, UploadTooLargeError, VoiceStackError
from voice_stack.jobs.types import NewJob
from voice_stack.web.archives import MIB, ArchiveLimits, Member, is_archive, unpack
from voice_stack.web.documents import parameter, refusals
from voice_stack.web.forms import Form, UploadedFile
from voice_stack.web.jobs.batch_items import look_into
from voice_stack.web.jobs.documents import ACCEPTED_BATCH, JOB_ERRORS
from voice_stack.web.jobs.forms import callback_of, request_params
from voice_stack.web.jobs.responses import accepted_batch_response
from voice_stack.web.priority import Priority
from voice_stack.web.uploads import read_form

router = APIRouter(tags=["audio"])

# As clients name a part that comes several times.
_PARTS = ("file", "file[]", "files", "files[]")
_SHOWN = 512

_CALLBACK = parameter("query", "callback_url", "Told when a job is over.", {"type": "string"})


@router.post(
    "/audio/transcriptions/batch",
    openapi_extra=documents.form(documents.BATCH_FORM, "file", "model", parameters=[_CALLBACK]),
    status_code=202,
    responses={**refusals(*documents.AUDIO_ERRORS, *JOB_ERRORS), 202: ACCEPTED_BATCH},
)
async def create_transcription_batch(request: Request, state: State, priority: Priority) -> JSONResponse:
    """Transcribe many files: several parts `file`, or one zip; the other fields are those of a single transcription
    and count for each. Each becomes a job; `GET /batches/{id}` tells of them all."""
    state.jobs.check()
    settings = state.settings
    form = await read_form(
        request,
        max_bytes=int(settings.asr_batch_max_upload_mb * MIB),
        setting="ASR_BATCH_MAX_UPLOAD_MB",
        all_of=_PARTS,
        max_files=settings.jobs.batch_items,
    )
    async with form:
        members = await _members(form, state)
        asked = _read(form, state)
        params = request_params(request, form) | {"query": {}}

        async def make(upload: UploadedFile | VoiceStackError) -> NewJob:
            if isinstance(upload, VoiceStackError):
                raise upload
            return await transcription_job(
                state,
                Kind.TRANSCRIPTION,
                asked,
                upload,
                params=params,
                lane=priority,
                callback_url=callback_of(request, form),
            )

        items = await look_into(members, make, most=settings.jobs.batch_items)
        return accepted_batch_response(request, state.jobs, await state.jobs.accept_batch(items))


def _read(form: Form, state: AsrState) -> Asked:
    """The request that all files have in common.

    Raises:
        InvalidRequestError: a field is at fault.
    """
    one = Form(form.fields, {"file": next(iter(form.files.values()))})
    asked = READERS[Kind.TRANSCRIPTION](one, {}, state)
    if read_bool(form.get("stream"), "stream"):
        raise InvalidRequestError("A batch has no streams: leave stream out.", param="stream")
    state.service.catalogue.chain(asked.options.model, asked.options.recognition.language)
    return asked


async def _members(form: Form, state: AsrState) -> list[Member]:
    """The files by their names; those of an archive belong to the form from now on."""
    files = [form.files[name] for name in _PARTS if name in form.files] + form.more_files
    if not files:
        raise InvalidRequestError("The form has no part `file`: send the files, or one zip of them.", param="file")
    most = int(state.settings.asr_max_upload_mb * MIB)
    if len(files) > 1 or not is_archive(files[0].file):
        return [(_shown(file.filename, number), _checked(file, most)) for number, file in enumerate(files, start=1)]
    limits = ArchiveLimits(
        files=state.settings.jobs.batch_items,
        file_bytes=most,
        file_setting="ASR_MAX_UPLOAD_MB",
        total_bytes=int(state.settings.asr_batch_max_upload_mb * MIB),
        total_setting="ASR_BATCH_MAX_UPLOAD_MB",
    )
    members = await asyncio.to_thread(unpack, files[0].file, limits)
    form.more_files += [file for _, file in members if isinstance(file, UploadedFile)]
    return [(_shown(name, number), member) for number, (name, member) in enumerate(members, start=1)]


def _checked(file: UploadedFile, most: int) -> UploadedFile | VoiceStackError:
    if file.size <= most:
        return file
    return UploadTooLargeError(
        f"The file is larger than the {most / MIB:g} MiB allowed (the server's setting ASR_MAX_UPLOAD_MB).",
        param="file",
    )


def _shown(name: str, number: int) -> str:
    return name[:_SHOWN] or f"file {number}"
