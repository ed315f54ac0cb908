"""State that the routes find on `app.state`."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from voice_stack.jobs.manager import JobManager
from voice_stack.tts.runner import SpeechRunner
from voice_stack.tts.service import SpeechService
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.speaking.run import SpeechStart
from voice_stack.web.answering import answering_headers, header_text

VOICE_HEADER = "x-voice-stack-voice"
LANGUAGE_HEADER = "x-voice-stack-language"
SAMPLE_RATE_HEADER = "x-voice-stack-sample-rate"


@dataclass(frozen=True, slots=True)
class TtsState:
    """The speech service as its routes see it."""

    settings: TtsSettings
    service: SpeechService
    runner: SpeechRunner
    jobs: JobManager


def _tts_state(request: Request) -> TtsState:
    return cast(TtsState, request.app.state.tts)


State = Annotated[TtsState, Depends(_tts_state)]


def speech_headers(start: SpeechStart) -> dict[str, str]:
    """Headers that tell the engine, the voice, the language, and why it is not the engine that was asked for."""
    answering = start.answering
    return answering_headers(answering) | {
        VOICE_HEADER: header_text(answering.voice),
        LANGUAGE_HEADER: answering.language,
        SAMPLE_RATE_HEADER: str(start.sample_rate),
    }
