"""Models are found, downloaded, resumed, and missed quickly: against a hub on loopback that speaks its protocol."""

import hashlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.asr.engines.conftest import build_engine
from tests.asr.engines.fake_hub import FakeHub, serve_hub, use_hub
from voice_stack.asr.engines.faster_whisper.files import ensure_model, on_disk
from voice_stack.asr.engines.openai_whisper.files import ensure_model as ensure_checkpoint
from voice_stack.core.errors import EngineUnavailableError
from voice_stack.hub.progress import Progress, logged_progress
from voice_stack.serving.engine import EngineConfig, EngineOptions

REPO = "acme/tiny-digits"


@pytest.fixture
def hub(tiny_ct2: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    with serve_hub(FakeHub(REPO, tiny_ct2)) as hub:
        use_hub(monkeypatch, hub.url)
        yield hub


@pytest.fixture
def silent_server() -> Iterator[str]:
    """A server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def wanted(source: str, model_dir: Path, timeout_s: float) -> EngineConfig[EngineOptions]:
    return EngineConfig(EngineOptions(), model=source, model_dir=model_dir, hub_timeout_s=timeout_s)


def ensure(source: str, model_dir: Path, timeout_s: float = 5.0, progress: Progress | None = None) -> Path:
    return ensure_model(wanted(source, model_dir, timeout_s), progress)


def ensure_pt(source: str, model_dir: Path, timeout_s: float = 5.0, progress: Progress | None = None) -> Path:
    return ensure_checkpoint(wanted(source, model_dir, timeout_s), progress)


def test_model_is_downloaded_with_progress_and_loads(hub: FakeHub, tmp_path: Path) -> None:
    calls: list[tuple[str, int, int | None]] = []
    path = ensure(REPO, tmp_path, 5.0, lambda *call: calls.append(call))
    size = sum(file.stat().st_size for file in hub.folder.iterdir())
    assert tmp_path in path.parents
    assert {name for name, _, _ in calls} == {REPO}
    assert calls[-1][1:] == (size, size)
    engine = build_engine("faster-whisper", model=REPO, device="cpu", model_dir=tmp_path)
    assert engine.model == REPO
    engine.close()


def test_cached_model_needs_no_network(hub: FakeHub, tmp_path: Path) -> None:
    first = ensure(REPO, tmp_path)
    hub.requests.clear()
    assert ensure(REPO, tmp_path) == first
    assert hub.requests == []


def test_broken_download_fails_clean_and_is_completed_later(hub: FakeHub, tmp_path: Path) -> None:
    hub.broken_after = 100_000
    with pytest.raises(EngineUnavailableError, match="could not be downloaded"):
        ensure(REPO, tmp_path)
    hub.broken_after = None
    hub.requests.clear()
    path = ensure(REPO, tmp_path)
    assert (path / "model.bin").read_bytes() == (hub.folder / "model.bin").read_bytes()
    # What had arrived is not fetched again.
    fetched = {
        request.rsplit("/", 1)[1] for request in hub.requests if request.startswith("GET") and "resolve" in request
    }
    assert fetched == {"model.bin"}


@pytest.mark.parametrize("name", ["model.bin", "config.json"])
def test_damaged_download_is_refused_and_not_kept(hub: FakeHub, tmp_path: Path, name: str) -> None:
    hub.damaged = name
    for _ in range(2):
        with pytest.raises(EngineUnavailableError, match=rf"damaged: the checksum of {name} is wrong"):
            ensure(REPO, tmp_path)
        assert on_disk(wanted(REPO, tmp_path, 1.0)) is None
    hub.damaged = ""
    assert (ensure(REPO, tmp_path) / name).read_bytes() == (hub.folder / name).read_bytes()


def test_unknown_repository_is_named(hub: FakeHub, tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailableError, match="has no public model acme/other"):
        ensure("acme/other", tmp_path)


def test_refused_connection_fails_with_a_hint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    use_hub(monkeypatch, f"http://127.0.0.1:{port}")
    with pytest.raises(EngineUnavailableError, match=r"Cannot reach the model hub for small: .*MODEL_DIR.*ASR_MODEL"):
        ensure("small", tmp_path)


def test_silent_server_counts_as_unreachable(
    silent_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_hub(monkeypatch, silent_server)
    started = time.monotonic()
    with pytest.raises(EngineUnavailableError, match="Cannot reach the model hub"):
        ensure("small", tmp_path, timeout_s=0.5)
    # The hub's own client would retry for minutes.
    assert time.monotonic() - started < 30


def test_offline_mode_is_respected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(EngineUnavailableError, match="HF_HUB_OFFLINE"):
        ensure("small", tmp_path)


def test_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailableError, match="large-v3-turbo"):
        ensure("smal", tmp_path)
    with pytest.raises(EngineUnavailableError, match="large-v3-turbo"):
        ensure_pt("smal", tmp_path, 1.0)


def test_a_lone_model_file_is_refused_with_what_it_lacks(tiny_ct2: Path, tmp_path: Path) -> None:
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "model.bin").symlink_to(tiny_ct2 / "model.bin")
    with pytest.raises(EngineUnavailableError, match=r"lacks config\.json, tokenizer\.json, vocabulary\.\*"):
        ensure(str(tmp_path / "half"), tmp_path)


def test_local_folder_is_used_as_it_is(tiny_ct2: Path, tmp_path: Path) -> None:
    assert ensure(str(tiny_ct2), tmp_path) == tiny_ct2.resolve()


@pytest.mark.parametrize("get", [ensure, ensure_pt])
def test_error_of_a_missing_local_model_hides_the_path(tmp_path: Path, get: Callable[..., Path]) -> None:
    with pytest.raises(EngineUnavailableError) as raised:
        get(str(tmp_path / "nothing"), tmp_path, 1.0)
    assert "'nothing'" in raised.value.message
    assert str(tmp_path) not in raised.value.message


def test_two_downloads_at_once_end_with_one_model(hub: FakeHub, tmp_path: Path) -> None:
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(ensure(REPO, tmp_path))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert len(set(found)) == 1
    assert (found[0] / "model.bin").read_bytes() == (hub.folder / "model.bin").read_bytes()


def test_progress_lines_come_every_tenth_or_five_seconds(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="voice_stack.hub")
    now = 0.0
    report = logged_progress(clock=lambda: now)
    for done in range(101):
        report("small", done * 1_000_000, 100_000_000)
    assert len(caplog.messages) == 10
    assert caplog.messages[-1] == "downloading small: 100 of 100 MB (100 %)"
    caplog.clear()
    report = logged_progress(clock=lambda: now)
    for done in range(1, 12):
        now += 1.0
        report("small", done * 1_000_000, 100_000_000_000)
    assert caplog.messages == ["downloading small: 5 of 100000 MB (0 %)", "downloading small: 10 of 100000 MB (0 %)"]


@pytest.fixture
def whisper_server(tiny_pt: Path) -> Iterator[FakeHub]:
    """A server that holds a checkpoint for openai-whisper."""
    with serve_hub(FakeHub("openai/whisper", tiny_pt.parent)) as server:
        yield server


def publish(patch: pytest.MonkeyPatch, server: FakeHub, file: Path, sha256: str) -> None:
    """Make openai-whisper's `tiny` a file of the server; whisper takes the checksum from the address."""
    whisper = pytest.importorskip("whisper")
    patch.setitem(whisper._MODELS, "tiny", f"{server.url}/{server.repo}/resolve/{sha256}/{file.name}")


def test_whisper_checkpoint_is_downloaded_once(
    whisper_server: FakeHub, tiny_pt: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = tiny_pt.read_bytes()
    publish(monkeypatch, whisper_server, tiny_pt, hashlib.sha256(content).hexdigest())
    calls: list[tuple[str, int, int | None]] = []
    path = ensure_pt("tiny", tmp_path, 5.0, lambda *call: calls.append(call))
    assert path.read_bytes() == content
    assert calls[-1] == ("tiny", len(content), len(content))
    whisper_server.requests.clear()
    assert ensure_pt("tiny", tmp_path, 5.0) == path
    assert whisper_server.requests == []


def test_whisper_checkpoint_goes_on_where_its_download_was_cut(
    whisper_server: FakeHub, tiny_pt: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = tiny_pt.read_bytes()
    publish(monkeypatch, whisper_server, tiny_pt, hashlib.sha256(content).hexdigest())
    whisper_server.broken_after, whisper_server.broken = 100_000, tiny_pt.name
    with pytest.raises(EngineUnavailableError, match="could not be downloaded"):
        ensure_pt("tiny", tmp_path, 5.0)
    assert not (tmp_path / "whisper" / "tiny.pt").exists(), "half a model has no name"
    whisper_server.broken_after = None
    calls: list[tuple[str, int, int | None]] = []
    path = ensure_pt("tiny", tmp_path, 5.0, lambda *call: calls.append(call))
    assert path.read_bytes() == content
    assert calls[0][1] > 100_000, "what had arrived is not fetched again"
    assert [file.name for file in path.parent.iterdir()] == ["tiny.pt"]


def test_whisper_checkpoint_with_a_wrong_checksum_is_not_kept(
    whisper_server: FakeHub, tiny_pt: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(monkeypatch, whisper_server, tiny_pt, "0" * 64)
    with pytest.raises(EngineUnavailableError, match="checksum is wrong"):
        ensure_pt("tiny", tmp_path, 5.0)
    assert list((tmp_path / "whisper").iterdir()) == []
