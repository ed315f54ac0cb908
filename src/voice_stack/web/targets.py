"""Request targets other than a path (RFC 9112, section 3.2): absolute URLs, `*`, and the authority of a CONNECT."""

import re
from urllib.parse import unquote

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from voice_stack.core.errors import MethodNotAllowedError
from voice_stack.web.errors import error_response

_ABSOLUTE = re.compile(rb"https?://([^/?#]+)", re.IGNORECASE)
_METHODS = "GET, HEAD, POST, DELETE, OPTIONS"


class TargetMiddleware:
    """Gives the application paths only.

    A client that believes that it talks to a proxy sends the whole URL: its path is what counts, and its authority
    stands for the Host header. `OPTIONS *` asks about the server as a whole. CONNECT asks for a tunnel: there is none.

    Args:
        app: the application behind.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        raw: bytes = scope.get("raw_path") or b""
        if scope["method"] == "CONNECT":
            error = MethodNotAllowedError("This server is no proxy: CONNECT is not allowed.")
            response = error_response(scope, error)
            response.headers["allow"] = _METHODS
            response.headers["connection"] = "close"
            await response(scope, receive, send)
            return
        if found := _ABSOLUTE.match(raw):
            raw = raw[found.end() :] or (b"*" if scope["method"] == "OPTIONS" else b"/")
            _make_relative(scope, raw, found[1])
        if scope["method"] == "OPTIONS" and raw == b"*":
            await Response(status_code=204, headers={"allow": _METHODS})(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _make_relative(scope: Scope, raw_path: bytes, authority: bytes) -> None:
    """In place: the middlewares outside of this one read the same path in the end."""
    scope["raw_path"] = raw_path
    scope["path"] = unquote(raw_path.decode("ascii", "replace"))
    host = authority.rpartition(b"@")[2]
    scope["headers"] = [(b"host", host), *(header for header in scope["headers"] if header[0] != b"host")]
