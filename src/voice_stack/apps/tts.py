"""The speech service, assembled."""

from fastapi import FastAPI

from voice_stack.apps.assembly import ServiceParts, assemble
from voice_stack.serving.spec import Kind
from voice_stack.tts.metrics import SpeechMetrics
from voice_stack.tts.runner import SpeechRunner
from voice_stack.tts.service import SpeechService
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.wire import models, voice_check, voices
from voice_stack.tts.wire.jobs import SPEECH
from voice_stack.tts.wire.openai import batch, speech
from voice_stack.tts.wire.work import run_speech

TTS = ServiceParts(
    "tts",
    Kind.SPEECH,
    TtsSettings,
    SpeechService,
    SpeechRunner,
    SpeechMetrics,
    jobs={SPEECH: run_speech},
    routers=(batch.router, speech.router, voice_check.router, voices.router, models.router),
    facts=lambda settings: {"input": {"maxLength": settings.tts_max_input_chars}},
)


def create_tts_app(settings: TtsSettings | None = None) -> FastAPI:
    """The application; see `assemble`."""
    return assemble(TTS, settings)
