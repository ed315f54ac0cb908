"""The jobs' files on the disk."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jobs.conftest import new_job, temporary
from voice_stack.core.errors import SettingsError, SpoolFullError, UploadTooLargeError, VoiceStackError
from voice_stack.jobs.spool.keys import key_of
from voice_stack.jobs.spool.spool import Spool
from voice_stack.jobs.types import JobInput


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    spool = Spool(tmp_path / "jobs" / "work", 10_000)
    spool.open()
    yield spool
    spool.close()


def folders(spool: Spool) -> list[str]:
    return sorted(str(path.relative_to(spool.folder)) for path in spool.folder.glob("*/*"))


def test_a_request_comes_back_as_it_was(spool: Spool) -> None:
    files = [JobInput("file", temporary(b"a" * 3000), "../../etc/passwd", "audio/x"), JobInput("b", temporary(b""))]
    taken = spool.take(new_job(params={"text": "Grüße \ud800\0"}, files=files))
    spool.publish(taken.id)
    request = spool.request(taken.id)
    assert request.params == {"text": "Grüße \ud800\0"}
    assert request.files["file"].path.read_bytes() == b"a" * 3000
    assert request.files["file"].path.name == "input-0"
    assert (request.files["file"].filename, request.files["file"].content_type) == ("../../etc/passwd", "audio/x")
    assert request.files["b"].size == 0


def test_the_identity_of_work_is_its_contents(spool: Spool) -> None:
    same = new_job(files=[JobInput("file", temporary(b"audio"), "other.wav", "audio/mpeg")], callback_url="http://x/")
    assert spool.take(same).work_key == key_of(same) == spool.take(new_job()).work_key
    different = [
        new_job(b"Audio"),
        new_job(kind="other"),
        new_job(params={"fields": [["model", "n"]], "query": []}),
        new_job(context="large-v3"),
        new_job(files=[JobInput("audio_file", temporary(b"audio"))]),
    ]
    assert len({key_of(job) for job in [same, *different]}) == 6


def test_a_file_that_was_read_already_is_taken_from_its_start(spool: Spool) -> None:
    file = temporary(b"0123456789")
    file.read(7)
    taken = spool.take(new_job(files=[JobInput("file", file)]))
    spool.publish(taken.id)
    assert spool.request(taken.id).files["file"].size == 10
    assert not file.closed


def test_the_quota_refuses_before_it_writes(spool: Spool) -> None:
    spool.take(new_job(bytes(6000)))
    before = folders(spool)
    with pytest.raises(SpoolFullError) as caught:
        spool.take(new_job(bytes(6000)))
    assert (caught.value.status, caught.value.headers["retry-after"]) == (507, "60")
    with pytest.raises(UploadTooLargeError):
        spool.take(new_job(bytes(10_000)))
    assert folders(spool) == before


def test_removed_jobs_free_their_room(spool: Spool) -> None:
    for _ in range(3):
        spool.remove(spool.take(new_job(bytes(6000))).id)
    assert spool.used_bytes == 0
    assert folders(spool) == []


def test_a_finished_job_takes_the_room_of_its_result(spool: Spool) -> None:
    taken = spool.take(new_job(bytes(6000)))
    spool.publish(taken.id)
    spool.keep_result(taken.id, b"r" * 100)
    spool.drop_inputs(taken.id)
    assert spool.used_bytes == 100
    assert [path.name for path in spool.job_folder(taken.id).iterdir()] == ["result"]


def test_a_result_is_moved_from_where_the_handler_left_it(spool: Spool, tmp_path: Path) -> None:
    taken = spool.take(new_job())
    spool.publish(taken.id)
    (tmp_path / "made").write_bytes(b"speech")
    spool.keep_result(taken.id, b"of an earlier attempt")
    spool.keep_result(taken.id, tmp_path / "made")
    assert spool.result(taken.id).read_bytes() == b"speech"
    assert not (tmp_path / "made").exists()


def test_a_start_removes_what_nobody_needs(spool: Spool) -> None:
    names = [spool.take(new_job(bytes(1000))).id for _ in range(4)]
    waiting, over, orphan, _incoming = names
    for name in (waiting, over, orphan):
        spool.publish(name)
    spool.keep_result(over, b"result")
    identity = spool.id
    spool.close()
    again = Spool(spool.folder, 10_000)
    again.open()
    assert again.id == identity
    assert again.clean({waiting: False, over: True}) == [orphan]
    again.delete_orphan(orphan)
    assert folders(again) == sorted(f"accepted/{name}" for name in (waiting, over))
    assert again.request(waiting).files["file"].size == 1000
    assert 1006 < again.used_bytes < 1500
    again.close()


def test_a_second_process_is_kept_out(spool: Spool) -> None:
    with pytest.raises(SettingsError, match="another process"):
        Spool(spool.folder, 1).open()


def test_a_folder_that_cannot_be_made_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "jobs").write_text("a file")
    with pytest.raises(SettingsError, match="DATA_DIR"):
        Spool(tmp_path / "jobs" / "work", 1).open()


def test_a_request_whose_files_are_gone_is_an_error(spool: Spool) -> None:
    taken = spool.take(new_job())
    spool.publish(taken.id)
    (spool.job_folder(taken.id) / "input-0").unlink()
    with pytest.raises(VoiceStackError, match="no longer"):
        spool.request(taken.id)


def test_a_large_file_is_copied_whole(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "work", 10**8)
    spool.open()
    data = bytes(range(256)) * 12_345
    taken = spool.take(new_job(data))
    spool.publish(taken.id)
    stored = spool.request(taken.id).files["file"].path.read_bytes()
    assert hashlib.sha256(stored).digest() == hashlib.sha256(data).digest()
    spool.close()


def test_the_files_are_for_nobody_else(spool: Spool) -> None:
    taken = spool.take(new_job())
    spool.publish(taken.id)
    assert spool.job_folder(taken.id).stat().st_mode & 0o077 == 0
