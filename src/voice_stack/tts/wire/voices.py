"""GET /audio/voices, and the bare names for clients that want no more."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from voice_stack.core.errors import ModelNotFoundError
from voice_stack.tts.schemas import voice_json
from voice_stack.tts.service import DEFAULT_MODEL
from voice_stack.tts.voices.catalogue import VoiceListing
from voice_stack.tts.wire.documents import VoiceList, VoiceNames
from voice_stack.tts.wire.state import State, TtsState
from voice_stack.web.documents import json_answer, refusals

router = APIRouter(tags=["voices"])

Model = Annotated[str, Query(description="Whose voices: a model as a speech request names it.")]
# The routes are plain functions, which run in worker threads: looking at recordings reads files.


@router.get("/audio/voices", responses={**refusals(ModelNotFoundError), 200: json_answer(VoiceList, "The voices.")})
def list_voices(state: State, model: Model = DEFAULT_MODEL) -> JSONResponse:
    """The voices that a request may name: OpenAI's names, the recordings of the library, the engine's own.

    The engine is the one that answers: a stand-in's voices, once the configured one has turned out not to be had.
    """
    voices = [voice_json(voice) for voice in _listing(state, model)]
    # `voices` is what Open WebUI and most other clients read; `data` is the shape of OpenAI's lists.
    return JSONResponse({"object": "list", "voices": voices, "data": voices})


@router.get("/voices", responses={**refusals(ModelNotFoundError), 200: json_answer(VoiceNames, "The names.")})
def list_voice_names(state: State, model: Model = DEFAULT_MODEL) -> JSONResponse:
    """The names alone, of the voices that can be used."""
    return JSONResponse({"voices": [voice.id for voice in _listing(state, model) if voice.problem is None]})


def _listing(state: TtsState, model: str) -> list[VoiceListing]:
    service = state.service
    return service.voices.listing(service.host.answering_engine(model or DEFAULT_MODEL))
