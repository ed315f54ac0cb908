"""OpenAI's error envelope for every error, whoever raised it."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from voice_stack.core.envelope import envelope, error_body, retry_headers
from voice_stack.core.errors import (
    CancelledWorkError,
    InvalidRequestError,
    MethodNotAllowedError,
    NotFoundError,
    ServiceUnavailableError,
    StoppingError,
    VoiceStackError,
)

logger = logging.getLogger("voice_stack.web")

# Where the request log finds the code of the error that was answered.
ERROR_CODE_KEY = "voice_stack.error_code"
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_INTERNAL_MESSAGE = "The server failed on this request; its log has the details under the request id."


def internal_error_body() -> dict[str, Any]:
    """The envelope for an exception that nobody foresaw; its text stays in the log."""
    return envelope(_INTERNAL_MESSAGE, "server_error", None, "internal_error")


def error_response(scope: Scope, error: VoiceStackError) -> JSONResponse:
    """The response to an error of our own tree; notes its code for the request log."""
    scope[ERROR_CODE_KEY] = error.code or error.type
    headers = error.headers | retry_headers(error.status, retryable=error.retryable)
    return _response(scope, error_body(error), error.status, headers)


def _response(scope: Scope, body: Mapping[str, Any], status: int, headers: Mapping[str, str]) -> JSONResponse:
    """An error with what its path says beside the envelope, if anything."""
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    members = getattr(scope["app"].state, "error_members", {}).get(path, {}) if "app" in scope else {}
    return JSONResponse({**body, **members}, status, headers=dict(headers))


def stream_error(error: Exception) -> dict[str, Any]:
    """The envelope for an error after the headers have gone out; logs it as the handlers would."""
    if isinstance(error, VoiceStackError):
        _log(error)
        return error_body(error)
    logger.error("unhandled %s in a stream", type(error).__name__, exc_info=error)
    return internal_error_body()


def _log(error: VoiceStackError) -> None:
    if isinstance(error, ServiceUnavailableError):
        logger.warning("%s: %s", type(error).__name__, error.message)
    elif error.status >= 500:
        logger.error("%s: %s", type(error).__name__, error.message, exc_info=error)
    else:
        # Messages to clients may quote what they sent.
        logger.debug("%s: %s", type(error).__name__, error.message)


async def _answer_own(request: Request, error: Exception) -> Response:
    assert isinstance(error, VoiceStackError)
    _log(error)
    return error_response(request.scope, error)


async def _answer_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return error_response(request.scope, validation_error(error.errors()))


def validation_error(problems: Sequence[Mapping[str, Any]]) -> InvalidRequestError:
    """Turn pydantic's list of problems into one error that names the first field at fault."""
    lines: list[str] = []
    param: str | None = None
    for problem in problems:
        where, *path = problem.get("loc") or ("body",)
        if problem.get("type") == "json_invalid":
            return InvalidRequestError(f"The body is not valid JSON: {problem.get('ctx', {}).get('error', '')}.")
        name = ".".join(str(step) for step in path)
        # The deeper steps may be names of union branches rather than of fields: only the first is surely the client's.
        param = param or (str(path[0]) if path else None)
        lines.append(f"{name or where}: {problem.get('msg', 'invalid')}")
    return InvalidRequestError("; ".join(lines) + ".", param=param)


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    own: VoiceStackError | None = None
    if error.status_code == 404 and error.detail == "Not Found":
        own = NotFoundError(f"Unknown URL: {request.method} {request.url.path}")
    elif error.status_code == 405:
        own = MethodNotAllowedError(f"{request.method} is not allowed on {request.url.path}.")
        headers["allow"] = ", ".join(_allowed_methods(request))
    if own is not None:
        response = error_response(request.scope, own)
        response.headers.update(headers)
        return response
    if error.status_code in (204, 304):
        return Response(status_code=error.status_code, headers=headers)
    kind = "server_error" if error.status_code >= 500 else "invalid_request_error"
    headers |= retry_headers(error.status_code, retryable="retry-after" in {name.lower() for name in headers})
    return _response(request.scope, envelope(str(error.detail), kind, None, None), error.status_code, headers)


def _allowed_methods(request: Request) -> list[str]:
    """Methods that any route takes for the path; the framework tells those of the first route alone."""
    routes = request.app.routes
    return [
        method
        for method in _METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    ]


def install_error_handlers(app: FastAPI, members: Mapping[str, Mapping[str, Any]] | None = None) -> None:
    """Answer our own errors, validation errors and HTTP exceptions with the envelope.

    Args:
        members: by path, what errors say beside it, for clients that read an answer whatever its status is.
    """
    app.state.error_members = members or {}
    app.add_exception_handler(VoiceStackError, _answer_own)
    app.add_exception_handler(RequestValidationError, _answer_validation)
    app.add_exception_handler(HTTPException, _answer_http)


class SafetyNetMiddleware:
    """Answers what no handler caught with a 500 envelope, and logs it, once, under the request's id.

    It stands inside the request id and CORS middlewares, so that those headers are on the answer; Starlette's own
    handler for unhandled errors stands outside of them.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except ClientDisconnect:
            logger.debug("the client went away")
        except asyncio.CancelledError:
            # Only the server cancels requests: those that are not done when its time to stop is over.
            if not started:
                await error_response(scope, StoppingError("The service is being stopped."))(scope, receive, send)
        except VoiceStackError as error:
            _log(error)
            if not started:
                await error_response(scope, error)(scope, receive, send)
        except Exception as error:
            if started and isinstance(error.__cause__, CancelledWorkError):
                return
            logger.error("unhandled %s", type(error).__name__, exc_info=error)
            # A response that has started stays unfinished: the server then drops the connection, and the client sees
            # a broken answer rather than a short one.
            if not started:
                scope[ERROR_CODE_KEY] = "internal_error"
                response = _response(scope, internal_error_body(), 500, retry_headers(500, retryable=False))
                await response(scope, receive, send)
