"""Routes of realtime sessions: the socket, and ephemeral keys for pages in browsers."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Literal

from fastapi import APIRouter, Request, WebSocket
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from voice_stack.core.errors import InvalidEventError, ModelNotFoundError, NotFoundError, UnsupportedError
from voice_stack.web.client_secrets import DEFAULT_S, LEAST_S, MOST_S, ClientSecrets
from voice_stack.web.documents import BODY_ERRORS, inlined, json_answer, refusals
from voice_stack.web.json_body import parse_object, read_body, validated
from voice_stack.web.realtime.refusal import refuse
from voice_stack.web.realtime.state import RealtimeState

_MOST_BYTES: Final = 64 * 1024

Describe = Callable[[Request, Mapping[str, Any] | None], dict[str, Any]]
"""The whole session of what was asked for; raises what is wrong with that."""


class ExpiresAfter(BaseModel):
    """End of a key."""

    anchor: Literal["created_at"] = "created_at"
    seconds: int = Field(DEFAULT_S, ge=LEAST_S, le=MOST_S)


class ClientSecretBody(BaseModel):
    """The body of `POST /realtime/client_secrets`."""

    expires_after: ExpiresAfter | None = Field(None, description="When the key expires.")
    session: dict[str, Any] | None = Field(None, description="The session that it opens, as in `session.update`.")


class Secret(TypedDict):
    """An ephemeral key."""

    value: str
    expires_at: int
    session: dict[str, Any]


def _body(model: Any) -> dict[str, Any]:
    return {"requestBody": {"required": False, "content": {"application/json": {"schema": inlined(model)}}}}


_SECRET_BODY: Final = _body(ClientSecretBody)
_SESSION_BODY: Final = _body(dict[str, Any])
_REFUSALS: Final = refusals(*BODY_ERRORS, InvalidEventError, ModelNotFoundError, UnsupportedError)
_SECRET: Final = {**_REFUSALS, 200: json_answer(Secret, "The key.")}
_SESSION: Final = {**_REFUSALS, 200: json_answer(dict[str, Any], "The session, with the key as `client_secret`.")}


def realtime_router(
    serve: Callable[[WebSocket], Awaitable[None]], describe: Describe, describe_flat: Describe | None = None
) -> APIRouter:
    """The routes of a service.

    Args:
        serve: serves one client to the end.
        describe: tells the session that a key opens.
        describe_flat: the same in the beta's shape, where the service has one.
    """
    router = APIRouter(tags=["realtime"])

    @router.websocket("/realtime")
    async def realtime(websocket: WebSocket) -> None:
        await serve(websocket)

    @router.websocket("/realtime/{rest:path}")
    @router.websocket("/live/{rest:path}")
    async def elsewhere(websocket: WebSocket) -> None:
        path = websocket.url.path
        await refuse(websocket, NotFoundError(f"{path} is not part of this server; sessions are opened at /realtime."))

    @router.post("/realtime/client_secrets", openapi_extra=_SECRET_BODY, responses=_SECRET)
    async def create_client_secret(request: Request) -> JSONResponse:
        """Make an ephemeral key, with which a page opens sessions until it expires (OpenAI's API)."""
        body = validated(await _object(request), ClientSecretBody)
        described = describe(request, body.session)
        seconds = body.expires_after.seconds if body.expires_after else DEFAULT_S
        secret = _secrets(request).make(body.session or {}, seconds)
        session = {**described, "expires_at": secret.expires_at}
        return JSONResponse({"value": secret.value, "expires_at": secret.expires_at, "session": session})

    if describe_flat is not None:

        @router.post("/realtime/transcription_sessions", openapi_extra=_SESSION_BODY, responses=_SESSION)
        async def create_transcription_session(request: Request) -> JSONResponse:
            """Make an ephemeral key for a session of the beta's shape."""
            content = await _object(request)
            described = describe_flat(request, content)
            # The format tells the shape when it is used.
            secret = _secrets(request).make({**content, "input_audio_format": described["input_audio_format"]})
            key = {"value": secret.value, "expires_at": secret.expires_at}
            return JSONResponse({**described, "expires_at": secret.expires_at, "client_secret": key})

    return router


def _secrets(request: Request) -> ClientSecrets:
    realtime: RealtimeState = request.app.state.realtime
    return realtime.secrets


async def _object(request: Request) -> dict[str, Any]:
    body = await read_body(request, max_bytes=_MOST_BYTES)
    return parse_object(body, "body") if body.strip() else {}
