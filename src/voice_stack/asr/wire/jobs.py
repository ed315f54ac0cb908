"""Transcripts that are answered later: from a request to a job, and the work behind it."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from voice_stack.asr.wire.answers import READERS, Asked, Kind, finished_of, rendered
from voice_stack.asr.wire.state import AsrState
from voice_stack.jobs.types import JobInput, NewJob, StoredResponse
from voice_stack.jobs.work.responses import store
from voice_stack.jobs.work.run import JobRun
from voice_stack.serving.scheduling.policy import Lane
from voice_stack.web.forms import UploadedFile
from voice_stack.web.jobs.forms import open_form

# Of the part with the audio, whatever the client called it.
_PART = "file"


async def transcription_job(
    state: AsrState,
    kind: Kind,
    asked: Asked,
    upload: UploadedFile,
    *,
    params: Mapping[str, Any],
    lane: Lane | None,
    callback_url: str | None,
) -> NewJob:
    """The job of a request.

    Args:
        upload: the audio, which stays the caller's. What the client calls it is not kept.
        params: the `fields` of the form and what the reader takes from the `query`.

    Raises:
        VoiceStackError: what a client that waits would be told before an engine is asked.
    """

    def look() -> tuple[float | None, str]:
        return state.service.check(upload.file, asked.options), state.service.context(asked.options)

    seconds, context = await asyncio.to_thread(look)
    return NewJob(
        kind=kind,
        params=dict(params),
        files=[JobInput(_PART, upload.file)],
        lane=lane or Lane.BATCH,
        cost_s=seconds,
        callback_url=callback_url,
        context=context,
    )


async def run_transcription(run: JobRun, state: AsrState) -> StoredResponse:
    """Transcribe, going on with what earlier attempts have transcribed.

    Raises:
        VoiceStackError: as the route for a client that waits.
    """
    async with await asyncio.to_thread(open_form, run) as form:
        asked = READERS[Kind(run.kind)](form, run.params["query"], state)
        options = replace(asked.options, lane=run.lane)
        execution = state.runner.submit(form.files.pop(_PART).file, options, run)
    with execution.cancelled_on_error():
        finished = finished_of(await execution.result())
    return await store(await rendered(asked, finished), run)
