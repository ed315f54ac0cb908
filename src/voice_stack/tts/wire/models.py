"""The list of models that Open WebUI reads."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from voice_stack.tts.wire.documents import NamedModels
from voice_stack.tts.wire.state import State
from voice_stack.web.documents import json_answer

router = APIRouter(tags=["models"])


@router.get("/audio/models", responses={200: json_answer(NamedModels, "The models.")})
def list_speech_models(state: State) -> JSONResponse:
    """The models that a request may name, as Open WebUI asks for them."""
    entries = state.service.catalogue.entries()
    return JSONResponse({"models": [{"id": entry.id, "name": entry.id} for entry in entries]})
