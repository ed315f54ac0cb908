"""The routes about who speaks and when, without their HTTP: what they read, and how they answer."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from voice_stack.asr.recognition.run import TranscriptionOptions
from voice_stack.asr.schemas import Json
from voice_stack.asr.service import DEFAULT_MODEL
from voice_stack.asr.wire.forms import read_track
from voice_stack.asr.wire.speaker_fields import read_request, voices_json
from voice_stack.asr.wire.state import AsrState
from voice_stack.asr.wire.values import read_bool
from voice_stack.core.errors import InvalidRequestError
from voice_stack.core.rendered import Rendered, rendered_json, rendered_text
from voice_stack.jobs.types import JobInput, NewJob, StoredResponse
from voice_stack.jobs.work.responses import store
from voice_stack.jobs.work.run import JobRun
from voice_stack.serving.scheduling.policy import Lane
from voice_stack.web.answering import answering_headers
from voice_stack.web.forms import Form
from voice_stack.web.jobs.forms import open_form

if TYPE_CHECKING:
    from voice_stack.speaker.diarization.run import DiarizationRun

KIND: Final = "diarization"
"""Of the jobs that diarize."""
FORMATS: Final = ("json", "rttm")
_RECORDING: Final = "recording"


@dataclass(frozen=True, slots=True)
class AskedDiarization:
    """A valid request.

    Attributes:
        options: the diarization, and the track of the file.
        format: one of `FORMATS`.
        recording: what an RTTM calls the recording.
        embeddings: whether the answer has the speakers' vectors.
    """

    options: TranscriptionOptions
    format: str
    recording: str
    embeddings: bool


def read_diarization_form(form: Form) -> AskedDiarization:
    """Validate the fields of `POST /audio/diarization`.

    Raises:
        InvalidRequestError: with the field at fault as `param`.
    """
    if "file" not in form.files:
        raise InvalidRequestError("The form has no part `file` with the audio: send it as a file upload.", param="file")
    fmt = (form.get("response_format") or "").strip() or FORMATS[0]
    if fmt not in FORMATS:
        raise InvalidRequestError(
            f"response_format: {fmt[:40]!r} is not one of {', '.join(FORMATS)}.", param="response_format"
        )
    options = TranscriptionOptions(
        model=DEFAULT_MODEL, track=read_track(form.get("audio_track")), diarization=read_request(form)
    )
    embeddings = read_bool(form.get("return_speaker_embeddings"), "return_speaker_embeddings")
    return AskedDiarization(options, fmt, (form.get("recording") or "").strip() or _RECORDING, embeddings)


def rendered_diarization(asked: AskedDiarization, run: "DiarizationRun") -> Rendered:
    """The answer of a run that has come to its end."""
    from voice_stack.speaker.diarization.rttm import MIME, to_rttm

    found, headers = run.diarization, answering_headers(run.start)
    if asked.format == "rttm":
        return rendered_text(to_rttm(found.turns, asked.recording), MIME, headers)
    body: Json = {
        "object": "audio.diarization",
        "duration": round(found.duration, 3),
        "speakers": list(found.speakers),
        "segments": [
            {
                "start": round(turn.start, 3),
                "end": round(turn.end, 3),
                "speaker": turn.speaker,
                "confidence": turn.confidence,
            }
            for turn in found.turns
        ],
        "engine": run.start.engine,
        "model": run.start.model,
    }
    if asked.embeddings:
        body["speaker_embeddings"] = voices_json(found.voices)
    return rendered_json(body, headers)


async def diarization_job(
    state: AsrState,
    asked: AskedDiarization,
    form: Form,
    *,
    params: Mapping[str, Any],
    lane: Lane | None,
    url: str | None,
) -> NewJob:
    """The job of a request.

    Args:
        params: the `fields` of the form.
        url: is told when the job is over.

    Raises:
        VoiceStackError: what a client that waits would be told before an engine is asked.
    """
    file = form.files["file"].file
    seconds = await asyncio.to_thread(state.service.diarizing.check, file, asked.options)
    context = await asyncio.to_thread(state.service.diarizing.context)
    return NewJob(
        kind=KIND,
        params=dict(params),
        files=[JobInput("file", file)],
        lane=lane or Lane.BATCH,
        cost_s=seconds,
        callback_url=url,
        context=context,
    )


async def run_diarization(run: JobRun, state: AsrState) -> StoredResponse:
    """Diarize, from the start.

    Raises:
        VoiceStackError: as the route for a client that waits.
    """
    async with await asyncio.to_thread(open_form, run) as form:
        asked = read_diarization_form(form)
        options = replace(asked.options, lane=run.lane)
        execution = state.runner.diarize(form.files.pop("file").file, options, run)
    with execution.cancelled_on_error():
        finished = await execution.result()
    return await store(rendered_diarization(asked, finished), run)
