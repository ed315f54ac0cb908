"""The API key, checked before a byte of the body is read."""

import hmac
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from voice_stack.core.errors import AuthenticationError
from voice_stack.web.errors import error_response

_BLANKS = " \t"


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
        # Clients write a key beyond ASCII as they please.
        self._keys = [api_key.strip().encode(encoding) for encoding in _encodings(api_key)] if api_key.strip() else []
        self._public = PublicPaths(public_prefixes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._keys or scope["type"] not in ("http", "websocket") or _route_path(scope) in self._public:
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
        # No further blanks than these: others are halves of a letter in UTF-8.
        scheme, _, token = header.strip(_BLANKS).partition(" ")
        token = token.strip(_BLANKS)
        if not scheme:
            return "No API key was sent. Send it as `Authorization: Bearer KEY`."
        if scheme.lower() != "bearer" or not token:
            return "The Authorization header is not of the form `Bearer KEY`."
        # The header is latin-1 text by now.
        sent = token.encode("latin-1")
        if not any(hmac.compare_digest(sent, key) for key in self._keys):
            return "The API key is wrong."
        return None


def _encodings(key: str) -> tuple[str, ...]:
    """Encodings that a client may send the key in: UTF-8 (curl), and where it can, Latin-1 (requests, fetch)."""
    return ("utf-8", "latin-1") if all(ord(character) < 256 for character in key) else ("utf-8",)
