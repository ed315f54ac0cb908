"""Files are gone on with, checked, and fetched by one at a time."""

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.asr.engines.fake_hub import FakeHub, serve_hub, use_hub
from voice_stack.core.errors import CancelledWorkError, DownloadInterruptedError, EngineUnavailableError
from voice_stack.hub.download import digest_of, fetch_file, part_of
from voice_stack.hub.snapshots import fetch_snapshot

REPO = "acme/noise"
CONTENT = bytes(range(256)) * 8_000
CUT = 700_000


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    folder = tmp_path / "published"
    (folder / "parts").mkdir(parents=True)
    (folder / "model.bin").write_bytes(CONTENT)
    (folder / "parts" / "config.json").write_text("{}", encoding="utf-8")
    with serve_hub(FakeHub(REPO, folder)) as hub:
        use_hub(monkeypatch, hub.url)
        yield hub


def fetch(hub: FakeHub, target: Path, progress: object = None, digest: str = "") -> None:
    url = f"{hub.url}/{REPO}/resolve/main/model.bin"
    told = progress if callable(progress) else lambda done, total: None
    fetch_file(url, target, digest or hashlib.sha256(CONTENT).hexdigest(), 5.0, "", told)


def snapshot(hub: FakeHub, folder: Path, progress: object = None) -> Path:
    def is_complete(path: Path) -> bool:
        return (path / "model.bin").is_file() and (path / "parts" / "config.json").is_file()

    told = progress if callable(progress) else lambda name, done, total: None
    return fetch_snapshot(
        REPO, folder, ("*",), name="noise", is_complete=is_complete, timeout_s=5.0, hint="", progress=told
    )


def test_a_file_goes_on_where_it_was_cut(hub: FakeHub, tmp_path: Path) -> None:
    hub.broken_after = CUT
    with pytest.raises(DownloadInterruptedError):
        fetch(hub, tmp_path / "a.bin")
    assert not (tmp_path / "a.bin").exists()
    hub.broken_after = None
    fetch(hub, tmp_path / "a.bin")
    assert hub.starts == [("model.bin", 0), ("model.bin", CUT)]
    assert (tmp_path / "a.bin").read_bytes() == CONTENT
    assert not part_of(tmp_path / "a.bin").exists()


def test_who_waits_for_a_download_that_fails_goes_on_with_it(hub: FakeHub, tmp_path: Path) -> None:
    """What the first has written while the second waited is neither fetched again nor written twice."""
    held = threading.Event()
    hub.broken_after, hub.held = CUT, held
    target = tmp_path / "a.bin"
    under_way, waiting = threading.Event(), threading.Event()

    def give_up(done: int, total: int | None) -> None:
        if done >= CUT:  # all that the hub gives before it holds
            under_way.set()
        if held.is_set():
            raise CancelledWorkError("given up")

    def first() -> None:
        with pytest.raises(CancelledWorkError):
            fetch(hub, target, give_up)

    def second() -> None:
        fetch(hub, target, lambda done, total: waiting.set())

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert under_way.wait(10)
    threads[1].start()
    assert waiting.wait(10), "who waits sees how far the other is"
    hub.broken_after = None
    held.set()
    for thread in threads:
        thread.join(20)
    assert target.read_bytes() == CONTENT
    assert [name for name, _ in hub.starts] == ["model.bin"] * 2
    assert hub.starts[1][1] >= CUT


def test_several_at_once_fetch_a_file_once(hub: FakeHub, tmp_path: Path) -> None:
    errors: list[Exception] = []

    def one() -> None:
        try:
            fetch(hub, tmp_path / "a.bin")
        except Exception as error:  # noqa: BLE001 (looked at below)
            errors.append(error)

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not errors
    assert hub.starts == [("model.bin", 0)]
    assert (tmp_path / "a.bin").read_bytes() == CONTENT
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.bin", "published"]


def test_a_damaged_file_is_not_kept(hub: FakeHub, tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailableError, match="checksum is wrong") as raised:
        fetch(hub, tmp_path / "a.bin", digest="0" * 64)
    assert not isinstance(raised.value, DownloadInterruptedError), "trying again at once would not help"
    assert [path.name for path in tmp_path.iterdir()] == ["published"]


