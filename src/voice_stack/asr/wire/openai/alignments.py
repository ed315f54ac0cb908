"""POST /audio/alignments: when a recording says the words of a text. OpenAI has no such route."""

from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import Response

from voice_stack.asr.wire.answers import READERS, Kind, finished_of, rendered
from voice_stack.asr.wire.documents import ALIGNMENT_FORM, Alignment, aligned, form
from voice_stack.asr.wire.forms import ALIGNMENT_FORMATS, FORMATS
from voice_stack.asr.wire.jobs import transcription_job
from voice_stack.asr.wire.state import State, finish
from voice_stack.web.jobs.forms import callback_of, request_params
from voice_stack.web.jobs.prefer import PREFERENCES
from voice_stack.web.jobs.responses import accept, jobs_preferences
from voice_stack.web.priority import Priority
from voice_stack.web.rendered import rendered_response
from voice_stack.web.uploads import read_form

router = APIRouter(tags=["audio"])


@router.post(
    "/audio/alignments",
    openapi_extra=form(ALIGNMENT_FORM, "file", "text", parameters=PREFERENCES),
    response_class=Response,
    responses=aligned(Alignment, tuple(FORMATS[name] for name in ALIGNMENT_FORMATS)),
)
async def create_alignment(request: Request, state: State, priority: Priority) -> Response:
    """Times of the words of a text that is said in a recording; the words stay as they are written.

    A text that is not what is said is refused with `text_mismatch`, and with what was found.
    """
    preferences = jobs_preferences(request, state.jobs)
    limit = int(state.settings.asr_max_upload_mb * 2**20)
    async with await read_form(request, max_bytes=limit, setting="ASR_MAX_UPLOAD_MB") as sent:
        asked = READERS[Kind.ALIGNMENT](sent, {}, state)
        if preferences.makes_job(streams=False):
            new = await transcription_job(
                state,
                Kind.ALIGNMENT,
                asked,
                sent.files["file"],
                params=request_params(request, sent) | {"query": {}},
                lane=priority,
                callback_url=callback_of(request, sent),
            )
            return await accept(request, state.jobs, new, preferences)
        execution = state.runner.submit(sent.files.pop("file").file, replace(asked.options, lane=priority))
    return rendered_response(await rendered(asked, finished_of(await finish(request, execution))))
