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
    assert "422" not in responses
    assert {"400", "413", "503"} <= set(responses)


@pytest.mark.parametrize(("key", "asked"), [("", False), ("sesame", True)])
def test_the_key_is_asked_for_where_one_is_set(key: str, asked: bool) -> None:
    with client(key) as http:
        assert ("security" in http.get("/openapi.json").json()) is asked