def test_a_part_of_something_else_is_noticed(hub: FakeHub, tmp_path: Path) -> None:
    part_of(tmp_path / "a.bin").write_bytes(b"x" * 1000)
    with pytest.raises(EngineUnavailableError, match="checksum is wrong"):
        fetch(hub, tmp_path / "a.bin")
    fetch(hub, tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


def test_a_file_that_is_not_there_is_not_tried_again(hub: FakeHub, tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailableError) as raised:
        fetch_file(f"{hub.url}/nothing", tmp_path / "a.bin", "0" * 64, 5.0, "", lambda done, total: None)
    assert not isinstance(raised.value, DownloadInterruptedError)


def test_git_checksums_are_told_by_their_length(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"hello\n")
    assert digest_of(tmp_path / "a", "0" * 40) == "ce013625030ba8dba906f756967f9e9ca394464a"
    assert digest_of(tmp_path / "a") == hashlib.sha256(b"hello\n").hexdigest()


def test_a_snapshot_appears_when_all_of_it_is_there(hub: FakeHub, tmp_path: Path) -> None:
    seen: list[list[Path]] = []
    folder = tmp_path / "models"
    path = snapshot(hub, folder, lambda *_: seen.append(list(folder.glob("*/snapshots/*/**/*.*"))))
    assert seen
    assert not any(seen)
    assert (path / "model.bin").read_bytes() == CONTENT
    assert (path / "parts" / "config.json").read_text() == "{}"
    storage = path.parent.parent
    assert (storage / "refs" / "main").read_text() == path.name
    assert sorted(entry.name for entry in storage.iterdir()) == ["blobs", "refs", "snapshots"]


def test_a_snapshot_is_what_the_hubs_client_finds(hub: FakeHub, tmp_path: Path) -> None:
    from huggingface_hub import snapshot_download

    path = snapshot(hub, tmp_path / "models")
    hub.requests.clear()
    assert Path(snapshot_download(REPO, cache_dir=tmp_path / "models", local_files_only=True)) == path
    assert Path(snapshot_download(REPO, cache_dir=tmp_path / "models")) == path
    assert not [request for request in hub.requests if request.startswith("GET") and "resolve" in request]


def test_a_cut_snapshot_goes_on_inside_its_file(hub: FakeHub, tmp_path: Path) -> None:
    hub.broken_after = CUT
    with pytest.raises(DownloadInterruptedError, match="The model noise could not be downloaded"):
        snapshot(hub, tmp_path / "models")
    assert not list((tmp_path / "models").glob("*/snapshots/*"))
    hub.broken_after = None
    hub.starts.clear()
    assert (snapshot(hub, tmp_path / "models") / "model.bin").read_bytes() == CONTENT
    assert hub.starts == [("model.bin", CUT)]


def test_a_damaged_blob_of_before_is_fetched_again(hub: FakeHub, tmp_path: Path) -> None:
    path = snapshot(hub, tmp_path / "models")
    blob = (path / "model.bin").resolve()
    blob.write_bytes(CONTENT[:-1] + b"x")
    (path / "parts" / "config.json").unlink()
    assert (snapshot(hub, tmp_path / "models") / "model.bin").read_bytes() == CONTENT


def test_a_list_that_leads_out_of_the_folder_is_refused(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = {"type": "file", "path": "../../../outside", "size": 1, "oid": "0" * 40}
    monkeypatch.setattr(FakeHub, "tree", lambda self: [entry])
    with pytest.raises(EngineUnavailableError, match="makes no sense"):
        snapshot(hub, tmp_path / "models")
    assert not (tmp_path / "outside").exists()


def test_progress_counts_all_files_together(hub: FakeHub, tmp_path: Path) -> None:
    calls: list[tuple[str, int, int | None]] = []
    snapshot(hub, tmp_path / "models", lambda *call: calls.append(call))
    done = [call[1] for call in calls]
    assert done == sorted(done)
    assert {call[2] for call in calls} == {len(CONTENT) + 2}
    assert calls[-1] == ("noise", len(CONTENT) + 2, len(CONTENT) + 2)
