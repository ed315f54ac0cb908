"""The interactive documentation, from this machine alone: the usual page loads its program from a public network."""

from typing import Any

import swagger_ui_bundle
from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

DOCS_PATH = "/docs"
OPENAPI_PATH = "/openapi.json"
# The page that comes with swagger-ui-bundle reads this version and none after it.
_OPENAPI_VERSION = "3.0.3"
_ERRORS = {
    "400": "The request cannot be served as it is; `param` names the field at fault.",
    "413": "The upload is larger than allowed.",
    "429": "The queue is full; `Retry-After` says when there should be room.",
    "503": "No engine is available, the request could not begin in time, or the service is being stopped.",
}
_ENVELOPE: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": "string", "nullable": True},
                "code": {"type": "string", "nullable": True},
            },
        }
    },
}


def install_docs(app: FastAPI, *, asks_for_key: bool) -> None:
    """Serve the page at /docs and describe the API as it answers.

    Args:
        app: made without documentation pages of its own; routes that are added later are described too.
        asks_for_key: whether clients must send a bearer token.
    """
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _as_it_is(describe(), asks_for_key=asks_for_key)
        return app.openapi_schema

    app.openapi_version = _OPENAPI_VERSION
    app.openapi = openapi  # type: ignore[method-assign]
    app.mount(f"{DOCS_PATH}/assets", StaticFiles(directory=swagger_ui_bundle.swagger_ui_path), name="docs-assets")

    @app.get(DOCS_PATH, include_in_schema=False)
    def docs(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "").rstrip("/")
        assets = f"{root}{DOCS_PATH}/assets"
        return get_swagger_ui_html(
            openapi_url=f"{root}{OPENAPI_PATH}",
            title=app.title,
            swagger_js_url=f"{assets}/swagger-ui-bundle.js",
            swagger_css_url=f"{assets}/swagger-ui.css",
            swagger_favicon_url=f"{assets}/favicon-32x32.png",
        )


def _as_it_is(schema: dict[str, Any], *, asks_for_key: bool) -> dict[str, Any]:
    """FastAPI describes validation errors as 422 in its own shape; here they are 400 in OpenAI's."""
    for methods in schema.get("paths", {}).values():
        for operation in methods.values():
            responses = operation.get("responses", {})
            responses.pop("422", None)
            if "requestBody" in operation:
                for status, meaning in _ERRORS.items():
                    responses[status] = {"description": meaning, "content": {"application/json": {"schema": _ENVELOPE}}}
    components = schema.setdefault("components", {})
    for name in ("HTTPValidationError", "ValidationError"):
        components.get("schemas", {}).pop(name, None)
    if asks_for_key:
        components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        schema["security"] = [{"key": []}]
    return schema
