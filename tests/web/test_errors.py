"""Every error is OpenAI's envelope, whoever raised it."""

import logging
from typing import Any

import pytest
from fastapi import APIRouter, Body, HTTPException, Query
from pydantic import BaseModel
from starlette.testclient import TestClient

from tests.web.conftest import MakeApp
from voice_stack.core.envelope import error_body
from voice_stack.core.errors import (
    CancelledWorkError,
    EngineError,
    EngineUnavailableError,
    InvalidAudioError,
    ModelNotFoundError,
    ServiceUnavailableError,
    UploadTooLargeError,
    VoiceStackError,
)


class Voice(BaseModel):
    id: str


class SpeechBody(BaseModel):
    input: str
    speed: float = 1.0
    voice: str | Voice = "alloy"


def _client(make_app: MakeApp, error: Exception | None = None, **parts: Any) -> TestClient:
    router = APIRouter()

    @router.get("/raise")
    async def fail() -> None:
        if error is not None:
            raise error

    @router.post("/speech")
    async def speech(body: SpeechBody) -> None:
        pass

    @router.get("/query")
    async def query(count: int = Query(ge=1)) -> None:
        pass

    @router.post("/anything")
    async def anything(body: dict[str, str] = Body()) -> None:
        pass

    return TestClient(make_app(router, **parts))


@pytest.mark.parametrize(
    ("error", "status", "kind", "param", "code", "should_retry"),
    [
        (ModelNotFoundError("m"), 404, "invalid_request_error", "model", "model_not_found", None),
        (InvalidAudioError("m"), 400, "invalid_request_error", "file", "invalid_audio", None),
        (UploadTooLargeError("m"), 413, "invalid_request_error", None, "upload_too_large", None),
        (ServiceUnavailableError("m"), 503, "server_error", None, "service_unavailable", None),
        (EngineUnavailableError("m"), 503, "server_error", None, "engine_unavailable", "false"),
        (EngineError("m"), 500, "server_error", None, "engine_error", "false"),
        (CancelledWorkError("m"), 499, "server_error", None, "cancelled", None),
    ],
)
def test_our_errors_say_what_their_class_says(
    make_app: MakeApp,
    error: VoiceStackError,
    status: int,
    kind: str,
    param: str | None,
    code: str,
    should_retry: str | None,
) -> None:
    answer = _client(make_app, error).get("/v1/raise")
    assert answer.status_code == status
    assert answer.json() == {"error": {"message": "m", "type": kind, "param": param, "code": code}}
    assert answer.headers.get("x-should-retry") == should_retry
    assert answer.headers["x-request-id"]


class ConflictError(VoiceStackError):
    status = 409


class BusyError(VoiceStackError):
    status = 429
    retryable = True

    @property
    def headers(self) -> dict[str, str]:
        return {"retry-after": "3"}


def test_a_conflict_is_not_retried_and_a_busy_server_is(make_app: MakeApp) -> None:
    assert _client(make_app, ConflictError("m")).get("/v1/raise").headers["x-should-retry"] == "false"
    busy = _client(make_app, BusyError("m")).get("/v1/raise")
    assert "x-should-retry" not in busy.headers
    assert busy.headers["retry-after"] == "3"


@pytest.mark.parametrize("error", [KeyError("secret"), RuntimeError("secret"), RecursionError(), OSError(5, "secret")])
def test_an_unforeseen_error_is_a_500_that_leaks_nothing_and_is_logged(
    make_app: MakeApp, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="voice_stack.web"):
        answer = _client(make_app, error).get("/v1/raise")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert type(error).__name__ not in answer.text
    assert answer.json()["error"]["code"] == "internal_error"
    assert answer.headers["x-should-retry"] == "false"
    assert answer.headers["x-request-id"]
    assert [record.exc_info[1] for record in caplog.records if record.exc_info] == [error]


@pytest.mark.parametrize(
    ("body", "param", "message"),
    [
        ('{"speed": 1}', "input", "input: Field required."),
        ('{"input": "a", "speed": "fast"}', "speed", "speed: Input should be a valid number"),
        ('{"input": 5, "speed": "fast"}', "input", "speed: Input should be"),
        ('{"input": "a", "voice": {"name": "x"}}', "voice", "voice.Voice.id: Field required"),
        ('{"input": ', None, "not valid JSON"),
        ("[]", None, "body: "),
        ("", None, "body: Field required."),
    ],
)
def test_validation_is_a_400_that_names_the_field(
    make_app: MakeApp, body: str, param: str | None, message: str
) -> None:
    answer = _client(make_app).post("/v1/speech", content=body, headers={"content-type": "application/json"})
    error = answer.json()["error"]
    assert answer.status_code == 400
    assert (error["type"], error["param"]) == ("invalid_request_error", param)
    assert message in error["message"]


def test_a_bad_query_parameter_is_named(make_app: MakeApp) -> None:
    assert _client(make_app).get("/v1/query?count=0").json()["error"]["param"] == "count"


def test_a_lone_surrogate_does_not_break_the_answer() -> None:
    assert error_body(InvalidAudioError("bad \ud800 name"))["error"]["message"] == "bad ? name"


def test_unknown_urls_and_methods_are_envelopes(make_app: MakeApp) -> None:
    client = _client(make_app)
    missing = client.get("/v1/nowhere?prompt=private")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")
    assert missing.json()["error"]["message"] == "Unknown URL: GET /v1/nowhere"
    wrong = client.get("/v1/speech")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (405, "method_not_allowed")
    assert wrong.headers["allow"] == "POST"


def test_http_exceptions_are_envelopes_with_their_headers(make_app: MakeApp) -> None:
    answer = _client(make_app, HTTPException(418, "Teapot.", {"x-tea": "yes"})).get("/v1/raise")
    assert (answer.status_code, answer.headers["x-tea"]) == (418, "yes")
    assert answer.json()["error"]["message"] == "Teapot."
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_an_http_exception_above_500_is_retried_only_when_it_says_when(make_app: MakeApp) -> None:
    plain = _client(make_app, HTTPException(502, "Bad.")).get("/v1/raise")
    assert (plain.json()["error"]["type"], plain.headers["x-should-retry"]) == ("server_error", "false")
    later = _client(make_app, HTTPException(503, "Later.", {"Retry-After": "1"})).get("/v1/raise")
    assert "x-should-retry" not in later.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/raise", 400),
        ("GET", "/v1/query?count=x", 400),
        ("PUT", "/v1/raise", 405),
        ("GET", "/v1/nowhere", 404),
    ],
)
def test_errors_of_a_path_say_what_its_clients_look_for(make_app: MakeApp, method: str, path: str, status: int) -> None:
    members = {path.partition("?")[0]: {"language_code": "und"}}
    http = _client(make_app, InvalidAudioError("no sound"), error_members=members)
    answer = http.request(method, path)
    assert answer.status_code == status
    assert answer.json().keys() == {"error", "language_code"}
    assert http.get("/v1/elsewhere").json().keys() == {"error"}


def test_unforeseen_errors_and_missing_keys_say_it_too(make_app: MakeApp) -> None:
    members = {"/v1/raise": {"language_code": "und"}}
    http = _client(make_app, RuntimeError("secret"), error_members=members)
    assert http.get("/v1/raise").json()["language_code"] == "und"
    locked = _client(make_app, error_members=members, api_key="k")
    assert (locked.get("/v1/raise").status_code, locked.get("/v1/raise").json()["language_code"]) == (401, "und")
