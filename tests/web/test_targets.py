"""Request targets that are no path."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Message, Scope

from voice_stack.web.targets import TargetMiddleware


async def _echo(request: Request) -> Response:
    return JSONResponse({"host": request.headers["host"], "path": request.url.path, "query": request.url.query})


APP = TargetMiddleware(Starlette(routes=[Route("/v1/models", _echo)]))


async def _ask(method: str, target: bytes, query: bytes = b"") -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body for a target as it stands on the wire."""
    scope: Scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "raw_path": target,
        "path": target.decode(),
        "query_string": query,
        "root_path": "",
        "scheme": "http",
        "server": ("127.0.0.1", 80),
        "headers": [(b"host", b"first.example"), (b"accept", b"*/*")],
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await APP(scope, receive, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent)


@pytest.mark.parametrize(
    ("target", "host"),
    [
        (b"http://second.example/v1/models", "second.example"),
        (b"HTTPS://user:word@second.example:8080/v1/models", "second.example:8080"),
        (b"http://[::1]:5001/v1/models", "[::1]:5001"),
    ],
)
async def test_a_whole_url_is_its_path_and_its_host(target: bytes, host: str) -> None:
    status, _, body = await _ask("GET", target, b"a=b")
    assert status == 200
    assert body == f'{{"host":"{host}","path":"/v1/models","query":"a=b"}}'.encode()


async def test_a_path_stays_what_it_is() -> None:
    status, _, body = await _ask("GET", b"/v1/models")
    assert (status, b"first.example" in body) == (200, True)


@pytest.mark.parametrize("target", [b"http://second.example", b"http:///v1/models", b"ftp://h/v1/models", b"*"])
async def test_what_has_no_such_path_is_not_found(target: bytes) -> None:
    assert (await _ask("GET", target))[0] == 404


@pytest.mark.parametrize("target", [b"*", b"http://second.example"])
async def test_options_of_the_whole_server_are_told(target: bytes) -> None:
    status, headers, body = await _ask("OPTIONS", target)
    assert (status, body) == (204, b"")
    assert headers["allow"] == "GET, HEAD, POST, DELETE, OPTIONS"


@pytest.mark.parametrize("target", [b"example.org:443", b"/v1/models"])
async def test_connect_is_refused_and_the_connection_closed(target: bytes) -> None:
    status, headers, body = await _ask("CONNECT", target)
    assert (status, headers["connection"]) == (405, "close")
    assert b"method_not_allowed" in body


def test_ordinary_clients_notice_nothing() -> None:
    assert TestClient(APP, base_url="http://first.example").get("/v1/models").json()["host"] == "first.example"
