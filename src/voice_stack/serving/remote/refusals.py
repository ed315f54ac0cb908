"""Answers of an upstream that are no result, as errors of ours. Pure functions."""

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from voice_stack.core.errors import (
    EngineError,
    EngineUnavailableError,
    InvalidRequestError,
    ModelNotFoundError,
    OverloadedError,
    UnsupportedError,
    VoiceNotFoundError,
    VoiceStackError,
)
from voice_stack.serving.remote.options import UpstreamOptions

_MOST_CHARS = 300
_MOST_RETRY_S = 3600.0
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s\"'<>]+", re.IGNORECASE)
_KEY = re.compile(r"\b(?:sk|hf|gsk|Bearer)[-_ ][\w*.-]{6,}")
_UNSEEN = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
# Fields that a request of ours and the upstream's have in common.
_PARAMS = frozenset(
    {
        "file",
        "input",
        "instructions",
        "language",
        "model",
        "prompt",
        "response_format",
        "speed",
        "temperature",
        "text",
        "voice",
    }
)
# The upstream is not there, or another server stands in front of it and says so.
_ABSENT = frozenset({408, 502, 503, 504})
_NO_MORE_MONEY = frozenset({"insufficient_quota", "billing_hard_limit_reached"})


def refusal(status: int, headers: Mapping[str, str], body: bytes, options: UpstreamOptions) -> VoiceStackError:
    """The error of ours that an answer without a result means.

    What the client's request was at fault for stays the client's (4xx, with what the upstream says); a refused key, a
    wrong address and an upstream that is not there are the operator's (503), and 429 stays 429.

    Args:
        status: of HTTP, none of 2xx.
        headers: names in lower case.
        body: as much of it as was read.
    """
    url, key = (options.variables()[name] for name in ("url", "api_key"))
    if 300 <= status < 400:
        return EngineUnavailableError(
            f"The upstream sends to another address, which is not followed. {url} must name the final one."
        )
    if status in (401, 402, 403):
        return EngineUnavailableError(f"The upstream refuses the key (status {status}). See {key}.")
    found = _error_object(body)
    message = clean(str(found.get("message") or ""), options.api_key) or f"status {status}"
    code = str(found.get("code") or "")
    if status == 429:
        if code in _NO_MORE_MONEY:
            return EngineUnavailableError(f"The upstream's quota for the key is used up. See {key}.")
        return OverloadedError(f"The upstream is busy: {message}", retry_after_s=retry_after(headers))
    if status in (404, 405) and not found:
        return EngineUnavailableError(f"The upstream has no such route (status {status}). {url} must end with its /v1.")
    if status in _ABSENT:
        return EngineUnavailableError(f"The upstream cannot answer: {message}")
    if status >= 500 or not 400 <= status < 500:
        return EngineError(f"The upstream failed: {message}")
    text, param = f"The upstream refuses it: {message}", str(found.get("param") or "")
    shown = param if param in _PARAMS else None
    if status == 404:
        if code == "voice_not_found" or shown == "voice":
            return VoiceNotFoundError(text)
        return ModelNotFoundError(text)
    if code == UnsupportedError.code:
        return UnsupportedError(text, param=shown)
    return InvalidRequestError(text, param=shown)


def clean(text: str, key: str) -> str:
    """Text of an upstream, fit for a client: one line of at most 300 characters without addresses and keys."""
    if key:
        text = text.replace(key, "(key)")
    text = _KEY.sub("(key)", _ADDRESS.sub("(address)", text[: 8 * _MOST_CHARS]))
    text = _UNSEEN.sub(" ", text).strip()
    return text if len(text) <= _MOST_CHARS else text[: _MOST_CHARS - 1].rstrip() + "…"


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that Retry-After asks for, as a number or a date; 1 where it says nothing, at most an hour."""
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except (TypeError, ValueError):
            return 1.0
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 1.0), _MOST_RETRY_S) if math.isfinite(seconds) else 1.0


def _error_object(body: bytes) -> Mapping[str, Any]:
    """OpenAI's `error`, or what others write in its place; empty when there is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    error = found.get("error")
    if isinstance(error, dict):
        return error
    if isinstance(error, str):
        return {"message": error}
    if found.get("object") == "error":  # vLLM before it had an envelope
        return found
    detail = found.get("detail")  # FastAPI's: text for a missing route, a list for a field that is wrong
    if isinstance(detail, list) and detail and isinstance(detail[0], dict):
        location = detail[0].get("loc")
        param = location[-1] if isinstance(location, list) and location else ""
        return {"message": detail[0].get("msg"), "param": param}
    if isinstance(detail, str) and detail not in ("Not Found", "Method Not Allowed"):
        return {"message": detail}
    return {}
