"""The speech service, assembled."""

from collections.abc import Callable
from functools import partial
from typing import Any

from fastapi import FastAPI

from voice_stack.apps.assembly import ServiceParts, assemble
from voice_stack.apps.consent_checks import ProvenanceMarks, build_comparer
from voice_stack.apps.recogniser import build_recogniser
from voice_stack.serving.spec import Kind
from voice_stack.tts.metrics import SpeechMetrics
from voice_stack.tts.runner import SpeechRunner
from voice_stack.tts.service import SpeechService
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.speaking.run import SpeechReport
from voice_stack.tts.voices.custom.checks import Checkers
from voice_stack.tts.wire import models, voice_check, voices
from voice_stack.tts.wire.jobs import SPEECH
from voice_stack.tts.wire.openai import batch, consents, custom_voices, provenance, speech
from voice_stack.tts.wire.realtime import routes as realtime
from voice_stack.tts.wire.state import TtsState
from voice_stack.tts.wire.work import run_speech


def make_service(settings: TtsSettings, observe: Callable[[SpeechReport], None] = lambda report: None) -> SpeechService:
    """The blocking service, with all that it needs of other packages.

    Raises:
        SettingsError: as `SpeechService`, or a setting of the recogniser cannot be used.
    """
    recogniser = build_recogniser(settings)
    comparer = build_comparer(settings)
    marks = ProvenanceMarks(settings.provenance.provenance_max_s)
    checkers = Checkers(recogniser=recogniser, comparer=comparer, marks=marks)
    service = SpeechService(settings, observe, recogniser=recogniser, checkers=checkers)
    service.custom.start()
    for companion in (recogniser, comparer):
        if companion is not None:
            service.keep(companion)
    return service


def _wyoming(state: TtsState) -> tuple[Any, Any]:
    """See `ServiceParts.wyoming`."""
    from voice_stack.tts.wire.wyoming.conversation import SpeechConversation
    from voice_stack.tts.wire.wyoming.info import describe

    return partial(SpeechConversation, state), partial(describe, state)


TTS = ServiceParts(
    "tts",
    Kind.SPEECH,
    TtsSettings,
    make_service,
    SpeechRunner,
    SpeechMetrics,
    jobs={SPEECH: run_speech},
    routers=(
        batch.router,
        speech.router,
        realtime.router,
        # Before the route of a voice of any name.
        voice_check.router,
        consents.router,
        custom_voices.router,
        provenance.router,
        voices.router,
        models.router,
    ),
    wyoming=_wyoming,
    facts=lambda settings: {"input": {"maxLength": settings.tts_max_input_chars}},
)


def create_tts_app(settings: TtsSettings | None = None) -> FastAPI:
    """The application; see `assemble`."""
    return assemble(TTS, settings)
