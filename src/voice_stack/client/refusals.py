"""Answers of a service that are no result, as the errors that the service itself raised. Pure functions."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from voice_stack.core.errors import (
    AuthenticationError,
    EngineError,
    InvalidRequestError,
    JobNotFinishedError,
    NotFoundError,
    OverloadedError,
    ServiceUnavailableError,
    SpoolFullError,
    VoiceStackError,
)

_MOST_CHARS: Final = 2000
# Where an answer names no code of ours: another server, or a proxy in front of one.
_BY_STATUS: Final[Mapping[int, type[VoiceStackError]]] = {
    401: AuthenticationError,
    404: NotFoundError,
    429: OverloadedError,
    502: ServiceUnavailableError,
    503: ServiceUnavailableError,
    504: ServiceUnavailableError,
}


def refusal(status: int, headers: Mapping[str, str], body: bytes) -> VoiceStackError:
    """The error of our tree that an answer without a result stands for.

    Args:
        status: of HTTP, none of 2xx.
        headers: names in lower case.
        body: as much of it as was read.
    """
    found = _error_object(body)
    message = str(found.get("message") or f"The server answered with status {status}.")[:_MOST_CHARS]
    param = found.get("param")
    return error_of(status, found.get("code"), message, param if isinstance(param, str) else None, headers)


def error_of(
    status: int, code: object, message: str, param: str | None = None, headers: Mapping[str, str] | None = None
) -> VoiceStackError:
    """The error of our tree with a code; where the code is none of ours, the one that the status means.

    Args:
        status: of HTTP; 0 where there is none, as in the error of a job.
    """
    cls = _by_code().get(code) if isinstance(code, str) else None
    cls = cls or _BY_STATUS.get(status) or (InvalidRequestError if 400 <= status < 500 else EngineError)
    seconds = _seconds(headers or {})
    if issubclass(cls, OverloadedError):
        return cls(message, param=param, retry_after_s=seconds or 1.0)
    if issubclass(cls, JobNotFinishedError | SpoolFullError):
        return cls(message, retry_after_s=None if seconds is None else round(seconds))
    return cls(message, param=param)


@cache
def _by_code() -> Mapping[str, type[VoiceStackError]]:
    """Classes by their code; of two with one code the more general."""
    found: dict[str, type[VoiceStackError]] = {}
    for cls in _tree(VoiceStackError):
        if cls.code is not None:
            found.setdefault(cls.code, cls)
    return found


def _tree(cls: type[VoiceStackError]) -> Iterator[type[VoiceStackError]]:
    """A class and those under it, level by level."""
    level = [cls]
    while level:
        yield from level
        level = [under for above in level for under in above.__subclasses__()]


def _seconds(headers: Mapping[str, str]) -> float | None:
    value = headers.get("retry-after", "").strip()
    return float(value) if value.isascii() and value.isdigit() and len(value) < 6 else None


def _error_object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    error = found.get("error") if isinstance(found, dict) else None
    if isinstance(error, dict):
        return error
    return {"message": error} if isinstance(error, str) else {}
