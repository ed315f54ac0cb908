"""GET /models, /models/{id}, and the list that Open WebUI reads."""

from fastapi import APIRouter

from voice_stack.core.errors import ModelNotFoundError
from voice_stack.tts.schemas import Json, model_json
from voice_stack.tts.wire.state import State

router = APIRouter(tags=["models"])


@router.get("/models")
def list_models(state: State) -> Json:
    """The models that a request may name; the first is the configured one."""
    return {"object": "list", "data": [model_json(entry) for entry in state.service.catalogue.entries()]}


@router.get("/audio/models")
def list_speech_models(state: State) -> Json:
    """The same, as Open WebUI asks for it."""
    return {"models": [{"id": entry.id, "name": entry.id} for entry in state.service.catalogue.entries()]}


# A path parameter: ids may hold a slash, which clients send as %2F and servers decode before routing.
@router.get("/models/{model_id:path}")
def retrieve_model(model_id: str, state: State) -> Json:
    """One model."""
    for entry in state.service.catalogue.entries():
        if entry.id == model_id:
            return model_json(entry)
    raise ModelNotFoundError(f"The model {model_id[:100]!r} does not exist here; GET /models lists what does.")
