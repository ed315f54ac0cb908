"""What is kept of cloned voices stays within its bounds, and goes with the recordings that it was made of."""

import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from voice_stack.tts.engines.voice_cache import DamagedVoiceError, VoiceCache
from voice_stack.tts.types import VoiceReference

BIG = 400_000


class Bytes(VoiceCache[bytes]):
    """The recordings' own bytes, 400 kB of them."""

    suffix = ".heard"

    def hear(self, reference: VoiceReference) -> bytes:
        return b"".join(path.read_bytes() for path in reference.paths).ljust(BIG, b".")

    def save(self, voice: bytes, path: Path) -> None:
        path.write_bytes(voice)

    def load(self, path: Path) -> bytes:
        found = path.read_bytes()
        if len(found) != BIG:
            raise DamagedVoiceError("its size")
        return found


def cache(folder: Path, *, megabytes: float = 10, in_memory: int = 64, most_files: int = 100) -> Bytes:
    return Bytes(folder / "cache", "abc", megabytes=megabytes, in_memory=in_memory, most_files=most_files)


def voice(folder: Path, name: str) -> VoiceReference:
    path = folder / f"{name}.wav"
    path.write_text(name)
    return VoiceReference(name, name.encode().hex().ljust(64, "0"), (path,))


def files(folder: Path) -> list[str]:
    return sorted(path.read_text(encoding="utf-8").rstrip(".") for path in (folder / "cache").glob("*.heard"))


def use(folder: Path, made: Bytes, *voices: VoiceReference) -> None:
    """Ask for voices, each a second later than the one before."""
    for number, reference in enumerate(voices):
        made.get(reference)
        for path in (folder / "cache").glob(f"{reference.sha256[:32]}*.heard"):
            os.utime(path, (number + 1, number + 1))


def test_a_voice_is_computed_once_then_remembered_then_read(tmp_path: Path) -> None:
    one = voice(tmp_path, "one")
    first = cache(tmp_path)
    assert first.get(one) == first.get(one)
    later = cache(tmp_path)
    assert later.get(one) == first.get(one)
    assert (first.counts.computed, first.counts.read, first.counts.remembered) == (1, 0, 2)
    assert (later.counts.computed, later.counts.read) == (0, 1)


def test_the_files_used_longest_ago_make_room(tmp_path: Path) -> None:
    a, b, c = (voice(tmp_path, name) for name in "abc")
    made = cache(tmp_path, megabytes=0.9, in_memory=1)
    use(tmp_path, made, a, b, a, c)
    made.prune()
    assert files(tmp_path) == ["a", "c"]


def test_a_bound_of_files_holds_at_the_next_start_too(tmp_path: Path) -> None:
    use(tmp_path, cache(tmp_path), *(voice(tmp_path, name) for name in "abcd"))
    assert files(tmp_path) == ["a", "b", "c", "d"]
    cache(tmp_path, most_files=2)
    assert files(tmp_path) == ["c", "d"]


def test_nothing_is_written_where_nothing_shall_be_kept(tmp_path: Path) -> None:
    made = cache(tmp_path, megabytes=0)
    assert made.get(voice(tmp_path, "a"))
    assert not (tmp_path / "cache").exists()


def test_what_was_made_of_recordings_that_are_gone_goes_too(tmp_path: Path) -> None:
    a, b = voice(tmp_path, "a"), voice(tmp_path, "b")
    use(tmp_path, cache(tmp_path), a, b)
    a.paths[0].unlink()
    cache(tmp_path)
    assert files(tmp_path) == ["b"]
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_a_voice_that_was_renamed_stays(tmp_path: Path) -> None:
    a = voice(tmp_path, "a")
    use(tmp_path, cache(tmp_path), a)
    moved = VoiceReference("new", a.sha256, (a.paths[0].rename(tmp_path / "new.wav"),))
    made = Bytes(tmp_path / "cache", "abc", megabytes=10)
    assert files(tmp_path) == []  # it looked gone at the start
    made.get(moved)
    copy = VoiceReference("copy", a.sha256, (tmp_path / "copy.wav",))
    copy.paths[0].write_text("a")
    assert cache(tmp_path).get(copy)  # the same sound by another name: read, and known to be its
    moved.paths[0].unlink()
    assert cache(tmp_path).get(copy)
    assert files(tmp_path) == ["a"]


@pytest.mark.parametrize("damage", [b"", b"half"])
def test_a_damaged_file_is_made_anew(damage: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    a = voice(tmp_path, "a")
    whole = cache(tmp_path).get(a)
    (file,) = (tmp_path / "cache").glob("*.heard")
    file.write_bytes(damage)
    made = cache(tmp_path)
    assert made.get(a) == whole
    assert made.counts.computed == 1
    assert cache(tmp_path).get(a) == whole
    assert "damaged: computed anew (its size)" in caplog.text


@pytest.mark.parametrize("text", ["", "{}", "[1]", "no json"])
def test_what_is_not_known_to_be_gone_stays(text: str, tmp_path: Path) -> None:
    a = voice(tmp_path, "a")
    use(tmp_path, cache(tmp_path), a)
    (noted,) = (tmp_path / "cache").glob("*.json")
    assert json.loads(noted.read_text(encoding="utf-8")) == [str(a.paths[0])]
    noted.write_text(text, encoding="utf-8")
    a.paths[0].unlink()
    cache(tmp_path)
    assert files(tmp_path) == ["a"]


def test_what_a_killed_process_left_is_swept_when_it_is_old(tmp_path: Path) -> None:
    use(tmp_path, cache(tmp_path), voice(tmp_path, "a"))
    old, new = (tmp_path / "cache" / name for name in ("x.heard.1.part", "y.heard.2.part"))
    old.write_text("half")
    new.write_text("half")
    os.utime(old, (1, 1))
    cache(tmp_path)
    assert not old.exists()
    assert new.exists()


def test_a_deleted_voice_leaves_the_memory_at_once_and_others_stay(tmp_path: Path) -> None:
    one, other = voice(tmp_path, "one"), voice(tmp_path, "other")
    made = cache(tmp_path, megabytes=0)
    use(tmp_path, made, one, other)
    made.forget(one.sha256)
    made.forget("0" * 64)
    use(tmp_path, made, other, one)
    assert (made.counts.computed, made.counts.remembered) == (3, 1)


def test_a_voice_that_is_deleted_while_it_is_computed_leaves_nothing(tmp_path: Path) -> None:
    entered, go_on = threading.Event(), threading.Event()

    class Slow(Bytes):
        def hear(self, reference: VoiceReference) -> bytes:
            heard = super().hear(reference)
            entered.set()
            assert go_on.wait(10)
            return heard

    made, one = Slow(tmp_path / "cache", "abc", megabytes=10), voice(tmp_path, "one")
    with ThreadPoolExecutor(2) as threads:
        computing = threads.submit(made.get, one)
        assert entered.wait(10)
        one.paths[0].unlink()
        forgetting = threads.submit(made.forget, one.sha256)
        go_on.set()
        computing.result(10)
        forgetting.result(10)
    assert files(tmp_path) == []
    with pytest.raises(FileNotFoundError):
        made.get(one)
