"""The index of the voices folder: when the folder is read again, and when it need not be."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from voice_stack.tts.voices import index as index_module
from voice_stack.tts.voices.folder import find_voices
from voice_stack.tts.voices.index import VoiceIndex


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two voices, left alone for a minute."""
    folder = tmp_path / "voices"
    (folder / "ben").mkdir(parents=True)
    (folder / "anna.wav").write_bytes(b"x")
    (folder / "ben" / "1.wav").write_bytes(b"x")
    rest(folder, folder / "ben")
    return folder


def rest(*folders: Path) -> None:
    """As if nothing had been changed for a minute."""
    for folder in folders:
        os.utime(folder, (time.time() - 60, time.time() - 60))


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    """Times that the folder is read."""
    reads: list[Path] = []

    def count(folder: Path, watched: dict[str, tuple[int, int, int] | None]) -> object:
        reads.append(folder)
        return find_voices(folder, watched)

    with monkeypatch.context() as patch:
        patch.setattr(index_module, "find_voices", count)
        yield reads


def test_a_folder_at_rest_is_read_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = VoiceIndex(folder)
    with counted(monkeypatch) as reads:
        for name in ("anna", "ben", "nobody", "alloy"):
            assert (index.find(name) is not None) == (name in ("anna", "ben"))
    assert len(reads) == 1


def test_a_folder_that_was_just_changed_is_read_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "carl.wav").write_bytes(b"x")
    index = VoiceIndex(folder)
    with counted(monkeypatch) as reads:
        assert index.find("carl") is not None
        assert index.find("carl") is not None
    assert len(reads) == 2


@pytest.mark.parametrize("changed", ["", "ben"])
def test_what_is_added_and_removed_is_seen_at_once(folder: Path, changed: str) -> None:
    index = VoiceIndex(folder)
    before = index.voices()
    (folder / changed / "2.wav").write_bytes(b"x")
    rest(folder / "ben")
    assert index.voices() != before
    found = index.find(changed or "2")
    assert found is not None
    assert found.recordings[-1].name == "2.wav"
    (folder / changed / "2.wav").unlink()
    after = index.find(changed or "2")
    assert after is None or len(after.recordings) == 1


def test_a_file_that_is_written_over_has_another_stamp(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = VoiceIndex(folder)
    before = index.find("anna")
    (folder / "anna.wav").write_bytes(b"other")
    with counted(monkeypatch) as reads:
        after = index.find("anna")
    assert reads == []
    assert before is not None
    assert after is not None
    assert before.recordings != after.recordings


def test_a_link_that_gets_its_target_later_is_a_voice_then(folder: Path, tmp_path: Path) -> None:
    (folder / "late.wav").symlink_to(tmp_path / "late.wav")
    (folder / "far").symlink_to(tmp_path / "far")
    rest(folder)
    index = VoiceIndex(folder)
    late = index.find("late")
    assert late is not None
    assert late.problem is not None
    assert index.find("far") is None
    (tmp_path / "late.wav").write_bytes(b"x")
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "1.wav").write_bytes(b"x")
    late, far = index.find("late"), index.find("far")
    assert late is not None
    assert far is not None
    assert (late.problem, far.problem) == (None, None)


def test_a_folder_that_comes_later_is_found(tmp_path: Path) -> None:
    index = VoiceIndex(tmp_path / "voices")
    assert index.find("anna") is None
    (tmp_path / "voices").mkdir()
    (tmp_path / "voices" / "anna.wav").write_bytes(b"x")
    assert index.find("anna") is not None
