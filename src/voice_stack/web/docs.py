"""The interactive documentation, from this machine alone: the usual page loads its program from a public network."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from pydantic import TypeAdapter
from starlette.staticfiles import StaticFiles

from voice_stack.core.errors import AuthenticationError, InvalidRequestError
from voice_stack.web.documents import ANY_ERRORS, REQUEST_ID, Error, refusals, told

DOCS_PATH = "/docs"
OPENAPI_PATH = "/openapi.json"


def install_docs(
    app: FastAPI,
    *,
    asks_for_key: Callable[[str], bool],
    left_out: Sequence[str] = (),
    facts: Callable[[], Mapping[str, dict[str, Any]]] = dict,
) -> None:
    """Serve the page at /docs and describe the API as it answers.

    Args:
        app: made without documentation pages of its own; routes that are added later are described too.
        asks_for_key: whether clients must send a bearer token for a path.
        left_out: names of parameters and fields that this server does not take.
        facts: what only this server's settings tell of a parameter or field: keywords of its schema, by its name.
    """
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = _as_it_is(told(describe()), asks_for_key)
            known = facts()
            for _, operation in _operations(schema):
                _leave_out(operation, frozenset(left_out))
                _narrow(operation, known)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
    app.mount(f"{DOCS_PATH}/assets", StaticFiles(directory=_page_files()), name="docs-assets")

    @app.get(DOCS_PATH, include_in_schema=False)
    def docs(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "").rstrip("/")
        assets = f"{root}{DOCS_PATH}/assets"
        return get_swagger_ui_html(
            openapi_url=f"{root}{OPENAPI_PATH}",
            title=app.title,
            swagger_js_url=f"{assets}/swagger-ui-bundle.js",
            swagger_css_url=f"{assets}/swagger-ui.css",
            swagger_favicon_url=f"{assets}/favicon.png",
        )


def _page_files() -> Path:
    """The folder of the page's program, in a package of which nothing is run."""
    found = find_spec("fastapi_offline")
    if found is None or found.origin is None:
        raise RuntimeError("fastapi-offline is not installed")
    return Path(found.origin).parent / "static"


def _as_it_is(schema: dict[str, Any], asks_for_key: Callable[[str], bool]) -> dict[str, Any]:
    """The description with what no route says for itself: errors that any of them answers with, ids, the key.

    FastAPI describes validation errors as 422 in its own shape; here they are 400 in OpenAI's.
    """
    components = schema.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas |= _error_schemas()
    secured = False
    for path, operation in _operations(schema):
        keyed = asks_for_key(path)
        secured = secured or keyed
        responses = operation["responses"]
        validates = responses.pop("422", None) is not None
        errors = (*([InvalidRequestError] if validates else []), *([AuthenticationError] if keyed else []), *ANY_ERRORS)
        for status, refusal in refusals(*errors).items():
            known = responses.setdefault(str(status), refusal)
            if refusal["description"] not in known["description"]:
                known["description"] = f"{known['description']}\n\n{refusal['description']}"
        for response in responses.values():
            response["headers"] = {"x-request-id": REQUEST_ID, **response.get("headers", {})}
        operation["responses"] = dict(sorted(responses.items()))
        if keyed:
            operation["security"] = [{"key": []}]
    if secured:
        components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    return schema


def _operations(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in schema.get("paths", {}).items():
        for operation in methods.values():
            yield path, operation


def _error_schemas() -> dict[str, Any]:
    error = TypeAdapter(Error).json_schema(ref_template="#/components/schemas/{model}")
    return {**error.pop("$defs"), "Error": error}


def _leave_out(operation: dict[str, Any], names: frozenset[str]) -> None:
    if "parameters" in operation:
        operation["parameters"] = [one for one in operation["parameters"] if one["name"] not in names]
    for properties in _properties(operation):
        for name in names & properties.keys():
            del properties[name]


def _narrow(operation: dict[str, Any], facts: Mapping[str, dict[str, Any]]) -> None:
    named = {one["name"]: one["schema"] for one in operation.get("parameters", ())}
    for schemas in (named, *_properties(operation)):
        for name in facts.keys() & schemas.keys():
            schemas[name].get("items", schemas[name]).update(facts[name])


def _properties(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Fields of the bodies that an operation takes, with their schemas."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        yield content["schema"].get("properties", {})
