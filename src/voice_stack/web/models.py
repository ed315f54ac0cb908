"""The models of a service: listed, and pulled, removed, loaded and freed on request."""

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, cast
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response

from voice_stack.core.errors import ModelNotFoundError, NotFoundError, OriginNotAllowedError
from voice_stack.jobs.manager import JobManager
from voice_stack.jobs.pulling import pull_job
from voice_stack.jobs.types import Job, Json, NewJob
from voice_stack.serving.background import in_background
from voice_stack.serving.model_manager import ModelManager
from voice_stack.serving.spec import LOCAL, Licence, ModelEntry
from voice_stack.web.disconnect import until_disconnect
from voice_stack.web.jobs.prefer import read_preferences
from voice_stack.web.jobs.responses import respond
from voice_stack.web.settings import WebOptions

router = APIRouter(tags=["models"])


@dataclass(frozen=True, slots=True)
class ModelsState:
    """State that the routes find on `app.state.models`."""

    manager: ModelManager
    jobs: JobManager
    options: WebOptions


def _state(request: Request) -> ModelsState:
    return cast(ModelsState, request.app.state.models)


State = Annotated[ModelsState, Depends(_state)]


def _state_to_change(request: Request) -> ModelsState:
    """The state, for a request that may change it.

    Raises:
        NotFoundError: MODELS_API is off.
        OriginNotAllowedError: it comes from a page of another origin, which its user may know nothing of.
    """
    state = _state(request)
    if not state.options.models_api:
        raise NotFoundError(f"Unknown URL: {request.method} {request.url.path}")
    # Browsers send POST without a body to any server, and say from where.
    origin = request.headers.get("origin")
    if origin is not None and not _is_welcome(origin, request.headers.get("host", ""), state.options):
        raise OriginNotAllowedError(f"Pages of {origin[:100]!r} may not do this; CORS_ORIGINS names those that may.")
    return state


def _is_welcome(origin: str, host: str, options: WebOptions) -> bool:
    allowed = options.cors_origins
    return "*" in allowed or origin in allowed or (urlsplit(origin).netloc.lower() == host.lower() != "")


StateToChange = Annotated[ModelsState, Depends(_state_to_change)]


def model_json(entry: ModelEntry, licence: Licence) -> Json:
    """One entry of `/models`.

    Args:
        licence: its terms. A folder of the owner's has its own, which nobody here knows.
    """
    is_known = entry.owned_by != LOCAL
    return {
        "id": entry.id,
        "object": "model",
        "created": entry.created,
        "owned_by": entry.owned_by,
        "engine": entry.engine,
        "installed": entry.installed,
        "licence": licence.weights if is_known else None,
        "non_commercial": licence.non_commercial if is_known else None,
    }


@router.get("/models")
def list_models(state: State) -> Json:
    """The models that a request may name; the first is the configured one."""
    return {"object": "list", "data": [_json(state, entry) for entry in state.manager.entries()]}


# A path parameter: hub ids hold a slash, which clients send as %2F and servers decode before routing.
@router.get("/models/{model_id:path}")
def retrieve_model(model_id: str, state: State) -> Json:
    """One model."""
    for entry in state.manager.entries():
        if entry.id == model_id:
            return _json(state, entry)
    raise ModelNotFoundError(f"The model {model_id[:100]!r} does not exist here; GET /models lists what does.")


@router.post("/models/{model_id:path}/load")
async def load_model(request: Request, model_id: str, state: StateToChange) -> JSONResponse:
    """Bring a model into memory now; the answer comes when it is there."""
    loading = in_background(partial(state.manager.load, model_id), "load-model")
    entry, device = await until_disconnect(request, loading)
    return JSONResponse({**_json(state, entry), "loaded": True, "device": device})


@router.post("/models/{model_id:path}/unload")
def unload_model(model_id: str, state: StateToChange) -> Json:
    """Free a model's memory, unless somebody uses it."""
    return {**_json(state, state.manager.unload(model_id)), "loaded": False}


@router.post("/models/{model_id:path}")
async def pull_model(
    request: Request,
    model_id: str,
    state: StateToChange,
    callback_url: Annotated[str | None, Query(description="Told when the job is over.")] = None,
) -> Response:
    """Download a model: 202 and the job that does it, or 200 when it is on the disk."""
    preferences = read_preferences(request)
    found = await asyncio.to_thread(state.manager.find_to_pull, model_id)
    if found.entry.installed:
        return JSONResponse(_json(state, found.entry))
    job = await _accepted(state.jobs, pull_job(found, callback_url))
    return await respond(request, state.jobs, job, preferences)


@router.delete("/models/{model_id:path}")
def delete_model(model_id: str, state: StateToChange) -> Json:
    """Free a model and remove it from the disk. The configured one is downloaded again when it is next used."""
    return {"id": state.manager.remove(model_id).id, "object": "model", "deleted": True}


def _json(state: ModelsState, entry: ModelEntry) -> Json:
    return model_json(entry, state.manager.licence(entry))


async def _accepted(jobs: JobManager, new: NewJob) -> Job:
    """The job that does the work, the one in flight if there is one."""
    job = await jobs.accept(new)
    while job.status.is_over:  # it was pulled before, and has been removed since
        job = await jobs.accept(replace(new, context=f"{new.context} after {job.id}"))
    return job
