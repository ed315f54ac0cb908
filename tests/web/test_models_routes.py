"""Models over HTTP: pulled, removed, loaded and freed, by whom and when; with a hub on loopback."""

import importlib.util
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from tests.asr.engines.fake_hub import FakeHub, serve_hub, use_hub
from voice_stack.apps.asr import create_asr_app
from voice_stack.apps.tts import create_tts_app
from voice_stack.asr.settings import AsrSettings
from voice_stack.core.settings import load_settings
from voice_stack.tts.settings import TtsSettings

REPO = "acme/tiny-digits"
CUT = 100_000
WAIT_S = 30.0

Open = Callable[..., TestClient]


@pytest.fixture
def hub(tiny_ct2: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    with serve_hub(FakeHub(REPO, tiny_ct2)) as hub:
        use_hub(monkeypatch, hub.url)
        yield hub


@pytest.fixture
def open_asr(tmp_path: Path) -> Iterator[Open]:
    """`open_asr(asr_model=...)`: a client of a running service that has a folder of its own."""
    with ExitStack() as stack:

        def make(**settings: object) -> TestClient:
            own = {
                "model_dir": tmp_path / "models",
                "data_dir": tmp_path / "data",
                "asr_engine": "faster-whisper",
                "asr_model": REPO,
                "asr_device": "cpu",
                "hub_timeout_s": 5,
            }
            app = create_asr_app(load_settings(AsrSettings, _env_file=None, **{**own, **settings}))
            return stack.enter_context(TestClient(app))

        yield make


def error_of(response: httpx2.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def ended(client: TestClient, job: str) -> dict[str, Any]:
    """The job when it is over."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        body: dict[str, Any] = client.get(f"/v1/jobs/{job}").json()
        if body["status"] not in ("queued", "running"):
            return body
        time.sleep(0.05)
    raise AssertionError("the job does not end")


def arrived(client: TestClient, job: str, hub: FakeHub) -> dict[str, Any]:
    """The job when all has arrived that the hub gives before it holds."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        body: dict[str, Any] = client.get(f"/v1/jobs/{job}").json()
        if body["progress"]["processed_bytes"] >= CUT + hub.small_bytes():
            return body
        time.sleep(0.05)
    raise AssertionError("nothing arrives")


def is_installed(client: TestClient) -> bool:
    return bool(client.get(f"/v1/models/{REPO}").json()["installed"])


def pulled(client: TestClient) -> dict[str, Any]:
    accepted = client.post(f"/v1/models/{REPO}")
    assert accepted.status_code == 202, accepted.text
    job = ended(client, accepted.json()["id"])
    assert job["status"] == "completed", job
    return job


def test_a_pull_is_a_job_whose_result_is_the_model(hub: FakeHub, open_asr: Open) -> None:
    client = open_asr()
    size = sum(path.stat().st_size for path in hub.folder.iterdir())
    accepted = client.post(f"/v1/models/{REPO}")
    assert accepted.status_code == 202
    job = accepted.json()
    assert job["kind"] == "pull"
    assert accepted.headers["location"] == f"/v1/jobs/{job['id']}"
    assert int(accepted.headers["retry-after"]) >= 1
    assert set(job["progress"]) == {"processed_bytes", "total_bytes", "fraction"}
    assert ended(client, job["id"])["progress"] == {"processed_bytes": size, "total_bytes": size, "fraction": 1.0}
    result = client.get(f"/v1/jobs/{job['id']}/result")
    assert result.json() == client.get(f"/v1/models/{REPO}").json()
    assert result.json()["installed"] is True
    assert '"type":"job.completed"' in client.get(f"/v1/jobs/{job['id']}/events").text.replace(" ", "")
    again = client.post("/v1/models/whisper-1")
    assert (again.status_code, again.json()) == (200, result.json())


def test_half_a_model_is_never_listed_and_pulls_are_joined(hub: FakeHub, open_asr: Open) -> None:
    hub.broken_after, hub.held = CUT, threading.Event()
    client = open_asr()
    first = client.post(f"/v1/models/{REPO}").json()["id"]
    progress = arrived(client, first, hub)["progress"]
    assert 0 < progress["fraction"] < 1
    assert not is_installed(client)
    assert client.post(f"/v1/models/{REPO}").json()["id"] == first
    assert error_of(client.delete(f"/v1/models/{REPO}")) == (409, "model_in_use")
    hub.held.set()
    assert ended(client, first)["status"] == "completed"
    assert is_installed(client)


def test_a_cancelled_pull_stops_and_the_next_goes_on(hub: FakeHub, open_asr: Open) -> None:
    hub.broken_after, hub.held = CUT, threading.Event()
    client = open_asr()
    job = client.post(f"/v1/models/{REPO}").json()["id"]
    arrived(client, job, hub)
    assert client.delete(f"/v1/jobs/{job}").status_code == 202
    hub.held.set()
    assert ended(client, job)["status"] == "cancelled"
    assert not is_installed(client)
    hub.broken_after = None
    hub.starts.clear()
    pulled(client)
    (start,) = [start for name, start in hub.starts if name == "model.bin"]
    assert start >= CUT


def test_a_connection_that_breaks_is_taken_up_again(hub: FakeHub, open_asr: Open) -> None:
    size = (hub.folder / "model.bin").stat().st_size
    hub.step = size // 2
    client = open_asr()
    pulled(client)
    assert [start for name, start in hub.starts if name == "model.bin"][:2] == [0, size // 2]


def test_a_connection_that_brings_nothing_fails_the_pull(hub: FakeHub, open_asr: Open) -> None:
    hub.broken_after = CUT
    client = open_asr()
    job = ended(client, client.post(f"/v1/models/{REPO}").json()["id"])
    assert (job["status"], job["error"]["code"]) == ("failed", "engine_unavailable")
    assert [start for name, start in hub.starts if name == "model.bin"] == [0, CUT]
    assert not is_installed(client)


def test_a_damaged_file_fails_the_pull_and_is_not_listed(hub: FakeHub, open_asr: Open) -> None:
    hub.damaged = "model.bin"
    client = open_asr()
    job = ended(client, client.post(f"/v1/models/{REPO}").json()["id"])
    assert job["status"] == "failed"
    assert "checksum of model.bin is wrong" in job["error"]["message"]
    assert not is_installed(client)
    hub.damaged = ""
    pulled(client)
    assert is_installed(client)


def test_a_hub_that_refuses_fails_the_pull_soon(open_asr: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    use_hub(monkeypatch, f"http://127.0.0.1:{port}")
    client = open_asr()
    job = ended(client, client.post(f"/v1/models/{REPO}").json()["id"])
    assert job["status"] == "failed"
    assert "Cannot reach the model hub" in job["error"]["message"]


def test_a_pulled_model_is_loaded_although_it_could_not_be_before(hub: FakeHub, open_asr: Open) -> None:
    hub.damaged = "model.bin"
    client = open_asr(asr_fallback_engines="")
    assert error_of(client.post(f"/v1/models/{REPO}/load")) == (503, "engine_unavailable")
    hub.damaged = ""
    pulled(client)
    loaded = client.post(f"/v1/models/{REPO}/load")
    assert loaded.json() == {**client.get(f"/v1/models/{REPO}").json(), "loaded": True, "device": "cpu"}
    assert client.get("/health").json()["state"] == "ready"


def test_a_model_is_freed_and_removed_when_nobody_uses_it(hub: FakeHub, open_asr: Open, tmp_path: Path) -> None:
    client = open_asr()
    pulled(client)
    assert client.post("/v1/models/whisper-1/load").status_code == 200
    service = client.app.state.service.service  # type: ignore[attr-defined]
    with service.host.lease("whisper-1"):
        assert error_of(client.post(f"/v1/models/{REPO}/unload")) == (409, "model_in_use")
        refused = client.delete(f"/v1/models/{REPO}")
        assert error_of(refused) == (409, "model_in_use")
        assert "x-should-retry" not in refused.headers
        assert is_installed(client)
    for _ in range(2):
        freed = client.post(f"/v1/models/{REPO}/unload")
        assert (freed.status_code, freed.json()["loaded"]) == (200, False)
    assert client.get("/health").json()["state"] == "idle"
    client.post(f"/v1/models/{REPO}/load")
    removed = client.delete(f"/v1/models/{REPO}")
    assert (removed.status_code, removed.json()) == (200, {"id": REPO, "object": "model", "deleted": True})
    assert client.get("/health").json()["state"] == "idle"
    assert list((tmp_path / "models").iterdir()) == []
    assert not is_installed(client)
    assert error_of(client.delete(f"/v1/models/{REPO}")) == (404, "model_not_found")
    # The job that has pulled it before has no say in it.
    pulled(client)
    assert is_installed(client)


def test_a_part_of_a_model_can_be_removed(hub: FakeHub, open_asr: Open, tmp_path: Path) -> None:
    hub.broken_after = CUT
    client = open_asr()
    ended(client, client.post(f"/v1/models/{REPO}").json()["id"])
    assert list((tmp_path / "models").rglob("*.part"))
    assert client.delete(f"/v1/models/{REPO}").status_code == 200
    assert not list((tmp_path / "models").rglob("*"))


def test_a_folder_of_the_owner_stays(open_asr: Open, tiny_ct2: Path, tmp_path: Path) -> None:
    before = sorted(tiny_ct2.iterdir())
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "linked").symlink_to(tiny_ct2)
    client = open_asr(asr_model=str(tiny_ct2))
    for name in ("whisper-1", tiny_ct2.name, "linked"):
        refused = client.delete(f"/v1/models/{name}")
        assert refused.status_code == 409
        assert "MODEL_DIR" in refused.json()["error"]["message"]
        assert client.post(f"/v1/models/{name}").status_code == 200, "it is there: nothing to pull"
    assert sorted(tiny_ct2.iterdir()) == before


def test_a_folder_in_the_model_folder_is_removed(open_asr: Open, tiny_ct2: Path, tmp_path: Path) -> None:
    mine = tmp_path / "models" / "mine"
    mine.mkdir(parents=True)
    for file in tiny_ct2.iterdir():
        (mine / file.name).symlink_to(file)
    client = open_asr()
    assert client.delete("/v1/models/mine").status_code == 200
    assert not mine.exists()
    assert (tiny_ct2 / "model.bin").is_file()


def test_what_comes_with_its_engine_cannot_be_removed(open_asr: Open) -> None:
    client = open_asr()
    refused = client.delete("/v1/models/pocketsphinx")
    assert refused.status_code == 409
    assert "comes with its engine" in refused.json()["error"]["message"]
    assert client.post("/v1/models/pocketsphinx").status_code == 200


@pytest.mark.parametrize(
    "name", ["nothing", "%2Fetc", "..%2F..%2Fetc", ".%2Fmodels", "~", "a%00b", "x" * 5000, "%C3%A4%20", "models"]
)
@pytest.mark.parametrize(("method", "after"), [("POST", ""), ("DELETE", ""), ("POST", "/load"), ("POST", "/unload")])
def test_no_name_is_taken_for_a_path(
    open_asr: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, method: str, after: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir(exist_ok=True)
    client = open_asr()
    answer = client.request(method, f"/v1/models/{name}{after}")
    assert error_of(answer) == (404, "model_not_found")


def test_a_path_of_a_model_is_no_name_of_it(open_asr: Open, tiny_ct2: Path) -> None:
    client = open_asr(asr_model=str(tiny_ct2))
    answer = client.delete(f"/v1/models/{str(tiny_ct2).replace('/', '%2F')}")
    assert error_of(answer) == (404, "model_not_found")


def test_a_licence_comes_before_the_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if importlib.util.find_spec("TTS") is None:
        pytest.skip("needs the extra `coqui`")
    monkeypatch.delenv("COQUI_TOS_AGREED", raising=False)
    settings = {"model_dir": tmp_path / "models", "data_dir": tmp_path / "data", "tts_engine": "espeak"}
    app = create_tts_app(load_settings(TtsSettings, _env_file=None, **settings))
    with TestClient(app) as client:
        refused = client.post("/v1/models/xtts-v2")
        assert error_of(refused) == (503, "engine_unavailable")
        assert "COQUI_TOS_AGREED" in refused.json()["error"]["message"]
        assert client.get("/v1/jobs").json()["data"] == []


CHANGES = [("POST", ""), ("DELETE", ""), ("POST", "/load"), ("POST", "/unload")]


@pytest.mark.parametrize(("method", "after"), CHANGES)
def test_changes_need_the_key(open_asr: Open, method: str, after: str) -> None:
    client = open_asr(api_key="secret", asr_engine="pocketsphinx", asr_model="en-us")
    path = f"/v1/models/pocketsphinx{after}"
    assert error_of(client.request(method, path)) == (401, "invalid_api_key")
    allowed = client.request(method, path, headers={"authorization": "Bearer secret"})
    assert allowed.status_code == (409 if method == "DELETE" else 200), allowed.text


@pytest.mark.parametrize(("method", "after"), CHANGES)
def test_changes_can_be_switched_off(open_asr: Open, method: str, after: str) -> None:
    client = open_asr(models_api=False, asr_engine="pocketsphinx", asr_model="en-us")
    assert error_of(client.request(method, f"/v1/models/pocketsphinx{after}")) == (404, "not_found")
    assert client.get("/v1/models").status_code == client.get("/v1/models/pocketsphinx").status_code == 200


@pytest.mark.parametrize(("method", "after"), CHANGES)
def test_pages_of_others_change_nothing(open_asr: Open, method: str, after: str) -> None:
    client = open_asr(
        cors_origins="http://friend.example", asr_engine="pocketsphinx", asr_model="en-us", asr_fallback_engines=""
    )
    path = f"/v1/models/pocketsphinx{after}"
    good = 409 if method == "DELETE" else 200
    for origin in ("http://evil.example", "null", "http://testserver.evil.example", "http://testserver:81", ""):
        assert error_of(client.request(method, path, headers={"origin": origin})) == (403, "origin_not_allowed")
    for origin in ("http://testserver", "https://TESTSERVER", "http://friend.example"):
        assert client.request(method, path, headers={"origin": origin}).status_code == good
