"""What the routes find on `app.state`."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from voice_stack.asr.engines.pool import LeasedEngine
from voice_stack.asr.runner import Execution, TranscriptionRunner
from voice_stack.asr.service import TranscriptionService
from voice_stack.asr.settings import AsrSettings
from voice_stack.asr.types import Transcript
from voice_stack.web.disconnect import run_until_disconnect

ENGINE_HEADER = "x-voice-stack-engine"
MODEL_HEADER = "x-voice-stack-model"
FALLBACK_HEADER = "x-voice-stack-fallback"


@dataclass(frozen=True, slots=True)
class AsrState:
    settings: AsrSettings
    service: TranscriptionService
    runner: TranscriptionRunner


def _asr_state(request: Request) -> AsrState:
    return cast(AsrState, request.app.state.asr)


State = Annotated[AsrState, Depends(_asr_state)]


def engine_headers(leased: LeasedEngine) -> dict[str, str]:
    """Which engine answered, and why it is not the configured one."""
    headers = {ENGINE_HEADER: leased.engine.name, MODEL_HEADER: _header_text(leased.engine.model)}
    if leased.fallback_reason:
        headers[FALLBACK_HEADER] = _header_text(leased.fallback_reason)
    return headers


def _header_text(text: str) -> str:
    """What a header may hold: printable ASCII on one line."""
    line = " ".join(text.split())[:300]
    return "".join(c if " " <= c <= "~" else "?" for c in line)


async def finish(request: Request, execution: Execution) -> tuple[Transcript, LeasedEngine]:
    """Wait for the whole transcript; give it up when the client goes."""
    try:
        transcript = await run_until_disconnect(request, execution.result(), execution.cancel)
    except BaseException:
        execution.cancel()
        raise
    return transcript, await execution.started
