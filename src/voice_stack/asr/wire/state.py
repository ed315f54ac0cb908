"""State that the routes find on `app.state`."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from voice_stack.asr.recognition.run import TranscriptionRun
from voice_stack.asr.runner import Execution, TranscriptionRunner
from voice_stack.asr.service import TranscriptionService
from voice_stack.asr.settings import AsrSettings
from voice_stack.jobs.manager import JobManager
from voice_stack.serving.answering import Answering
from voice_stack.web.answering import answering_headers
from voice_stack.web.disconnect import run_until_disconnect


@dataclass(frozen=True, slots=True)
class AsrState:
    """The transcription service as its routes see it."""

    settings: AsrSettings
    service: TranscriptionService
    runner: TranscriptionRunner
    jobs: JobManager


def _asr_state(request: Request) -> AsrState:
    return cast(AsrState, request.app.state.asr)


State = Annotated[AsrState, Depends(_asr_state)]


def engine_headers(answering: Answering) -> dict[str, str]:
    """Headers that say which engine answered, and why it is not the configured one."""
    return answering_headers(answering)


async def finish(request: Request, execution: Execution) -> TranscriptionRun:
    """Wait for the whole transcript; give it up when the client goes."""
    try:
        return await run_until_disconnect(request, execution.result(), execution.cancel)
    except BaseException:
        execution.cancel()
        raise
