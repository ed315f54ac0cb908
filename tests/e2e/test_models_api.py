"""Models of a real server process, whose hub is on loopback: pulled across a kill, listed, loaded, removed."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from tests.asr.engines.fake_hub import FakeHub, serve_hub
from tests.e2e.conftest import Spoken, client
from tests.live_server import Server, serve_asr

REPO = "acme/tiny-digits"
CUT = 200_000
WAIT_S = 60.0


@pytest.fixture
def hub(tiny_ct2: Path) -> Iterator[FakeHub]:
    with serve_hub(FakeHub(REPO, tiny_ct2)) as hub:
        yield hub


@pytest.fixture
def settings(hub: FakeHub, tmp_path: Path) -> dict[str, str]:
    """Of a server whose folders outlive it."""
    return {
        "ASR_MODEL": REPO,
        "ASR_FALLBACK_ENGINES": "",
        "ASR_DEVICE": "cpu",
        "ASR_TEMPERATURE": "0",
        "HF_ENDPOINT": hub.url,
        "MODEL_DIR": str(tmp_path / "models"),
        "DATA_DIR": str(tmp_path / "data"),
    }


def get(server: Server, path: str) -> dict[str, Any]:
    answer = httpx.get(f"{server.v1}/{path}", timeout=30)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def is_installed(server: Server) -> bool:
    return bool(get(server, f"models/{REPO}")["installed"])


def events(server: Server, job: str) -> Iterator[dict[str, Any]]:
    """The job's events as they come."""
    with httpx.stream("GET", f"{server.v1}/jobs/{job}/events", timeout=WAIT_S) as stream:
        for line in stream.iter_lines():
            if line.startswith("data: {"):
                yield json.loads(line.removeprefix("data: "))


def last_event(server: Server, job: str) -> dict[str, Any]:
    *_, last = events(server, job)
    return last


def test_a_pull_outlives_the_death_of_its_server(
    hub: FakeHub, settings: dict[str, str], digits: Spoken, tmp_path: Path
) -> None:
    content = (hub.folder / "model.bin").read_bytes()
    hub.broken_after, hub.held = CUT, threading.Event()
    with serve_asr(settings) as server:
        accepted = httpx.post(f"{server.v1}/models/{REPO}")
        assert accepted.status_code == 202
        job = accepted.json()["id"]
        for event in events(server, job):
            progress = event["job"]["progress"]
            if progress["processed_bytes"] >= CUT + hub.small_bytes():
                break
        assert event["type"] == "job.progress"
        assert 0 < progress["fraction"] < 1
        assert not is_installed(server)
        server.process.kill()
    hub.held.set()
    hub.broken_after = None
    hub.starts.clear()
    with serve_asr(settings) as server:
        end = last_event(server, job)
        assert end["type"] == "job.completed", end
        assert end["job"]["progress"]["fraction"] == 1.0
        assert get(server, f"jobs/{job}/result") == get(server, f"models/{REPO}")
        assert is_installed(server)
        ((_, start),) = hub.starts
        assert start >= CUT, "what had arrived before the kill is not fetched again"
        (model,) = (tmp_path / "models").glob("*/snapshots/*/model.bin")
        assert model.read_bytes() == content
        with digits.path.open("rb") as file:
            assert client(server).audio.transcriptions.create(model=REPO, file=file).text == digits.text


def test_the_official_client_lists_and_removes(hub: FakeHub, settings: dict[str, str], tmp_path: Path) -> None:
    with serve_asr(settings) as server:
        sdk = client(server)
        pulled = httpx.post(f"{server.v1}/models/{REPO}", headers={"prefer": "respond-async, wait=60"}, timeout=90)
        assert (pulled.status_code, pulled.json()["installed"]) == (200, True)
        assert httpx.post(f"{server.v1}/models/whisper-1").status_code == 200
        assert REPO in {model.id for model in sdk.models.list()}
        assert sdk.models.retrieve(REPO).id == REPO
        loaded = httpx.post(f"{server.v1}/models/{REPO}/load", timeout=60)
        assert (loaded.status_code, loaded.json()["loaded"], loaded.json()["device"]) == (200, True, "cpu")
        assert httpx.get(f"{server.url}/health").json()["state"] == "ready"
        freed = httpx.post(f"{server.v1}/models/{REPO}/unload")
        assert (freed.status_code, freed.json()["loaded"]) == (200, False)
        assert httpx.get(f"{server.url}/health").json()["state"] == "idle"
        gone = sdk.models.delete(REPO)
        assert (gone.id, gone.object, gone.deleted) == (REPO, "model", True)
        assert not is_installed(server)
        assert list((tmp_path / "models").iterdir()) == []
        with pytest.raises(openai.NotFoundError):
            sdk.models.delete(REPO)
        # A damaged file is refused, and half a model never shown; then all is as it was.
        hub.damaged = "model.bin"
        refused = last_event(server, httpx.post(f"{server.v1}/models/{REPO}").json()["id"])
        assert refused["type"] == "job.failed"
        assert "checksum" in refused["job"]["error"]["message"]
        assert not is_installed(server)
        hub.damaged = ""
        assert last_event(server, httpx.post(f"{server.v1}/models/{REPO}").json()["id"])["type"] == "job.completed"
        assert is_installed(server)


def test_the_model_is_not_seen_before_it_is_whole(hub: FakeHub, settings: dict[str, str]) -> None:
    hub.step = hub.files()[hub.broken].stat().st_size // 4
    stop, states = threading.Event(), list[bool]()
    with serve_asr(settings) as server:

        def look() -> None:
            while not stop.is_set():
                with contextlib.suppress(httpx.HTTPError):
                    states.append(is_installed(server))
                stop.wait(0.02)

        watcher = threading.Thread(target=look)
        watcher.start()
        try:
            end = last_event(server, httpx.post(f"{server.v1}/models/{REPO}").json()["id"])
        finally:
            time.sleep(0.3)
            stop.set()
            watcher.join()
        assert end["type"] == "job.completed"
        assert states == sorted(states), "once it is listed, it is there"
        assert states[0] is False
        assert states[-1] is True


def test_a_server_that_keeps_its_models_to_itself(settings: dict[str, str]) -> None:
    with serve_asr({**settings, "MODELS_API": "false", "API_KEY": "secret"}) as server:
        key = {"authorization": "Bearer secret"}
        assert httpx.post(f"{server.v1}/models/{REPO}").status_code == 401
        assert httpx.delete(f"{server.v1}/models/{REPO}").status_code == 401
        assert httpx.get(f"{server.v1}/models", headers=key).status_code == 200
        for method, path in (("POST", ""), ("DELETE", ""), ("POST", "/load"), ("POST", "/unload")):
            assert httpx.request(method, f"{server.v1}/models/{REPO}{path}", headers=key).status_code == 404
