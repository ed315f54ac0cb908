"""Voices as archives: out and in again, and what is no voice stays out."""

import io
import json
import stat
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tts.voices.custom.conftest import Opened, consented, created, file_of
from voice_stack.core.errors import InvalidAudioError, InvalidRequestError, UnusableVoiceError, VoiceNotFoundError
from voice_stack.tts.voices.custom.archive import export_file, import_file, import_voice
from voice_stack.tts.voices.custom.library import CustomVoices
from voice_stack.tts.voices.custom.records import Status


@pytest.fixture
def library(opened: Opened) -> CustomVoices:
    return opened()


@pytest.fixture
def archive(library: CustomVoices, sample: bytes, tmp_path: Path) -> Path:
    id = created(library, consented(library, sample), sample, name="Zoë")
    path = tmp_path / "voice.zip"
    assert export_file(library, id, path).id == id
    return path


def test_a_voice_goes_out_and_comes_in_on_another_server(archive: Path, library: CustomVoices, opened: Opened) -> None:
    other = opened(data_dir=str(archive.parent / "other"))
    record = import_file(other, archive)
    (old,) = library.store.voices.all()
    assert record.id != old.id
    assert (record.name, record.created_at, record.origin) == ("Zoë", old.created_at, "import")
    assert record.original == old.original
    assert record.reference == old.reference
    assert record.consent is None
    assert record.verification.phrase.reason == "it was imported by the owner of the server"
    assert other.store.resolve(record.id) is not None


def test_the_same_voice_makes_the_same_archive(archive: Path, library: CustomVoices) -> None:
    (record,) = library.store.voices.all()
    export_file(library, record.id, archive.with_name("again.zip"))
    assert archive.read_bytes() == archive.with_name("again.zip").read_bytes()


def test_what_an_archive_says_was_verified_counts_for_nothing(archive: Path, library: CustomVoices) -> None:
    with zipfile.ZipFile(archive) as read:
        content = json.loads(read.read("voice.json"))
        original = read.read("original")
    for check in content["verification"].values():
        check.update(status="verified", engine="me/myself", reason=None)
    record = import_voice(library, packed({"voice.json": json.dumps(content).encode(), "original": original}))
    assert {check.status for check in record.verification.checks.values()} == {Status.NOT_VERIFIED}


def test_a_damaged_voice_is_not_exported(archive: Path, library: CustomVoices, tmp_path: Path) -> None:
    (record,) = library.store.voices.all()
    (library.store.folder.path / "created" / record.id / "original").write_bytes(b"x")
    with pytest.raises(UnusableVoiceError):
        export_file(library, record.id, tmp_path / "damaged.zip")
    with pytest.raises(VoiceNotFoundError):
        export_file(library, "voice_none", tmp_path / "damaged.zip")
    assert not [path for path in tmp_path.iterdir() if "damaged" in path.name]


def packed(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file


def _links(members: dict[str, bytes]) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("voice.json", members["voice.json"])
        link = zipfile.ZipInfo("original")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    return file


def _doubles(members: dict[str, bytes]) -> io.BytesIO:
    file = packed(members)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(file, "a") as archive:
        archive.writestr("original", b"another")
    return file


def _encrypted(members: dict[str, bytes]) -> io.BytesIO:
    data = bytearray(packed(members).getvalue())
    for at in (index for index in range(len(data) - 4) if data[index : index + 4] == b"PK\x01\x02"):
        data[at + 8] |= 1
    return io.BytesIO(bytes(data))


HOSTILE: dict[str, Callable[[dict[str, bytes]], io.BytesIO]] = {
    "nothing": lambda members: io.BytesIO(b""),
    "noise": lambda members: io.BytesIO(b"PK\x05\x06" + bytes(range(256))),
    "empty": lambda members: packed({}),
    "half": lambda members: io.BytesIO(packed(members).getvalue()[:-200]),
    "broken": lambda members: io.BytesIO(packed(members).getvalue().replace(b"RIFF", b"JUNK", 1)),
    "up and away": lambda members: packed({**members, "../../../etc/cron.d/x": b"x"}),
    "absolute": lambda members: packed({**members, "/etc/passwd": b"x"}),
    "NUL": lambda members: packed({**members, "original\0.wav": b"x"}),
    "a folder": lambda members: packed({**members, "voice/": b""}),
    "a link": _links,
    "two of a name": _doubles,
    "encrypted": _encrypted,
    "no original": lambda members: packed({"voice.json": members["voice.json"]}),
    "no description": lambda members: packed({"original": members["original"]}),
    "no record": lambda members: packed({**members, "voice.json": b"{}"}),
    "a later version": lambda members: packed({**members, "voice.json": b'{"schema": 99}'}),
    "odd packing": lambda members: packed(members, zipfile.ZIP_LZMA),
    "thousands": lambda members: packed({**members, **{f"{number}": b"" for number in range(3000)}}),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_voice_is_refused(kind: str, archive: Path, library: CustomVoices) -> None:
    before = library.store.voices.ids()
    with zipfile.ZipFile(archive) as read:
        members = {name: read.read(name) for name in ("voice.json", "original")}
    with pytest.raises(InvalidRequestError):
        import_voice(library, HOSTILE[kind](members))
    assert library.store.voices.ids() == before


def test_a_bomb_is_not_unpacked(archive: Path, library: CustomVoices) -> None:
    with zipfile.ZipFile(archive) as read:
        document = read.read("voice.json")
    bomb = packed({"voice.json": document, "original": bytes(64 * 2**20)}, zipfile.ZIP_DEFLATED)
    tracemalloc.start()
    try:
        with pytest.raises(InvalidRequestError, match="original in the archive is larger than 10 MiB"):
            import_voice(library, bomb)
        assert tracemalloc.get_traced_memory()[1] < 40 * 2**20
    finally:
        tracemalloc.stop()
    with pytest.raises(InvalidRequestError, match=r"voice\.json in the archive is larger"):
        import_voice(library, packed({"voice.json": bytes(2**20), "original": b"x"}, zipfile.ZIP_DEFLATED))


def test_an_original_that_is_no_sound_is_refused(archive: Path, library: CustomVoices) -> None:
    with zipfile.ZipFile(archive) as read:
        document = read.read("voice.json")
    with pytest.raises(InvalidAudioError):
        import_voice(library, packed({"voice.json": document, "original": b"#!/bin/sh"}))


def test_files_that_cannot_be_opened_are_told(library: CustomVoices, tmp_path: Path, sample: bytes) -> None:
    with pytest.raises(InvalidRequestError, match="cannot be read"):
        import_file(library, tmp_path / "none.zip")
    id = created(library, consented(library, sample), sample)
    with pytest.raises(InvalidRequestError, match="cannot be written"):
        export_file(library, id, tmp_path / "no-folder" / "voice.zip")
    with file_of(b"") as file, pytest.raises(InvalidRequestError):
        import_voice(library, file)
