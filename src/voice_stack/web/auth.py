"""The API key, checked before a byte of the body is read."""

import hmac
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from voice_stack.core.errors import AuthenticationError
from voice_stack.web.client_secrets import ClientSecrets
from voice_stack.web.errors import error_response

_BLANKS = " \t"
# A page cannot set headers of a WebSocket: its key comes as a subprotocol.
_KEY_PROTOCOL = "openai-insecure-api-key."


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

    A WebSocket may have it as a subprotocol, and instead of it an ephemeral key that this service has made.

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
        problem = self._problem(scope)
        if problem is None:
            await self.app(scope, receive, send)
            return
        refusal = error_response(scope, AuthenticationError(problem))
        if scope["type"] == "websocket":
            await WebSocket(scope, receive, send).send_denial_response(refusal)
        else:
            await refusal(scope, receive, send)

    def _problem(self, scope: Scope) -> str | None:
        header = Headers(scope=scope).get("authorization", "")
        if scope["type"] == "websocket":
            key = presented_key(scope)
            secrets: ClientSecrets | None = getattr(scope["app"].state, "client_secrets", None)
            if key is not None and secrets is not None and secrets.find(key):
                return None
            header = header or ("" if key is None else f"Bearer {key}")
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


def presented_key(scope: Scope) -> str | None:
    """The key that a WebSocket's client shows, by header or subprotocol; None for none."""
    scheme, _, token = Headers(scope=scope).get("authorization", "").strip(_BLANKS).partition(" ")
    if scheme.lower() == "bearer" and token.strip(_BLANKS):
        return token.strip(_BLANKS)
    offered = (one for one in scope.get("subprotocols", []) if one.startswith(_KEY_PROTOCOL))
    return next((one.removeprefix(_KEY_PROTOCOL) for one in offered), None)


def _encodings(key: str) -> tuple[str, ...]:
    """Encodings that a client may send the key in: UTF-8 (curl), and where it can, Latin-1 (requests, fetch)."""
    return ("utf-8", "latin-1") if all(ord(character) < 256 for character in key) else ("utf-8",)
