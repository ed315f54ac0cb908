"""An answer before it goes anywhere: to a client over HTTP, or into the store of the jobs."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

from voice_stack.core.envelope import json_bytes


@dataclass(frozen=True, slots=True)
class Rendered:
    """An answer as plain data. What renders one is pure: it knows neither request nor connection.

    Attributes:
        body: the bytes, or their pieces as they are made.
        content_type: of the body, with its charset where it is text.
        headers: further ones, with names in lower case; none that is about a connection.
        late_headers: those that are known when the last piece was made: kept with an answer that is stored, and not
            sent with one whose headers have long gone.
    """

    body: bytes | AsyncIterator[bytes]
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    late_headers: Callable[[], Mapping[str, str]] = dict


def rendered_json(content: object, headers: Mapping[str, str] | None = None, status: int = 200) -> Rendered:
    """The answer that is an object as JSON.

    Raises:
        ValueError, TypeError: JSON cannot say it.
    """
    return Rendered(json_bytes(content), "application/json", headers or {}, status)


def rendered_text(text: str, mime: str, headers: Mapping[str, str] | None = None) -> Rendered:
    """The answer that is a text, or a file of one, in UTF-8."""
    with_charset = mime.startswith("text/") and "charset=" not in mime.lower()
    return Rendered(text.encode(), f"{mime}; charset=utf-8" if with_charset else mime, headers or {})
