"""OpenAI's client in a browser: preflights pass, answers and errors can be read."""

import pytest
from fastapi import APIRouter
from starlette.responses import JSONResponse, Response
from starlette.testclient import TestClient

from tests.web.conftest import MakeApp

ORIGIN = "http://localhost:3000"
ASKED = "authorization,content-type,x-stainless-lang,x-stainless-retry-count,x-stainless-os,openai-organization"


def _client(make_app: MakeApp, origins: str, key: str = "") -> TestClient:
    router = APIRouter()

    @router.get("/models")
    async def models() -> Response:
        return JSONResponse({}, headers={"x-voice-stack-engine": "tiny"})

    @router.get("/broken")
    async def broken() -> None:
        raise ZeroDivisionError

    return TestClient(make_app(router, cors_origins=origins, api_key=key))


def _preflight(client: TestClient, origin: str, method: str = "POST") -> Response:
    headers = {"origin": origin, "access-control-request-method": method, "access-control-request-headers": ASKED}
    return client.options("/v1/audio/transcriptions", headers=headers)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("origins", "allowed", "credentials"), [(f"https://a.example,{ORIGIN}", ORIGIN, "true"), ("*", "*", None)]
)
def test_a_preflight_passes_without_the_key(
    make_app: MakeApp, origins: str, allowed: str, credentials: str | None
) -> None:
    answer = _preflight(_client(make_app, origins, key="k"), ORIGIN)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == allowed
    assert answer.headers.get("access-control-allow-credentials") == credentials
    assert answer.headers["access-control-allow-headers"] == ASKED
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert answer.headers["x-request-id"]


def test_a_foreign_origin_is_refused_with_an_envelope(make_app: MakeApp) -> None:
    answer = _preflight(_client(make_app, ORIGIN), "https://evil.example")
    assert answer.status_code == 400
    assert "access-control-allow-origin" not in answer.headers
    assert b'"type":"invalid_request_error"' in answer.content  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("path", "key", "status"),
    [("/v1/models", "", 200), ("/v1/models", "k", 401), ("/v1/nowhere", "", 404), ("/v1/broken", "", 500)],
)
def test_answers_and_errors_can_be_read_by_the_browser(make_app: MakeApp, path: str, key: str, status: int) -> None:
    answer = _client(make_app, ORIGIN, key).get(path, headers={"origin": ORIGIN})
    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert "Origin" in answer.headers["vary"]
    exposed = answer.headers["access-control-expose-headers"].split(", ")
    assert "x-request-id" in exposed
    assert ("x-voice-stack-engine" in exposed) is (status == 200)


def test_a_foreign_origin_gets_no_permission_to_read(make_app: MakeApp) -> None:
    answer = _client(make_app, ORIGIN).get("/v1/models", headers={"origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers


def test_without_origins_there_is_no_cross_origin_access(make_app: MakeApp) -> None:
    client = _client(make_app, "")
    assert "access-control-allow-origin" not in client.get("/v1/models", headers={"origin": ORIGIN}).headers
    assert _preflight(client, ORIGIN).status_code in (404, 405)
