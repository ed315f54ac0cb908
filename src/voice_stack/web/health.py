"""State of the service: for people, probes and Bazarr's test button."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, NotRequired

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

# Pydantic reads typed dictionaries of the standard library from Python 3.12 on.
from typing_extensions import TypedDict

from voice_stack import __version__
from voice_stack.web.documents import json_answer

HEALTH_PATHS = ("/health", "/healthz", "/healthcheck", "/status")


class Health(TypedDict):
    """State of a service: what is listed here, and what the engines tell of themselves."""

    status: Literal["ok"]
    service: str
    version: str
    running: NotRequired[int]
    waiting: NotRequired[int]
    queue: NotRequired[dict[str, Any]]
    jobs: NotRequired[dict[str, Any]]
    kinds: NotRequired[dict[str, Any]]
    wyoming: NotRequired[dict[str, Any]]


def health_router(service: str, status: Callable[[], Mapping[str, object]]) -> APIRouter:
    """The health routes; all answer the same JSON.

    Args:
        service: name of the service (`asr`).
        status: what the service says about itself: engine, model, state, device ... Called on the event loop for
            every probe: it must neither block nor wait.
    """
    router = APIRouter(tags=["health"])

    async def health() -> JSONResponse:
        """Status of the service, its engine and its model."""
        return JSONResponse({"status": "ok", "service": service, "version": __version__, **status()})

    answer = json_answer(Health, "The service answers; what its engines are up to is in the fields.")
    for path in HEALTH_PATHS:
        router.add_api_route(path, health, methods=["GET"], responses={200: answer}, name=path[1:])
        router.add_api_route(path, health, methods=["HEAD"], response_class=Response, name=f"{path[1:]}_head")
    return router
