"""JSON bodies are read within bounds, and what is wrong with one is said by the field's name."""

import asyncio
import socket

import httpx
import pytest
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from tests.served_app import served_app
from tests.web.conftest import MakeApp
from voice_stack.web.json_body import read_json
from voice_stack.web.upload_pace import UploadPace


class Body(BaseModel):
    number: float = Field(ge=0, le=4)
    text: str = "nothing"


def _router() -> APIRouter:
    router = APIRouter()

    @router.post("/json")
    async def take(request: Request) -> dict[str, object]:
        body = await read_json(request, Body, max_bytes=1000)
        return body.model_dump()

    return router


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded"])
def test_body_is_read_whatever_type_it_is_sent_with(make_app: MakeApp, content_type: str) -> None:
    with served_app(make_app(_router())) as url:
        answer = httpx.post(
            f"{url}/v1/json", content=b'{"number": 2, "more": 1}', headers={"content-type": content_type}
        )
    assert answer.json() == {"number": 2, "text": "nothing"}


@pytest.mark.parametrize(
    ("body", "param", "said"),
    [
        (b"{nope", None, "not valid JSON"),
        (b"", None, "not valid JSON"),
        (b"\xff\xfe\x00", None, "not valid JSON"),
        (b"[" * 900, None, "not valid JSON"),
        (b"[1]", None, "must be a JSON object"),
        (b'"text"', None, "must be a JSON object"),
        (b"{}", "number", "number"),
        (b'{"number": 5}', "number", "less than or equal to 4"),
        (b'{"number": NaN}', "number", "number"),
        (b'{"number": 1e999}', "number", "number"),
        (b'{"number": "one"}', "number", "number"),
        (b'{"number": 1, "text": 7}', "text", "text"),
    ],
)
def test_fault_is_a_400_that_names_it(make_app: MakeApp, body: bytes, param: str | None, said: str) -> None:
    with served_app(make_app(_router())) as url:
        answer = httpx.post(f"{url}/v1/json", content=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["type"], error["param"]) == (400, "invalid_request_error", param)
    assert said in error["message"]


def test_body_over_the_limit_is_a_413(make_app: MakeApp) -> None:
    with served_app(make_app(_router())) as url:
        answer = httpx.post(f"{url}/v1/json", content=b'{"text": "' + b"x" * 10_000_000)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "upload_too_large")


async def test_client_that_stops_sending_gets_a_408(make_app: MakeApp) -> None:
    app = make_app(_router())
    app.state.upload_pace = UploadPace(idle_s=0.2)
    with served_app(app) as url:
        port = int(url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"POST /v1/json HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{")
            client.settimeout(20)
            answer = await asyncio.to_thread(client.recv, 4096)
    assert answer.startswith(b"HTTP/1.1 408")
