"""State that the routes find on `app.state`."""

from typing import Annotated

from fastapi import Depends

from voice_stack.tts.runner import SpeechRunner
from voice_stack.tts.service import SpeechService
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.speaking.run import SpeechStart
from voice_stack.web.answering import answering_headers, header_text
from voice_stack.web.state import ServiceState, state_of

VOICE_HEADER = "x-voice-stack-voice"
LANGUAGE_HEADER = "x-voice-stack-language"
IGNORED_HEADER = "x-voice-stack-ignored"
SAMPLE_RATE_HEADER = "x-voice-stack-sample-rate"


TtsState = ServiceState[TtsSettings, SpeechService, SpeechRunner]
State = Annotated[TtsState, Depends(state_of)]


def speech_headers(start: SpeechStart) -> dict[str, str]:
    """Headers that tell the engine, the voice, the language, and why it is not the engine that was asked for."""
    answering = start.answering
    ignored = {IGNORED_HEADER: ", ".join(start.ignored)} if start.ignored else {}
    return (
        answering_headers(answering)
        | ignored
        | {
            VOICE_HEADER: header_text(answering.voice),
            LANGUAGE_HEADER: answering.language,
            SAMPLE_RATE_HEADER: str(start.sample_rate),
        }
    )
