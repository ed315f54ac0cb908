"""What Prometheus reads."""

import pytest
from fastapi import APIRouter, Request
from prometheus_client import Counter
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from tests.web.conftest import MakeApp


@pytest.fixture
def client(make_app: MakeApp) -> TestClient:
    router = APIRouter()

    @router.get("/models")
    async def models() -> None:
        pass

    @router.get("/models/{model:path}")
    async def model(model: str) -> None:
        pass

    @router.get("/voices/{voice}/audio")
    async def voice(voice: str) -> None:
        pass

    @router.post("/upload")
    async def upload(request: Request) -> None:
        await request.body()

    @router.get("/broken")
    async def broken() -> None:
        raise ZeroDivisionError

    nested = APIRouter(prefix="/bazarr")

    @nested.get("/{what}")
    async def bazarr(what: str) -> None:
        pass

    router.include_router(nested)
    return TestClient(make_app(router))


def _samples(client: TestClient, name: str) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        tuple(sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
        if sample.name == name
    }


def test_requests_are_counted_by_route_template(client: TestClient) -> None:
    for path in (
        "/v1/models",
        "/v1/models/org/name",
        "/v1/models/models/models",
        "/v1/voices/audio/audio",
        "/v1/bazarr/asr",
        "/health",
        "/nowhere/1",
        "/nowhere/2",
        "/v1/broken",
    ):
        client.get(path)
    client.post("/v1/models")
    client.request("BREW", "/v1/models")
    assert _samples(client, "voice_stack_http_requests_total") == {
        ("GET", "/v1/models", "200"): 1,
        ("GET", "/v1/models/{model:path}", "200"): 2,
        ("GET", "/v1/voices/{voice}/audio", "200"): 1,
        ("GET", "/v1/bazarr/{what}", "200"): 1,
        ("GET", "/health", "200"): 1,
        ("GET", "unmatched", "404"): 2,
        ("GET", "/v1/broken", "500"): 1,
        ("POST", "/v1/models", "405"): 1,
        ("other", "/v1/models", "405"): 1,
    }
    assert _samples(client, "voice_stack_http_request_duration_seconds_count")[("GET", "/v1/models")] == 1


def test_uploaded_bytes_and_requests_in_flight_are_counted(client: TestClient) -> None:
    client.post("/v1/upload", content=b"x" * 1234)
    assert _samples(client, "voice_stack_http_uploaded_bytes_total") == {(): 1234}
    assert _samples(client, "voice_stack_http_requests_in_flight") == {(): 1}


def test_applications_do_not_share_their_registry(make_app: MakeApp) -> None:
    first, second = make_app(), make_app()
    Counter("audio_seconds", "Audio.", registry=first.state.metrics.registry).inc(3)
    assert _samples(TestClient(first), "audio_seconds_total") == {(): 3}
    assert _samples(TestClient(second), "audio_seconds_total") == {}


def test_openmetrics_is_served_to_those_who_ask(client: TestClient) -> None:
    plain = client.get("/metrics")
    assert plain.headers["content-type"].startswith("text/plain; version=")
    asked = client.get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})
    assert asked.headers["content-type"].startswith("application/openmetrics-text")
    assert asked.text.endswith("# EOF\n")
