"""The list of models that Open WebUI reads."""

from fastapi import APIRouter

from voice_stack.tts.schemas import Json
from voice_stack.tts.wire.state import State

router = APIRouter(tags=["models"])


@router.get("/audio/models")
def list_speech_models(state: State) -> Json:
    """The models that a request may name, as Open WebUI asks for them."""
    return {"models": [{"id": entry.id, "name": entry.id} for entry in state.service.catalogue.entries()]}
