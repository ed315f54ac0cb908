"""State that the routes find on `app.state`."""

from typing import Annotated

from fastapi import Depends, Request

from voice_stack.asr.recognition.run import TranscriptionRun
from voice_stack.asr.runner import Execution, TranscriptionRunner
from voice_stack.asr.service import TranscriptionService
from voice_stack.asr.settings import AsrSettings
from voice_stack.serving.answering import Answering
from voice_stack.web.answering import answering_headers
from voice_stack.web.disconnect import run_until_disconnect
from voice_stack.web.state import ServiceState, find_state

AsrState = ServiceState[AsrSettings, TranscriptionService, TranscriptionRunner]
State = Annotated[AsrState, Depends(find_state)]


def engine_headers(answering: Answering) -> dict[str, str]:
    """Headers that say which engine answered, and why it is not the configured one."""
    return answering_headers(answering)


async def finish(request: Request, execution: Execution) -> TranscriptionRun:
    """Wait for the whole transcript; give it up when the client goes."""
    with execution.cancelled_on_error():
        return await run_until_disconnect(request, execution.result(), execution.cancel)
