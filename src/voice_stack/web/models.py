"""The models of a service: listed, and pulled, removed, loaded and freed on request."""

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Final, Literal, NotRequired, cast

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response
from starlette.convertors import Convertor, register_url_convertor

# Pydantic reads typed dictionaries of the standard library from Python 3.12 on.
from typing_extensions import TypedDict

from voice_stack.core.errors import (
    EngineError,
    EngineUnavailableError,
    InvalidRequestError,
    ModelInUseError,
    ModelNotFoundError,
    ModelNotRemovableError,
    NotFoundError,
    OriginNotAllowedError,
    OverloadedError,
    UnsupportedError,
)
from voice_stack.jobs.manager import JobManager
from voice_stack.jobs.pulling import pull_job
from voice_stack.jobs.types import Job, Json, NewJob
from voice_stack.serving.background import in_background
from voice_stack.serving.model_manager import ModelManager
from voice_stack.serving.spec import LOCAL, Licence, ModelEntry
from voice_stack.web.disconnect import until_disconnect
from voice_stack.web.documents import json_answer, refusals
from voice_stack.web.jobs.documents import ACCEPTED_JOB, JOB_ERRORS, LOST_RESULT_ERRORS
from voice_stack.web.jobs.prefer import PREFERENCES, read_preferences
from voice_stack.web.jobs.responses import respond
from voice_stack.web.origins import check_change
from voice_stack.web.settings import WebOptions

router = APIRouter(tags=["models"])


class _ModelIdConvertor(Convertor[str]):
    """Model id in a path. Hub ids hold a slash, which clients send as %2F and servers decode before routing.

    What ends in an action is no id, so that a method which the action does not have is refused as such.
    """

    regex = ".+(?<!/load)(?<!/unload)"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("model_id", _ModelIdConvertor())

_CHANGE_ERRORS: Final = (
    InvalidRequestError,
    UnsupportedError,
    ModelNotFoundError,
    NotFoundError,
    ModelInUseError,
    OriginNotAllowedError,
)


class Model(TypedDict):
    """A model that a request may name."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    engine: str
    installed: bool
    licence: str | None
    code_licence: str
    non_commercial: bool | None


class ModelList(TypedDict):
    """The models; the first is the configured one."""

    object: Literal["list"]
    data: list[Model]


class LoadedModel(Model):
    """A model, and whether it is in memory."""

    loaded: bool
    device: NotRequired[str]


class DeletedModel(TypedDict):
    """A model that is gone."""

    id: str
    object: Literal["model"]
    deleted: Literal[True]


@dataclass(frozen=True, slots=True)
class ModelsState:
    """State that the routes find on `app.state.models`."""

    manager: ModelManager
    jobs: JobManager
    options: WebOptions


async def _state(request: Request) -> ModelsState:
    return cast(ModelsState, request.app.state.models)


State = Annotated[ModelsState, Depends(_state)]


async def _state_to_change(request: Request) -> ModelsState:
    """The state, for a request that may change it.

    Raises:
        NotFoundError: MODELS_API is off.
        OriginNotAllowedError: it comes from a page of another origin, which its user may know nothing of.
    """
    state = await _state(request)
    check_change(request, state.options, allowed=state.options.models_api)
    return state


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
        "code_licence": licence.code,
        "non_commercial": licence.non_commercial if is_known else None,
    }


@router.get("/models", responses={200: json_answer(ModelList, "The models.")})
def list_models(state: State) -> JSONResponse:
    """The models that a request may name; the first is the configured one."""
    return JSONResponse({"object": "list", "data": [_json(state, entry) for entry in state.manager.entries()]})


@router.get(
    "/models/{model_id:model_id}", responses={**refusals(ModelNotFoundError), 200: json_answer(Model, "The model.")}
)
def retrieve_model(model_id: str, state: State) -> JSONResponse:
    """One model."""
    for entry in state.manager.entries():
        if entry.id == model_id:
            return JSONResponse(_json(state, entry))
    raise ModelNotFoundError(f"The model {model_id[:100]!r} does not exist here; GET /models lists what does.")


@router.post(
    "/models/{model_id:model_id}/load",
    responses={
        **refusals(*_CHANGE_ERRORS, OverloadedError, EngineUnavailableError, EngineError),
        200: json_answer(LoadedModel, "The model, in memory."),
    },
)
async def load_model(request: Request, model_id: str, state: StateToChange) -> JSONResponse:
    """Bring a model into memory now; the answer comes when it is there."""
    loading = in_background(partial(state.manager.load, model_id), "load-model")
    entry, device = await until_disconnect(request, loading)
    return JSONResponse({**_json(state, entry), "loaded": True, "device": device})


@router.post(
    "/models/{model_id:model_id}/unload",
    responses={**refusals(*_CHANGE_ERRORS), 200: json_answer(LoadedModel, "The model, out of memory.")},
)
def unload_model(model_id: str, state: StateToChange) -> JSONResponse:
    """Free a model's memory, unless somebody uses it."""
    return JSONResponse({**_json(state, state.manager.unload(model_id)), "loaded": False})


@router.post(
    "/models/{model_id:model_id}",
    openapi_extra={"parameters": [parameter for parameter in PREFERENCES if parameter["name"] != "callback_url"]},
    responses={
        **refusals(*_CHANGE_ERRORS, *JOB_ERRORS, *LOST_RESULT_ERRORS, EngineUnavailableError),
        200: json_answer(Model, "The model, which is on the disk."),
        202: ACCEPTED_JOB,
    },
)
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


@router.delete(
    "/models/{model_id:model_id}",
    responses={
        **refusals(*_CHANGE_ERRORS, ModelNotRemovableError),
        200: json_answer(DeletedModel, "It is gone."),
    },
)
def delete_model(model_id: str, state: StateToChange) -> JSONResponse:
    """Free a model and remove it from the disk. The configured one is downloaded again when it is next used."""
    return JSONResponse({"id": state.manager.remove(model_id).id, "object": "model", "deleted": True})


def _json(state: ModelsState, entry: ModelEntry) -> Json:
    return model_json(entry, state.manager.licence(entry))


async def _accepted(jobs: JobManager, new: NewJob) -> Job:
    """The job that does the work, the one in flight if there is one."""
    job = await jobs.accept(new)
    while job.status.is_over:  # it was pulled before, and has been removed since
        job = await jobs.accept(replace(new, context=f"{new.context} after {job.id}"))
    return job
