"""Preferences of a client about waiting for its answer: `Prefer: respond-async` (RFC 7240), or `?async=true`."""

import re
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request

from voice_stack.core.errors import InvalidRequestError
from voice_stack.web.documents import parameter

# The longest that `Prefer: respond-async, wait=N` makes a client wait before it gets its 202.
MAX_WAIT_S = 60
_QUOTED = r'"(?:\\.|[^"\\])*"?'
_ITEMS = re.compile(rf"(?:[^,\"]|{_QUOTED})+")
_PARTS = re.compile(rf"(?:[^;\"]|{_QUOTED})+")
_TRUE, _FALSE = ("true", "1", "yes", "on", ""), ("false", "0", "no", "off")

PREFERENCES: Final[list[dict[str, Any]]] = [
    parameter(
        "header",
        "Prefer",
        f"`respond-async`: answer 202 with a job; `wait=N` tries N seconds for the answer first, {MAX_WAIT_S} at most "
        "(RFC 7240). Others are passed over, and so is this one for a stream.",
        {"type": "string", "examples": ["respond-async, wait=2"]},
    ),
    parameter(
        "query",
        "async",
        "The same for clients that cannot set a header, which it overrules.",
        {"type": "string", "enum": [*_TRUE, *_FALSE]},
    ),
    parameter("query", "callback_url", "Told when the job is over.", {"type": "string"}),
]
"""Parameters of a route whose request can become a job, for the API's documentation."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """Preferences of a request.

    Attributes:
        respond_async: a 202 at once rather than the answer later.
        wait_s: how long to try for the answer first, 0 to `MAX_WAIT_S`.
        by_header: whether the header said so.
    """

    respond_async: bool = False
    wait_s: int = 0
    by_header: bool = False

    def makes_job(self, *, streams: bool) -> bool:
        """True when the request shall become a job, given that it wants a stream or not.

        A stream is for who waits. Of a request that asks for both the preference is passed over, as RFC 7240 allows.
        """
        return self.respond_async and not streams


def read_preferences(request: Request) -> Preferences:
    """Preferences of the request; `?async=` overrules the header.

    Raises:
        InvalidRequestError: `async` is neither true nor false.
    """
    named = parse_prefer(",".join(request.headers.getlist("prefer")))
    by_header = named.get("respond-async") == ""
    wait = named.get("wait", "")
    wait_s = min(int(wait), MAX_WAIT_S) if wait.isascii() and wait.isdigit() and len(wait) < 10 else 0
    asked = request.query_params.get("async")
    if asked is None:
        return Preferences(by_header, wait_s, by_header)
    text = asked.strip().lower()
    if text not in (*_TRUE, *_FALSE):
        raise InvalidRequestError(f"async={asked[:20]!r} must be true or false.", param="async")
    return Preferences(text in _TRUE, wait_s, by_header and text in _TRUE)


def wants_async(request: Request) -> bool:
    """True when the request shall become a job.

    Raises:
        InvalidRequestError: `async` is neither true nor false.
    """
    return read_preferences(request).respond_async


def parse_prefer(header: str) -> dict[str, str]:
    """The preferences by name in lower case, with their values; parameters are left out.

    Of several with one name the first counts, and one without a value has the empty one (RFC 7240, section 2).
    """
    named: dict[str, str] = {}
    for item in _ITEMS.findall(header):
        parts = _PARTS.findall(item)
        name, _, value = (parts[0] if parts else "").partition("=")
        value = value.strip()
        if value.startswith('"'):
            value = re.sub(r"\\(.)", r"\1", value.strip('"'))
        if name.strip():
            named.setdefault(name.strip().lower(), value)
    return named
