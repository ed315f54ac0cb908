"""Reading JSON bodies, within bounds, into pydantic models."""

import json
from contextlib import aclosing
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request

from voice_stack.core.errors import CancelledWorkError, InvalidRequestError, UploadTooLargeError
from voice_stack.web.errors import validation_error
from voice_stack.web.upload_pace import pace_of

M = TypeVar("M", bound=BaseModel)


async def read_json(request: Request, model: type[M], *, max_bytes: int) -> M:
    """Read the request's JSON body; whatever content type it is sent with.

    Args:
        request: its body must not have been read.
        max_bytes: most bytes that are read.

    Raises:
        InvalidRequestError: no JSON, not an object, or a field at fault, named by `param`.
        UploadTooLargeError: more bytes than allowed.
        CancelledWorkError: the client went away in the middle.
        RequestTimeoutError: the client stopped sending, or drips.
    """
    return validated(parse_object(await read_body(request, max_bytes=max_bytes), "body"), model)


async def read_body(request: Request, *, max_bytes: int) -> bytes:
    """Read the request's body into memory.

    Raises:
        As `read_json`, except for what is in the body.
    """
    body = bytearray()
    try:
        async with aclosing(pace_of(request).body(request.stream())) as chunks:
            async for chunk in chunks:
                body += chunk
                if len(body) > max_bytes:
                    raise UploadTooLargeError(f"The body is larger than the {max_bytes:,} bytes allowed.")
    except ClientDisconnect as error:
        raise CancelledWorkError("The client went away while it was sending.") from error
    return bytes(body)


def parse_object(text: bytes | str, what: str) -> dict[str, Any]:
    """The JSON object in a text.

    Args:
        what: the text is, for the message.

    Raises:
        InvalidRequestError: it is none.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidRequestError(f"The {what} is not valid JSON: {error}.") from error
    if not isinstance(content, dict):
        raise InvalidRequestError(f"The {what} must be a JSON object.")
    return content


def validated(content: dict[str, Any], model: type[M]) -> M:
    """The object as the model has it.

    Raises:
        InvalidRequestError: a field at fault, named by `param`.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problems = [{**problem, "loc": ("body", *problem["loc"])} for problem in error.errors()]
        raise validation_error(problems) from error
