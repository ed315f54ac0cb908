"""State of the service: for people, probes and Bazarr's test button."""

from collections.abc import Callable, Mapping

from fastapi import APIRouter
from starlette.responses import JSONResponse

from voice_stack import __version__

HEALTH_PATHS = ("/health", "/healthz", "/healthcheck", "/status")


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

    for path in HEALTH_PATHS:
        router.add_api_route(path, health, methods=["GET"], include_in_schema=path == "/health", name=path[1:])
        router.add_api_route(path, health, methods=["HEAD"], include_in_schema=False, name=f"{path[1:]}_head")
    return router
