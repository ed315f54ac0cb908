"""The transcription service, assembled."""

from collections.abc import Callable
from functools import partial
from typing import Any

from fastapi import FastAPI

from voice_stack.apps.assembly import ServiceParts, assemble
from voice_stack.asr.metrics import transcription_metrics
from voice_stack.asr.recognition.run import RunReport
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
from voice_stack.core.storage import SPEAKERS_FOLDER
from voice_stack.serving.spec import Kind


def make_service(
    settings: AsrSettings, observe: Callable[[RunReport], None] = lambda report: None
) -> TranscriptionService:
    """The blocking service. What a killed process has left of people who were to be forgotten goes at once.

    Raises:
        SettingsError: as `TranscriptionService`.
    """
    service = TranscriptionService(settings, observe)
    if (settings.storage.data_dir / SPEAKERS_FOLDER).is_dir():
        service.speakers.open()
    return service


def _wyoming(state: AsrState) -> tuple[Any, Any]:
    """See `ServiceParts.wyoming`."""
    from voice_stack.asr.wire.wyoming.conversation import TranscriptionConversation
    from voice_stack.asr.wire.wyoming.info import describe

    return partial(TranscriptionConversation, state), partial(describe, state)


ASR = ServiceParts(
    "asr",
    Kind.RECOGNITION,
    AsrSettings,
    make_service,
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
