"""The documentation page, and what it says of the API."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import APIRouter, FastAPI
from starlette.testclient import TestClient

from voice_stack.core.settings import load_settings
from voice_stack.web.app import create_app
from voice_stack.web.metrics import Metrics
from voice_stack.web.settings import ServiceSettings


@asynccontextmanager
async def nothing(_: FastAPI) -> AsyncIterator[None]:
    yield


def client(key: str = "") -> TestClient:
    router = APIRouter()

    @router.post("/things/{number}")
    def make(number: int, body: dict[str, int]) -> int:
        return number

    settings = load_settings(ServiceSettings, api_key=key)
    return TestClient(
        create_app(settings.web, title="T", metrics=Metrics("t"), status=dict, lifespan=nothing, routers=[router])
    )


def test_the_page_needs_nothing_from_outside() -> None:
    with client() as http:
        page = http.get("/docs").text
        assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", page)
        for path in re.findall(r"(?:src|href)=\"([^\"]+)", page):
            assert http.get(path).status_code == 200, path


def test_errors_are_described_as_they_are() -> None:
    with client() as http:
        responses = http.get("/openapi.json").json()["paths"]["/v1/things/{number}"]["post"]["responses"]
    assert set(responses) == {"200", "400", "500", "503"}
    assert responses["400"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Error"}
    assert "`stopping`" in responses["503"]["description"]


@pytest.mark.parametrize(("key", "asked"), [("", False), ("sesame", True)])
def test_the_key_is_asked_for_where_one_is_set(key: str, asked: bool) -> None:
    with client(key) as http:
        schema = http.get("/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    keyed, free = schema["paths"]["/v1/things/{number}"]["post"], schema["paths"]["/health"]["get"]
    assert [("security" in one, "401" in one["responses"]) for one in (keyed, free)] == [(asked, asked), (False, False)]
    assert ("securitySchemes" in schema["components"]) is asked


def test_every_answer_has_an_id() -> None:
    with client() as http:
        paths = http.get("/openapi.json").json()["paths"]
    answers = [one for path in paths.values() for way in path.values() for one in way["responses"].values()]
    assert all("x-request-id" in answer["headers"] for answer in answers)


def test_what_this_server_does_not_take_is_not_described_and_what_it_knows_is() -> None:
    router = APIRouter()
    form = {"schema": {"type": "object", "properties": {"a": {}, "b": {"type": "array", "items": {}}}}}

    @router.post("/forms", openapi_extra={"requestBody": {"content": {"multipart/form-data": form}}})
    def take(a: str = "", c: str = "") -> int:
        return 0

    app = create_app(
        load_settings(ServiceSettings).web,
        title="T",
        metrics=Metrics("t"),
        status=dict,
        lifespan=nothing,
        routers=[router],
        undocumented=("a",),
        facts=lambda: {"b": {"pattern": "b+"}, "c": {"pattern": "c+"}},
    )
    with TestClient(app) as http:
        operation = http.get("/openapi.json").json()["paths"]["/v1/forms"]["post"]
    (parameter,) = operation["parameters"]
    assert (parameter["name"], parameter["schema"]["pattern"]) == ("c", "c+")
    schema = operation["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert schema["properties"] == {"b": {"type": "array", "items": {"pattern": "b+"}}}
