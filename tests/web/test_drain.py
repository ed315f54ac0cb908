"""Answers that are ready before the upload has arrived, over real sockets and with real clients."""

import json
import re
import socket
from collections.abc import Iterator

import httpx
import openai
import pytest
from fastapi import APIRouter, Request

from tests.served_app import served_app
from tests.web.conftest import MakeApp
from voice_stack.web.uploads import read_form

MIB = 1024 * 1024
FILM = bytes(60 * MIB)


@pytest.fixture
def url(make_app: MakeApp) -> Iterator[str]:
    """A server whose uploads are limited to 25 MiB; `/v1/deaf` answers without reading, `/v1/broken` breaks."""
    router = APIRouter()

    @router.post("/audio/transcriptions")
    @router.post("/open/audio/transcriptions")
    async def transcribe(request: Request) -> dict[str, int]:
        async with await read_form(request, max_bytes=25 * MIB) as form:
            return {"text": form.files["file"].size}

    @router.post("/deaf")
    async def deaf() -> dict[str, str]:
        return {"answer": "early"}

    @router.post("/broken")
    async def broken() -> None:
        raise ZeroDivisionError

    app = make_app(router, api_key="secret", public_prefixes=("/v1/open", "/v1/deaf", "/v1/broken"))
    with served_app(app) as address:
        yield address


def _sdk(url: str, key: str = "secret") -> openai.OpenAI:
    return openai.OpenAI(base_url=url, api_key=key, max_retries=0)


@pytest.mark.parametrize("key", ["secret", "wrong"])
def test_the_sdk_gets_the_answer_and_no_connection_error(url: str, key: str) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        _sdk(f"{url}/v1", key).audio.transcriptions.create(model="whisper-1", file=("film.pcm", FILM))
    assert caught.value.status_code == (413 if key == "secret" else 401)
    assert caught.value.code == ("upload_too_large" if key == "secret" else "invalid_api_key")
    assert caught.value.request_id


def test_an_unknown_route_answers_a_large_upload_with_404(url: str) -> None:
    with pytest.raises(openai.NotFoundError):
        _sdk(f"{url}/v1/nowhere").audio.transcriptions.create(model="whisper-1", file=("film.pcm", FILM))


@pytest.mark.parametrize(("path", "status"), [("/v1/deaf", 200), ("/v1/broken", 500), ("/v1/nowhere", 401)])
def test_a_chunked_upload_that_nobody_reads_gets_its_answer(url: str, path: str, status: int) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(60):
            yield bytes(MIB)

    answer = httpx.post(url + path, content=chunks())
    assert answer.status_code == status
    assert answer.headers["connection"] == "close"
    assert answer.headers["x-request-id"]


def test_a_chunked_upload_is_read_without_a_length(url: str) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + bytes(3 * MIB) + b"\r\n--b--\r\n"
    )

    def chunks() -> Iterator[bytes]:
        for start in range(0, len(body), 10_000):
            yield body[start : start + 10_000]

    with httpx.Client() as client:
        for _ in range(2):  # the connection stays usable
            answer = client.post(
                f"{url}/v1/open/audio/transcriptions",
                content=chunks(),
                headers={"content-type": "multipart/form-data; boundary=b"},
            )
            assert answer.json() == {"text": 3 * MIB}
            assert "connection" not in answer.headers


def _exchange(url: str, head: str, body: bytes = b"") -> bytes:
    """Send a raw request, then read until the server closes."""
    host, port = url.removeprefix("http://").split(":")
    received = b""
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n")
        connection.sendall(body)
        while data := connection.recv(65536):
            received += data
    return received


def test_the_rest_of_the_body_is_taken_before_the_close(url: str) -> None:
    body = bytes(8 * MIB)
    answer = _exchange(url, f"POST /v1/x HTTP/1.1\nHost: x\nContent-Length: {len(body)}", body)
    head, _, text = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 401 ")
    assert b"connection: close" in head
    assert json.loads(text)["error"]["code"] == "invalid_api_key"


def test_expect_100_continue_is_answered_without_inviting_the_body(url: str) -> None:
    head = "POST /v1/audio/transcriptions HTTP/1.1\nHost: x\nContent-Length: 99999999\nExpect: 100-continue"
    answer = _exchange(url, head)
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"connection: close" in answer


def test_expect_100_continue_is_refused_by_length_alone(url: str) -> None:
    answer = _exchange(
        url,
        "POST /v1/audio/transcriptions HTTP/1.1\nHost: x\nContent-Length: 99999999\nExpect: 100-continue\n"
        "Authorization: Bearer secret\nContent-Type: multipart/form-data; boundary=b",
    )
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_expect_100_continue_invites_a_body_that_is_wanted(url: str) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc\r\n--b--\r\n'
    answer = _exchange(
        url,
        f"POST /v1/open/audio/transcriptions HTTP/1.1\nHost: x\nContent-Length: {len(body)}\nExpect: 100-continue\n"
        "Connection: close\nContent-Type: multipart/form-data; boundary=b",
        body,
    )
    assert re.match(rb"HTTP/1.1 100 .*\r\n\r\nHTTP/1.1 200 ", answer, re.DOTALL)


def test_a_request_without_a_body_keeps_its_connection(url: str) -> None:
    with httpx.Client() as client:
        for path in ("/v1/deaf", "/v1/open/nowhere"):
            answer = client.post(url + path)
            assert "connection" not in answer.headers
