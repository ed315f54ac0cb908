"""Reading JSON bodies, within bounds, into pydantic models."""

import json
from contextlib import aclosing
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request

from voice_stack.core.errors import CancelledWorkError, InvalidRequestError, UploadTooLargeError
from voice_stack.web.errors import validation_error
from voice_stack.web.uploads import IDLE_S, unless_idle

M = TypeVar("M", bound=BaseModel)


async def read_json(request: Request, model: type[M], *, max_bytes: int, idle_s: float = IDLE_S) -> M:
    """Read the request's JSON body; whatever content type it is sent with.

    Args:
        request: its body must not have been read.
        max_bytes: most bytes that are read.
        idle_s: seconds without a byte after which the client is given up.

    Raises:
        InvalidRequestError: no JSON, not an object, or a field at fault, named by `param`.
        UploadTooLargeError: more bytes than allowed.
        CancelledWorkError: the client went away in the middle.
        RequestTimeoutError: the client stopped sending.
    """
    body = bytearray()
    try:
        async with aclosing(unless_idle(request.stream(), idle_s)) as chunks:
            async for chunk in chunks:
                body += chunk
                if len(body) > max_bytes:
                    raise UploadTooLargeError(f"The body is larger than the {max_bytes:,} bytes allowed.")
    except ClientDisconnect as error:
        raise CancelledWorkError("The client went away while it was sending.") from error
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidRequestError(f"The body is not valid JSON: {error}.") from error
    if not isinstance(content, dict):
        raise InvalidRequestError("The body must be a JSON object.")
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problems = [{**problem, "loc": ("body", *problem["loc"])} for problem in error.errors()]
        raise validation_error(problems) from error
