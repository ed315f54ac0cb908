"""OpenAI's error envelope as plain data: on the wire, in the store, and in the items of a batch."""

import json
from typing import Any

from voice_stack.core.errors import VoiceStackError

# Statuses below 500 that the OpenAI SDKs retry.
_RETRIED = frozenset({408, 409, 429})


def json_bytes(content: object) -> bytes:
    """JSON as every answer has it: UTF-8, without blanks.

    Raises:
        ValueError: `content` holds NaN, an infinity, or a lone surrogate.
        TypeError: `content` holds something else that JSON cannot say.
    """
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def envelope(message: str, type: str, param: str | None, code: str | None) -> dict[str, Any]:
    """`{"error": {"message", "type", "param", "code"}}`."""
    # A lone surrogate (JSON clients can send one) must not break the answer that complains about it.
    text = message.encode("utf-8", "replace").decode("utf-8")
    return {"error": {"message": text, "type": type, "param": param, "code": code}}


def error_body(error: VoiceStackError) -> dict[str, Any]:
    """The envelope of an error of our own tree."""
    return envelope(error.message, error.type, error.param, error.code)


def retry_headers(status: int, *, retryable: bool) -> dict[str, str]:
    """Headers that keep the OpenAI SDKs from asking again, where they would and it cannot help."""
    return {"x-should-retry": "false"} if (status >= 500 or status in _RETRIED) and not retryable else {}
