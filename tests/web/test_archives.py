"""Zip files, kind ones and others."""

import contextlib
import errno
import io
import struct
import tempfile
import zipfile
from collections.abc import Callable

import pytest

from voice_stack.core.errors import InvalidRequestError, ServiceUnavailableError, UploadTooLargeError
from voice_stack.web.archives import ArchiveLimits, is_archive, unpack
from voice_stack.web.forms import UploadedFile

LIMITS = ArchiveLimits(
    files=4, file_bytes=2_000_000, file_setting="EACH_MB", total_bytes=3_000_000, total_setting="ALL_MB"
)


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression=compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    file.seek(0)
    return file


def contents(file: io.BytesIO) -> list[tuple[str, bytes | str]]:
    found: list[tuple[str, bytes | str]] = []
    for name, member in unpack(file, LIMITS):
        if isinstance(member, UploadedFile):
            with member.file:
                found.append((name, member.file.read()))
        else:
            found.append((name, member.message))
    return found


def test_members_come_in_order_with_their_names() -> None:
    file = zipped({"b/two.wav": b"2", "one.wav": b"1", "leer.wav": b"", "ärger.wav": b"x"})
    assert is_archive(file)
    assert contents(file) == [("b/two.wav", b"2"), ("one.wav", b"1"), ("leer.wav", b""), ("ärger.wav", b"x")]


def test_folders_and_litter_are_passed_over() -> None:
    file = zipped({"a/": b"", "__MACOSX/a/._b.wav": b"?", "a/.DS_Store": b"?", "a/b.wav": b"1"})
    assert contents(file) == [("a/b.wav", b"1")]


def test_other_files_are_no_archives() -> None:
    assert not is_archive(io.BytesIO(b"RIFF....WAVE"))
    assert not is_archive(io.BytesIO(b""))


def encrypted() -> io.BytesIO:
    data = bytearray(zipped({"a.wav": b"1"}).getvalue())
    data[6] |= 1
    place = data.index(b"PK\x01\x02")
    data[place + 8] |= 1
    return io.BytesIO(bytes(data))


def many_in_the_list() -> io.BytesIO:
    data = bytearray(zipped({"a.wav": b"1"}).getvalue())
    struct.pack_into("<I", data, data.index(b"PK\x05\x06") + 12, 2**31)
    return io.BytesIO(bytes(data))


def in_zip64() -> io.BytesIO:
    data = zipped({"a.wav": b"1"}).getvalue()
    place = data.index(b"PK\x05\x06")
    return io.BytesIO(data[:place] + b"PK\x06\x07" + bytes(16) + data[place:])


def list_elsewhere() -> io.BytesIO:
    data = bytearray(zipped({"a.wav": b"1"}).getvalue())
    struct.pack_into("<I", data, data.index(b"PK\x05\x06") + 16, 2**32 - 16)
    return io.BytesIO(bytes(data))


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: zipped({f"{n}.wav": b"" for n in range(5)}), "JOB_BATCH_ITEMS"),
        (lambda: zipped({"../../etc/passwd": b""}), "leads out"),
        (lambda: zipped({"/etc/passwd": b""}), "leads out"),
        (lambda: zipped({"..\\a.wav": b""}), "leads out"),
        (lambda: zipped({"C:\\a.wav": b""}), "leads out"),
        (lambda: zipped({"a.wav": b"1"}, compression=zipfile.ZIP_LZMA), "deflated"),
        (encrypted, "encrypted"),
        (many_in_the_list, "too many"),
        (in_zip64, "zip64"),
        (list_elsewhere, "outside of it"),
        (lambda: io.BytesIO(b"PK\x03\x04 and then nothing"), "list of its files"),
        (lambda: io.BytesIO(zipped({"a.wav": b"1" * 1000}).getvalue()[:-30]), "list of its files"),
    ],
)
def test_a_hostile_archive_is_refused_as_a_whole(make: Callable[[], io.BytesIO], word: str) -> None:
    with pytest.raises(InvalidRequestError, match=word) as caught:
        unpack(make(), LIMITS)
    assert caught.value.param == "file"


def test_a_bomb_is_refused_before_anything_is_unpacked() -> None:
    file = zipped({f"{n}.wav": bytes(1_500_000) for n in range(3)})
    assert len(file.getvalue()) < 10_000
    with pytest.raises(UploadTooLargeError, match="ALL_MB"):
        unpack(file, LIMITS)


def test_a_bomb_that_lies_about_its_size_stays_within_what_it_says() -> None:
    data = bytearray(zipped({"a.wav": bytes(1_900_000)}).getvalue())
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, 10)
    ((name, text),) = contents(io.BytesIO(bytes(data)))
    assert name == "a.wav"
    assert "damaged" in str(text)


def test_what_is_wrong_with_one_member_is_its_own() -> None:
    inner = zipped({"deep.wav": b"1"}).getvalue()
    data = bytearray(zipped({"bad.wav": b"0123456789", "ok.wav": b"1"}, compression=zipfile.ZIP_STORED).getvalue())
    data[data.index(b"0123456789")] ^= 0xFF
    found = dict(contents(io.BytesIO(bytes(data))))
    assert "damaged" in str(found["bad.wav"])
    assert found["ok.wav"] == b"1"
    found = dict(contents(zipped({"inner.zip": inner, "big.wav": bytes(2_000_001), "ok.wav": b"1"})))
    assert "inside of an archive" in str(found["inner.zip"])
    assert "EACH_MB" in str(found["big.wav"])
    assert found["ok.wav"] == b"1"


def test_every_damage_is_the_clients_mistake() -> None:
    """Each byte of an archive in turn is another one, and each four are all ones or none."""
    good = zipped({"a.wav": b"12345", "b/c.wav": b"678"}).getvalue()
    damaged = [good[:place] + bytes((good[place] ^ 0xFF,)) + good[place + 1 :] for place in range(len(good))]
    damaged += [
        good[:place] + four + good[place + 4 :]
        for place in range(len(good) - 4)
        for four in (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xf0\xff\xff\xff")
    ]
    damaged += [good[place:] for place in range(1, len(good))]
    for data in damaged:
        # A file of the system refuses places that one in memory takes.
        with tempfile.TemporaryFile() as file:
            file.write(data)
            with contextlib.suppress(InvalidRequestError):
                for _, member in unpack(file, LIMITS):
                    assert isinstance(member, UploadedFile | InvalidRequestError)
                    if isinstance(member, UploadedFile):
                        member.file.close()


def test_a_full_disk_is_not_the_clients_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(ServiceUnavailableError):
        unpack(zipped({"a.wav": b"1"}), LIMITS)
