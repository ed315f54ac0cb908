"""Answers as the API's documentation tells them, made of what makes them: error classes, enums, typed dictionaries."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import TypeAdapter

# Pydantic reads typed dictionaries of the standard library from Python 3.12 on.
from typing_extensions import TypedDict

from voice_stack.core.errors import (
    EngineError,
    EngineUnavailableError,
    InvalidRequestError,
    ModelNotFoundError,
    OverloadedError,
    RequestTimeoutError,
    StartTimeoutError,
    StoppingError,
    UnsupportedError,
    UploadTooLargeError,
    VoiceStackError,
)

Responses = dict[int | str, dict[str, Any]]
"""Answers by status, as the argument `responses` of a route takes them."""

Json = dict[str, Any]

REQUEST_ID: Final[Json] = {"description": "Names the request in the server's log.", "schema": {"type": "string"}}
RETRY_AFTER: Final[Json] = {
    "description": "Whole seconds to wait before asking again.",
    "schema": {"type": "integer", "minimum": 1},
}
_SHOULD_RETRY: Final[Json] = {
    "description": "Present where asking again cannot help, although the status looks like it.",
    "schema": {"type": "string", "enum": ["false"]},
}
_KEY_ASKED: Final[Json] = {"description": "How to send the key.", "schema": {"type": "string"}}

# Of jobs that are not finished, and of a full spool.
_MAY_TELL_WHEN: Final = (409, 507)

BODY_ERRORS: Final = (InvalidRequestError, RequestTimeoutError, UploadTooLargeError)
"""What a request with a body can be refused with, whatever is in it."""

WORK_ERRORS: Final = (
    UnsupportedError,
    ModelNotFoundError,
    OverloadedError,
    StartTimeoutError,
    EngineUnavailableError,
    EngineError,
)
"""What work on an engine can be refused with, or fail with."""

ANY_ERRORS: Final = (StoppingError, VoiceStackError)
"""What every request can be answered with."""


class ErrorFacts(TypedDict):
    """Facts of an error.

    `code` is for programs, `message` for people; `param` names the field at fault.
    """

    message: str
    type: str
    param: str | None
    code: str | None


class Error(TypedDict):
    """OpenAI's error envelope."""

    error: ErrorFacts


_COMPONENTS: Final = "#/components/schemas/"
ERROR_SCHEMA: Final[Json] = {"$ref": f"{_COMPONENTS}Error"}

_STAND_IN: Final = "x-schema-of"
# The types that stand-ins stand for, and whether each is a component.
_UNTOLD: dict[str, tuple[Any, bool]] = {}


def refusals(*errors: type[VoiceStackError], model: Any = None) -> Responses:
    """Answers with the error envelope, by the statuses of these errors; their docstrings say what they mean.

    Args:
        model: typed dictionary of the envelope and of what is beside it; None for the envelope alone.
    """
    by_status: dict[int, list[type[VoiceStackError]]] = {}
    for error in errors:
        known = by_status.setdefault(error.status, [])
        if error not in known:
            known.append(error)
    refused: Responses = {status: _refusal(status, found) for status, found in sorted(by_status.items())}
    if model is not None:
        for answer in refused.values():
            answer["content"]["application/json"]["schema"] = inlined(model)
    return refused


def json_answer(model: Any, description: str, *, headers: Iterable[str] = (), **more: Any) -> Json:
    """An answer in JSON.

    Args:
        model: typed dictionary, or a union of several.
        headers: names of further headers that it may have.
        more: further keys of the response object: `links`.
    """
    content = {"application/json": {"schema": _told_later(model)}}
    return {"description": description, "headers": text_headers(headers), "content": content, **more}


def events_answer(events: Any) -> Json:
    """An answer that is a stream of server-sent events, for `content`.

    Args:
        events: typed dictionary of their data, or a union of several.
    """
    data = {"type": "string", "contentMediaType": "application/json", "contentSchema": inlined(events)}
    event = {"type": "string", "description": "`error` for the error envelope."}
    return {"schema": {"type": "object", "required": ["data"], "properties": {"data": data, "event": event}}}


def inlined(model: Any) -> Json:
    """JSON schema of a type, with no references in it."""
    return _told_later(model, apart=False)


def _told_later(model: Any, *, apart: bool = True) -> Json:
    """A stand-in for a schema: making all of them takes a tenth of the start, and few clients ever read them.

    Args:
        apart: whether the schema stands among the components, with a reference to it.
    """
    key = f"{'apart' if apart else 'inlined'} {model!r}"
    _UNTOLD[key] = (model, apart)
    return {_STAND_IN: key}


def told(description: Json) -> Json:
    """An API's description with the schemas in the place of what stands for them."""
    found: Json = {}
    written: Json = _written(description, found)
    schemas = written.setdefault("components", {}).setdefault("schemas", {})
    schemas |= {name: schema for name, schema in found.items() if name not in schemas}
    return written


def _written(part: Any, components: Json) -> Any:
    if isinstance(part, list):
        return [_written(item, components) for item in part]
    if not isinstance(part, dict):
        return part
    if _STAND_IN not in part:
        return {key: _written(value, components) for key, value in part.items()}
    model, apart = _UNTOLD[part[_STAND_IN]]
    adapter: TypeAdapter[Any] = TypeAdapter(model)
    if not apart:
        schema = adapter.json_schema()
        return _resolved(schema, schema.pop("$defs", {}))
    schema = adapter.json_schema(ref_template=f"{_COMPONENTS}{{model}}")
    components |= schema.pop("$defs", {})
    if "anyOf" in schema or "$ref" in schema:
        return schema
    components[model.__name__] = schema
    return {"$ref": f"{_COMPONENTS}{model.__name__}"}


def _resolved(schema: Any, definitions: Json) -> Any:
    if isinstance(schema, dict):
        name = schema.get("$ref", "").rpartition("/")[2]
        if name:
            return _resolved(definitions[name], definitions)
        return {key: _resolved(value, definitions) for key, value in schema.items()}
    return [_resolved(item, definitions) for item in schema] if isinstance(schema, list) else schema


def text_headers(names: Iterable[str]) -> Json:
    """Headers that an answer may have."""
    return {name: {"schema": {"type": "string"}} for name in names}


def parameter(where: str, name: str, description: str, schema: Mapping[str, Any]) -> Json:
    """A parameter that a route reads by hand; `openapi_extra` takes a list of them."""
    return {"in": where, "name": name, "required": False, "description": description, "schema": dict(schema)}


def _refusal(status: int, errors: list[type[VoiceStackError]]) -> Json:
    lines = [f"{f'`{error.code}`: ' if error.code else ''}{_meaning(error)}" for error in errors]
    headers: Json = {}
    if status == 429:
        headers["retry-after"] = RETRY_AFTER | {"required": True}
    elif status in _MAY_TELL_WHEN:
        headers["retry-after"] = RETRY_AFTER
    if status == 401:
        headers["www-authenticate"] = _KEY_ASKED | {"required": True}
    if status >= 500 or status in (408, 409, 429):
        headers["x-should-retry"] = _SHOULD_RETRY
    return {
        "description": "\n\n".join(lines),
        "headers": headers,
        "content": {"application/json": {"schema": ERROR_SCHEMA}},
    }


def _meaning(error: type[VoiceStackError]) -> str:
    if error is VoiceStackError:
        return "The server failed; its log says why, under the request's id."
    return (error.__doc__ or "").partition("\n\n")[0].strip().replace("\n    ", " ")
