"""The API key: who has to show it, and what is said to those who do not."""

import pytest
from fastapi import APIRouter, WebSocket
from starlette.testclient import TestClient, WebSocketDenialResponse

from tests.web.conftest import MakeApp
from voice_stack.core.errors import SettingsError
from voice_stack.core.settings import load_settings
from voice_stack.web.client_secrets import ClientSecrets
from voice_stack.web.settings import ServiceSettings

KEY = "sk-Schlüssel"


@pytest.fixture
def router() -> APIRouter:
    router = APIRouter()

    @router.get("/models")
    @router.get("/bazarr/asr")
    @router.get("/bazarrs")
    async def models() -> dict[str, str]:
        return {"object": "list"}

    @router.websocket("/realtime")
    async def realtime(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_json({"type": "session.created"})

    return router


def _client(make_app: MakeApp, router: APIRouter, key: str = KEY) -> TestClient:
    return TestClient(make_app(router, api_key=key, public_prefixes=("/v1/bazarr",)))


@pytest.mark.parametrize("header", [f"Bearer {KEY}", f"bearer {KEY}", f"BEARER  {KEY} "])
def test_the_key_opens(make_app: MakeApp, router: APIRouter, header: str) -> None:
    answer = _client(make_app, router).get("/v1/models", headers={b"authorization": header.encode()})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "key", ["sk-Schlüssel", "voilà", "Ã\N{LATIN SMALL LETTER A WITH DIAERESIS}", "ключ", "two words"]
)
def test_a_key_beyond_ascii_opens_however_a_client_writes_it(make_app: MakeApp, router: APIRouter, key: str) -> None:
    client = _client(make_app, router, key)
    for encoding in ("utf-8", "latin-1") if key != "ключ" else ("utf-8",):
        header = f" Bearer {key}\t".encode(encoding)
        assert client.get("/v1/models", headers={b"authorization": header}).status_code == 200, encoding


@pytest.mark.parametrize(
    "key",
    ["a\nb", "a\r\nX-Evil: 1", "a\0b", "a\tb", "a\x7fb", "a\x9fb", "a\u2028b", "a\udcffb", "a\u200bb", "k" * 5000],
)
def test_a_key_that_no_header_carries_stops_the_start(key: str) -> None:
    with pytest.raises(SettingsError, match="API_KEY") as caught:
        load_settings(ServiceSettings, _env_file=None, api_key=key)
    assert key not in str(caught.value)


@pytest.mark.parametrize("key", ["key", " key", "key\n", "\tkey \r\n"])
def test_blanks_around_a_key_do_not_count(key: str) -> None:
    assert load_settings(ServiceSettings, _env_file=None, api_key=key).web.api_key == "key"


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (None, "No API key"),
        ("", "No API key"),
        ("Bearer", "not of the form"),
        ("Bearer ", "not of the form"),
        ("Basic dXNlcjpzay0x", "not of the form"),
        (KEY, "not of the form"),
        ("Bearer wrong", "is wrong"),
        (f"Bearer {KEY}x", "is wrong"),
        (f"Bearer {KEY[:-1]}", "is wrong"),
    ],
)
def test_anything_else_is_401(make_app: MakeApp, router: APIRouter, header: str | None, message: str) -> None:
    headers = {} if header is None else {b"authorization": header.encode()}
    answer = _client(make_app, router).get("/v1/models", headers=headers)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["type"]) == (401, "invalid_api_key", "invalid_request_error")
    assert message in error["message"]
    assert KEY not in error["message"]
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("header", [None, "Bearer anything", "Basic x"])
def test_without_a_key_everybody_may_come(make_app: MakeApp, router: APIRouter, header: str | None) -> None:
    headers = {"authorization": header} if header else {}
    assert _client(make_app, router, "").get("/v1/models", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "path", ["/health", "/healthz", "/healthcheck", "/status", "/metrics", "/docs", "/openapi.json", "/v1/bazarr/asr"]
)
def test_open_paths_need_no_key(make_app: MakeApp, router: APIRouter, path: str) -> None:
    assert _client(make_app, router).get(path).status_code == 200


@pytest.mark.parametrize("path", ["/v1/bazarrs", "/v1/bazarr/../models", "/healthy", "/", "/v1/nowhere"])
def test_an_open_path_opens_nothing_beside_it(make_app: MakeApp, router: APIRouter, path: str) -> None:
    assert _client(make_app, router).get(path).status_code == 401


def test_a_websocket_needs_the_key_too(make_app: MakeApp, router: APIRouter) -> None:
    client = _client(make_app, router)
    with pytest.raises(WebSocketDenialResponse) as caught, client.websocket_connect("/v1/realtime"):
        pass
    assert caught.value.status_code == 401
    assert caught.value.json()["error"]["code"] == "invalid_api_key"
    assert caught.value.headers["x-request-id"]
    headers = {"authorization": f"Bearer {KEY}".encode()}
    with client.websocket_connect("/v1/realtime", headers=headers) as socket:
        assert socket.receive_json() == {"type": "session.created"}


def test_a_page_sends_its_key_as_a_subprotocol(make_app: MakeApp, router: APIRouter) -> None:
    client = TestClient(make_app(router, api_key="sk-plain"))
    offered = ["realtime", "openai-insecure-api-key.sk-plain"]
    with client.websocket_connect("/v1/realtime", subprotocols=offered) as socket:
        assert socket.receive_json() == {"type": "session.created"}
    with pytest.raises(WebSocketDenialResponse):
        client.websocket_connect("/v1/realtime", subprotocols=["realtime", "openai-insecure-api-key.no"]).__enter__()


def test_an_ephemeral_key_opens_sockets_and_nothing_else(make_app: MakeApp, router: APIRouter) -> None:
    app = make_app(router, api_key=KEY)
    app.state.client_secrets = ClientSecrets()
    value = app.state.client_secrets.make({}).value
    client = TestClient(app)
    with client.websocket_connect("/v1/realtime", headers={"authorization": f"Bearer {value}"}) as socket:
        assert socket.receive_json() == {"type": "session.created"}
    assert client.get("/v1/models", headers={"authorization": f"Bearer {value}"}).status_code == 401
