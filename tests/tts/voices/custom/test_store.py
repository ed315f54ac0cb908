"""Records in their folders: seen at once, looked up without reading others, and what is damaged is set aside."""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.tts.voices.custom.killed import CONTENT, record
from voice_stack.core.errors import DiskFullError, ServiceUnavailableError, UnusableVoiceError
from voice_stack.tts.voices.custom.store import ORIGINAL, REFERENCE, VoiceStore


@pytest.fixture
def store(tmp_path: Path) -> VoiceStore:
    return VoiceStore(tmp_path / "voices")


def add(store: VoiceStore, name: str = "Anna") -> str:
    store.voices.add(one := record(name), CONTENT, lambda: None)
    return one.id


def test_nothing_is_made_before_something_is_kept(store: VoiceStore) -> None:
    assert store.voices.all() == []
    assert "voice_1" not in store
    assert store.resolve("voice_1") is None
    assert store.check() == []
    assert not store.folder.path.exists()


def test_a_voice_is_a_folder_that_nobody_else_may_read(store: VoiceStore) -> None:
    id = add(store)
    folder = store.folder.path / "created" / id
    assert {path.name for path in folder.iterdir()} == {ORIGINAL, REFERENCE, "voice.json"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in [folder.parent, *folder.parent.rglob("*")])
    reference = store.resolve(id)
    assert reference is not None
    assert reference.paths == (folder / REFERENCE,)
    assert reference.sha256 == record("x").reference.sha256


def test_what_another_process_keeps_or_removes_is_seen_at_once(store: VoiceStore) -> None:
    other = VoiceStore(store.folder.path)
    for _ in range(3):
        id = add(other)
        assert id in store
        assert store.resolve(id) is not None
        assert other.voices.remove(id, lambda one: None)
        assert id not in store
        assert store.resolve(id) is None


def test_a_renamed_record_is_seen_by_others(store: VoiceStore) -> None:
    other, id = VoiceStore(store.folder.path), add(store)
    assert store.voices.get(id) is not None
    other.voices.change(id, lambda one: one.model_copy(update={"name": "Berta"}))
    found = store.voices.get(id)
    assert found is not None
    assert found.name == "Berta"


def test_what_cannot_be_admitted_leaves_nothing(store: VoiceStore) -> None:
    def refuse() -> None:
        raise ServiceUnavailableError("no room")

    with pytest.raises(ServiceUnavailableError):
        store.voices.add(record("Anna"), CONTENT, refuse)
    assert store.voices.ids() == []
    assert list((store.folder.path / "staging").iterdir()) == []


@pytest.mark.parametrize("id", ["", ".", "..", "../created", "voice_1", "a" * 10_000, "\0", "/etc/passwd", "created"])
def test_what_clients_write_is_no_path(store: VoiceStore, id: str) -> None:
    add(store)
    assert id not in store
    assert store.resolve(id) is None
    assert store.voices.get(id) is None
    assert not store.voices.remove(id, lambda one: None)
    assert store.voices.change(id, lambda one: one) is None


@contextmanager
def counted_listings() -> Iterator[list[str]]:
    """The folders that are listed meanwhile. A hook stays for ever, so it is told when to be quiet."""
    found: list[str] = []
    listens = True

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if listens and event in ("os.scandir", "os.listdir", "open"):
            found.append(str(arguments[0]))

    sys.addaudithook(hook)
    try:
        yield found
    finally:
        listens = False


def test_two_thousand_voices_cost_a_request_no_more_than_two(store: VoiceStore) -> None:
    first = add(store)
    folder = store.folder.path / "created"
    for number in range(2000):
        (folder / f"voice_{number:032x}").mkdir()
    os.utime(folder, ns=(1, 1))  # long ago: the folder's time tells changes apart
    assert store.resolve(first) is not None
    with counted_listings() as listed:
        for _ in range(20):
            assert store.resolve(first) is not None
            assert "voice_" + "f" * 32 not in store
    assert listed == []


def test_a_damaged_reference_is_not_spoken_with(store: VoiceStore) -> None:
    id = add(store)
    assert store.resolve(id) is not None
    path = store.folder.path / "created" / id / REFERENCE
    path.write_bytes(b"another voice")
    with pytest.raises(UnusableVoiceError, match=r"reference\.wav is not what it was"):
        store.resolve(id)


@pytest.mark.parametrize("name", [ORIGINAL, REFERENCE, "voice.json"])
@pytest.mark.parametrize("harm", ["changed", "cut", "gone"])
def test_damage_is_found_and_set_aside(store: VoiceStore, name: str, harm: str) -> None:
    whole, id = add(store), add(store)
    path = store.folder.path / "created" / id / name
    content = path.read_bytes()
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(content[:-40] if harm == "cut" else b"x" + content[1:])
    found = VoiceStore(store.folder.path)
    assert [damage.id for damage in found.check()] == [id]
    assert found.voices.ids() == [whole]
    assert id not in found
    (told,) = found.folder.aside.names
    assert id in told
    assert list((store.folder.path / "set-aside").iterdir())
    assert VoiceStore(store.folder.path).check() == []


def test_strangers_in_the_folders_are_set_aside(store: VoiceStore, tmp_path: Path) -> None:
    id = add(store)
    created = store.folder.path / "created"
    (created / "notes.txt").write_text("mine")
    (created / "voice_of_mine").mkdir()
    (created / f"voice_{'a' * 32}").symlink_to(tmp_path)
    (store.folder.path / "staging" / "file").write_text("x")
    again = VoiceStore(store.folder.path)
    again.folder.sweep()
    again.voices.sweep()
    assert [path.name for path in created.iterdir()] == [id]
    assert len(again.folder.aside.names) == 4
    assert tmp_path.exists()


def test_what_another_process_is_writing_is_left_alone(store: VoiceStore) -> None:
    add(store)
    staging = store.folder.path / "staging"
    for name in ("alive", "dead"):
        (staging / name).mkdir()
    held = os.open(staging / "alive", os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert store.folder.sweep() == ["dead"]
    finally:
        os.close(held)
    assert store.folder.sweep() == ["alive"]


def test_a_full_disk_is_told_as_such(store: VoiceStore, monkeypatch: pytest.MonkeyPatch) -> None:
    add(store)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFullError):
        add(store)
    monkeypatch.undo()
    assert len(store.voices.ids()) == 1
    assert list((store.folder.path / "staging").iterdir()) == []
