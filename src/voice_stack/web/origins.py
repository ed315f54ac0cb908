"""Pages of other origins: browsers send some requests for them to any server, without asking it first."""

from urllib.parse import urlsplit

from fastapi import Request

from voice_stack.core.errors import NotFoundError, OriginNotAllowedError
from voice_stack.web.settings import WebOptions


def check_origin(request: Request, options: WebOptions) -> None:
    """See that a request which may change the server is of no page whose user may know nothing of it.

    Browsers send POST without a body, and forms with files, to any server, and say from where.

    Raises:
        OriginNotAllowedError: it is.
    """
    origin = request.headers.get("origin")
    if origin is not None and not is_welcome(origin, request.headers.get("host", ""), options):
        raise OriginNotAllowedError(f"Pages of {origin[:100]!r} may not do this; CORS_ORIGINS names those that may.")


def check_change(request: Request, options: WebOptions, *, allowed: bool) -> None:
    """See that a request may change what the server keeps, by routes that can be switched off.

    Args:
        allowed: whether they are on.

    Raises:
        NotFoundError: they are off, so they are not there.
        OriginNotAllowedError: as `check_origin`.
    """
    if not allowed:
        raise NotFoundError(f"Unknown URL: {request.method} {request.url.path}")
    check_origin(request, options)


def is_welcome(origin: str, host: str, options: WebOptions) -> bool:
    """True for an origin whose pages may use the server: its own, and those that are named.

    Args:
        host: that the page asked for.
    """
    allowed = options.cors_origins
    return "*" in allowed or origin in allowed or (urlsplit(origin).netloc.lower() == host.lower() != "")
