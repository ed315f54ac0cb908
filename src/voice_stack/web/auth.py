"""The API key, checked before a byte of the body is read."""

import hmac
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from voice_stack.core.errors import AuthenticationError
from voice_stack.web.errors import error_response


def _route_path(scope: Scope) -> str:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


class PublicPaths:
    """Paths that need no key.

    Args:
        prefixes: of them, cut at slashes (`/health`, `/v1/bazarr`).
    """

    def __init__(self, prefixes: Sequence[str]) -> None:
        self._prefixes = tuple(prefix.rstrip("/") for prefix in prefixes)

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and any(path == one or path.startswith(one + "/") for one in self._prefixes)


class ApiKeyMiddleware:
    """Lets a request pass that carries `Authorization: Bearer KEY`.

    Args:
        app: the application behind.
        api_key: the key; empty lets everybody in.
        public_prefixes: path prefixes, cut at slashes, that need no key (`/health`, `/v1/bazarr`).
    """

    def __init__(self, app: ASGIApp, *, api_key: str, public_prefixes: Sequence[str] = ()) -> None:
        self.app = app
        self._key = api_key.strip().encode()
        self._public = PublicPaths(public_prefixes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._key or scope["type"] not in ("http", "websocket") or _route_path(scope) in self._public:
            await self.app(scope, receive, send)
            return
        problem = self._problem(Headers(scope=scope).get("authorization", ""))
        if problem is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": problem})
        else:
            await error_response(scope, AuthenticationError(problem))(scope, receive, send)

    def _problem(self, header: str) -> str | None:
        scheme, _, token = header.strip().partition(" ")
        if not header.strip():
            return "No API key was sent. Send it as `Authorization: Bearer KEY`."
        if scheme.lower() != "bearer" or not token.strip():
            return "The Authorization header is not of the form `Bearer KEY`."
        # The header is latin-1 text by now; the bytes on the wire are what the key's UTF-8 must equal.
        if not hmac.compare_digest(token.strip().encode("latin-1"), self._key):
            return "The API key is wrong."
        return None
