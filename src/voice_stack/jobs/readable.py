"""Values as they are read back from database and disk: any column of SQLite may hold anything, or of a later version.

Raises of all of them: ValueError, TypeError, RecursionError for what cannot be read; see `UNREADABLE`.
"""

import json
import math
import re
from typing import Any, Final

from voice_stack.jobs.types import Json

UNREADABLE: Final = (ValueError, TypeError, RecursionError)

_HEADER_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]{1,100}", re.ASCII)
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]{0,8192}")


def number(value: object) -> float:
    """A finite number."""
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError(f"{value!r:.40} is no number")
    return value


def number_or_none(value: object) -> float | None:
    """A finite number, or None."""
    return None if value is None else number(value)


def whole(value: object) -> int:
    """A whole number of at least 0."""
    if not isinstance(value, int) or value < 0:
        raise TypeError(f"{value!r:.40} is no number of things")
    return value


def text(value: object) -> str:
    """A text that can be sent."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is no text")
    value.encode()
    return value


def text_or_none(value: object) -> str | None:
    """A text that can be sent, or None."""
    return None if value is None else text(value)


def json_object(value: Any) -> Json | None:
    """A JSON object that can be sent; None for an empty column."""
    if not value:
        return None
    found = json.loads(value)
    if not isinstance(found, dict):
        raise TypeError(f"{value!r:.40} is no object")
    # A lone surrogate, which JSON can spell and UTF-8 cannot, must not break the answer that it is part of.
    sent: Json = json.loads(json.dumps(found, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace"))
    return sent


def headers(value: Any) -> tuple[tuple[str, str], ...]:
    """Names and values of a response's headers; none for an empty column."""
    found = [(name, content) for name, content in json.loads(value)] if value else []
    for name, content in found:
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(content):
            raise ValueError(f"{name!r:.40} is no header")
    return tuple(found)


def status_code(value: object) -> int | None:
    """An HTTP status, or None."""
    if value is None:
        return None
    if not isinstance(value, int) or not 200 <= value <= 599:
        raise ValueError(f"{value!r:.40} is no status")
    return value
