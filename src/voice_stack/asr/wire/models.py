"""GET /models and /models/{id}."""

from fastapi import APIRouter

from voice_stack.asr.schemas import Json, model_json
from voice_stack.asr.wire.state import State
from voice_stack.core.errors import ModelNotFoundError

router = APIRouter(tags=["models"])


@router.get("/models")
def list_models(state: State) -> Json:
    """The models that a request may name; the first is the configured one."""
    return {"object": "list", "data": [model_json(entry) for entry in state.service.catalogue.entries()]}


# A path parameter: hub ids hold a slash, which clients send as %2F and servers decode before routing.
@router.get("/models/{model_id:path}")
def retrieve_model(model_id: str, state: State) -> Json:
    """One model."""
    for entry in state.service.catalogue.entries():
        if entry.id == model_id:
            return model_json(entry)
    raise ModelNotFoundError(f"The model {model_id[:100]!r} does not exist here; GET /models lists what does.")
