"""The header x-priority."""

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient

from tests.web.conftest import MakeApp
from voice_stack.web.priority import Priority


@pytest.fixture
def http(make_app: MakeApp) -> TestClient:
    router = APIRouter()

    @router.post("/work")
    async def work(priority: Priority) -> dict[str, str | None]:
        return {"lane": priority}

    return TestClient(make_app(router))


@pytest.mark.parametrize(
    ("value", "lane"), [(None, None), ("interactive", "interactive"), ("batch", "batch"), (" Batch", "batch")]
)
def test_lane_is_read(http: TestClient, value: str | None, lane: str | None) -> None:
    headers = {} if value is None else {"x-priority": value}
    assert http.post("/v1/work", headers=headers).json() == {"lane": lane}


@pytest.mark.parametrize("value", ["", "high", "1", "batch, interactive"])
def test_anything_else_is_named(http: TestClient, value: str) -> None:
    answer = http.post("/v1/work", headers={"x-priority": value})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["param"] == "x-priority"
    assert "interactive, batch" in error["message"]


def test_header_is_in_the_documentation(http: TestClient) -> None:
    (header,) = http.get("/openapi.json").json()["paths"]["/v1/work"]["post"]["parameters"]
    assert (header["in"], header["name"], header["required"]) == ("header", "x-priority", False)
    assert "batch" in str(header["schema"])
