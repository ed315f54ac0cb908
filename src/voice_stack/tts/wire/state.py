"""State that the routes find on `app.state`."""

from typing import Annotated

from fastapi import Depends, Request

from voice_stack.tts.runner import SpeechRunner
from voice_stack.tts.service import SpeechService
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.speaking.checking.report import CheckReport
from voice_stack.tts.speaking.run import SpeechStart
from voice_stack.web.answering import answering_headers, header_text
from voice_stack.web.origins import check_change
from voice_stack.web.state import ServiceState, find_state, state_of

VOICE_HEADER = "x-voice-stack-voice"
LANGUAGE_HEADER = "x-voice-stack-language"
IGNORED_HEADER = "x-voice-stack-ignored"
SAMPLE_RATE_HEADER = "x-voice-stack-sample-rate"
PROVENANCE_HEADER = "x-voice-stack-provenance"
CHECK_HEADER = "x-voice-stack-check"


TtsState = ServiceState[TtsSettings, SpeechService, SpeechRunner]
State = Annotated[TtsState, Depends(find_state)]


async def _library_to_change(request: Request) -> TtsState:
    """The state, for a request that may change the voice library.

    Raises:
        NotFoundError: TTS_VOICES_API is off.
        OriginNotAllowedError: it comes from a page of another origin.
    """
    state: TtsState = state_of(request)
    check_change(request, state.settings.web, allowed=state.settings.custom.voices_api)
    return state


LibraryToChange = Annotated[TtsState, Depends(_library_to_change)]


def speech_headers(start: SpeechStart) -> dict[str, str]:
    """Headers that tell the engine, the voice, the language, its marks, and why it is not the engine that was
    asked for."""
    answering = start.answering
    marks = {PROVENANCE_HEADER: ", ".join(start.marks)} if start.marks else {}
    ignored = {IGNORED_HEADER: ", ".join(start.ignored)} if start.ignored else {}
    return (
        answering_headers(answering)
        | marks
        | ignored
        | {
            VOICE_HEADER: header_text(answering.voice),
            LANGUAGE_HEADER: answering.language,
            SAMPLE_RATE_HEADER: str(start.sample_rate),
        }
    )


def check_headers(checks: CheckReport) -> dict[str, str]:
    """The header that tells how the checks of a finished speech ended; none where nothing was checked."""
    return {CHECK_HEADER: checks.summary} if checks.checked else {}
