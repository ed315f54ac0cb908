"""The transcription service, assembled."""

from functools import partial
from typing import Any

from fastapi import FastAPI

from voice_stack.apps.assembly import ServiceParts, assemble
from voice_stack.asr.metrics import transcription_metrics
from voice_stack.asr.runner import TranscriptionRunner
from voice_stack.asr.service import TranscriptionService
from voice_stack.asr.settings import AsrSettings
from voice_stack.asr.wire import answers, bazarr, diarizations, speakers
from voice_stack.asr.wire.diarizations import run_diarization
from voice_stack.asr.wire.jobs import run_transcription
from voice_stack.asr.wire.openai import alignments, batch, transcriptions
from voice_stack.asr.wire.openai import diarizations as who_speaks
from voice_stack.asr.wire.realtime import routes as realtime
from voice_stack.asr.wire.state import AsrState
from voice_stack.serving.spec import Kind


def _wyoming(state: AsrState) -> tuple[Any, Any]:
    """See `ServiceParts.wyoming`."""
    from voice_stack.asr.wire.wyoming.conversation import TranscriptionConversation
    from voice_stack.asr.wire.wyoming.info import describe

    return partial(TranscriptionConversation, state), partial(describe, state)


ASR = ServiceParts(
    "asr",
    Kind.RECOGNITION,
    AsrSettings,
    TranscriptionService,
    TranscriptionRunner,
    transcription_metrics,
    jobs={**dict.fromkeys(answers.Kind, run_transcription), diarizations.KIND: run_diarization},
    routers=(
        batch.router,
        transcriptions.router,
        alignments.router,
        who_speaks.router,
        realtime.router,
        bazarr.router,
        speakers.router,
    ),
    is_public=lambda settings: None if settings.asr_bazarr_require_key else "/bazarr",
    error_members=bazarr.ERROR_MEMBERS,
    wyoming=_wyoming,
)


def create_asr_app(settings: AsrSettings | None = None) -> FastAPI:
    """The application; see `assemble`."""
    return assemble(ASR, settings)
