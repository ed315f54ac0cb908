"""Multipart bodies, well-formed and not, fed to the reader in pieces of every size."""

import asyncio
import contextlib
import os
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.types import Message

from voice_stack.core.errors import (
    CancelledWorkError,
    InvalidRequestError,
    ServiceUnavailableError,
    UploadTooLargeError,
)
from voice_stack.web.uploads import MAX_FIELD_BYTES, MAX_FIELDS, MAX_FILES, MAX_TEXT_BYTES, Form, read_form

MIB = 1024 * 1024
MULTIPART = "multipart/form-data; boundary=xyz"


def part(headers: str, content: bytes = b"") -> bytes:
    lines = headers.strip().replace("\n", "\r\n").encode()
    return b"--xyz\r\n" + lines + b"\r\n\r\n" + content + b"\r\n"


def text(name: str, value: bytes) -> bytes:
    return part(f'Content-Disposition: form-data; name="{name}"', value)


def upload(name: str, content: bytes, filename: str = "a.wav") -> bytes:
    return part(f'Content-Disposition: form-data; name="{name}"; filename="{filename}"', content)


END = b"--xyz--\r\n"


async def read(
    body: bytes,
    *,
    content_type: str | None = MULTIPART,
    piece: int = 65536,
    max_bytes: int = MIB,
    headers: Sequence[tuple[str, str]] = (),
    leaves: bool = False,
    spool_dir: Path | None = None,
    all_of: Sequence[str] = (),
) -> Form:
    """Read `body`, which arrives in pieces; with `leaves` the client disconnects where the body ends."""
    pieces = [body[start : start + piece] for start in range(0, len(body), piece)] or [b""]
    messages: list[Message] = [
        {"type": "http.request", "body": data, "more_body": leaves or number < len(pieces) - 1}
        for number, data in enumerate(pieces)
    ]
    messages.append({"type": "http.disconnect"})

    async def receive() -> Message:
        return messages.pop(0)

    sent = [*headers, *([("content-type", content_type)] if content_type is not None else [])]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(k.encode(), v.encode()) for k, v in sent]}
    request = Request(scope, receive)
    return await read_form(
        request, max_bytes=max_bytes, spool_dir=spool_dir, setting="ASR_MAX_UPLOAD_MB", all_of=all_of
    )


def _open_unlinked_files() -> set[str]:
    """The unlinked files that this process holds open."""
    links = (link for link in Path("/proc/self/fd").iterdir() if link.is_symlink())
    return {target for target in (os.fspath(link.readlink()) for link in links) if target.endswith(" (deleted)")}


@pytest.fixture(autouse=True)
def no_file_left() -> Iterator[None]:
    """What a test's form does not hand over has to be closed, and what it hands over the test closes."""
    before = _open_unlinked_files()
    yield
    assert _open_unlinked_files() == before


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 64, 65536])
async def test_fields_and_file_survive_every_cut(piece: int) -> None:
    content = bytes(range(256)) * 3 + b"\r\n--xy\r\n--xyz?\r\n-" + bytes(100)
    body = text("model", b"whisper-1") + upload("file", content) + text("prompt", "Grüße".encode()) + END
    async with await read(body, piece=piece) as form:
        assert form.fields == [("model", "whisper-1"), ("prompt", "Grüße")]
        assert form.files["file"].size == len(content)
        assert form.files["file"].file.read() == content


async def test_a_file_is_on_disk_unlinked_and_at_its_start(tmp_path: Path) -> None:
    content = os.urandom(5 * MIB + 3)
    async with await read(upload("file", content) + END, max_bytes=6 * MIB, spool_dir=tmp_path) as form:
        file = form.files["file"].file
        assert os.fstat(file.fileno()).st_size == len(content)
        assert os.pread(file.fileno(), len(content) + 1, 0) == content
        assert file.tell() == 0
        assert os.fstat(file.fileno()).st_nlink == 0
    assert file.closed


@pytest.mark.parametrize(
    ("headers", "filename", "content_type"),
    [
        ('Content-Disposition: form-data; name="file"; filename="a b"\nContent-Type: audio/wav', "a b", "audio/wav"),
        ('Content-Disposition: form-data; name="file"; filename="Grüße 你好.wav"', "Grüße 你好.wav", ""),
        ('content-disposition: form-data; name="file"; filename="a;b=\\"c\\".wav"\ncontent-type:', 'a;b="c".wav', ""),
        ('Content-Disposition: form-data; name=file; filename=""', "", ""),
        ("Content-Disposition: form-data; name=\"file\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.wav", "Grüße.wav", ""),
        ("Content-Disposition: form-data; name=\"file\"; filename*=latin-1'de'Gr%FC.wav", "Grü.wav", ""),
        ("Content-Disposition: form-data; name=\"file\"; filename*=klingon''%41.wav", "A.wav", ""),
        ("Content-Disposition: form-data; name=file\nContent-Type: video/mp4", "", "video/mp4"),
        ('Content-Disposition: form-data; name="file"\nContent-Type: audio/x-wav', "", "audio/x-wav"),
    ],
)  # fmt: skip
async def test_a_file_is_known_by_every_header(headers: str, filename: str, content_type: str) -> None:
    async with await read(part(headers, b"data") + END) as form:
        assert form.fields == []
        assert (form.files["file"].filename, form.files["file"].content_type) == (filename, content_type)
        assert form.files["file"].file.read() == b"data"


async def test_a_filename_inside_a_quoted_name_makes_no_file() -> None:
    body = part("Content-Disposition: form-data; name=\"x; filename*=UTF-8''a.wav\"", b"v") + END
    async with await read(body) as form:
        assert form.fields == [("x; filename*=UTF-8''a.wav", "v")]


async def test_text_that_is_not_utf8_is_read_as_latin1() -> None:
    async with await read(text("prompt", b"Gr\xfc\xdfe") + END) as form:
        assert form.get("prompt") == "Grüße"


async def test_the_first_file_of_a_name_is_kept() -> None:
    async with await read(upload("file", b"one") + upload("file", b"two") + upload("other", b"") + END) as form:
        assert {name: file.file.read() for name, file in form.files.items()} == {"file": b"one", "other": b""}


async def test_every_file_of_a_name_is_kept_where_that_is_asked_for() -> None:
    body = upload("file", b"1") + upload("other", b"x") + upload("file", b"2") + upload("other", b"y") + END
    with_all = await read(body, all_of=("file",))
    with contextlib.closing(with_all):
        assert [file.file.read() for file in (with_all.files["file"], *with_all.more_files)] == [b"1", b"2"]
        assert with_all.files["other"].file.read() == b"x"


async def test_preamble_and_epilogue_are_skipped() -> None:
    async with await read(b"\r\n" + text("a", b"1") + END + b"epilogue\r\n--xyz--") as form:
        assert form.fields == [("a", "1")]


async def test_a_form_without_parts_is_empty() -> None:
    async with await read(END) as form:
        assert (form.fields, form.files) == ([], {})


async def test_an_urlencoded_form_has_fields() -> None:
    body = b"model=whisper-1&prompt=Gr%C3%BC%C3%9Fe+x&empty="
    async with await read(body, content_type="application/x-www-form-urlencoded") as form:
        assert form.fields == [("model", "whisper-1"), ("prompt", "Grüße x"), ("empty", "")]


@pytest.mark.parametrize(
    ("content_type", "named"),
    [
        (None, "without content-type"),
        ("application/json", "application/json"),
        ("multipart/mixed; boundary=xyz", "multipart/mixed"),
        ("multipart/form-data", "boundary"),
        ("multipart/form-data; boundary=", "boundary"),
        ("multipart/form-data; boundary=" + "x" * 300, "boundary"),
    ],
)
async def test_another_content_type_is_refused_with_advice(content_type: str | None, named: str) -> None:
    with pytest.raises(InvalidRequestError, match=named):
        await read(text("a", b"1") + END, content_type=content_type)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no multipart at all",
        b"--abc\r\n\r\n--abc--\r\n",
        upload("file", b"x" * 100),
        upload("file", b"x" * 3 * MIB)[: 2 * MIB],
        b"--xyz\r\nContent-Disposition: form-data; name=",
        part("Content-Disposition: form-data", b"x") + END,
        part("Content-Type: audio/wav", b"x") + END,
        part("Bad Header: x", b"x") + END,
        part('Content-Disposition: form-data; name="' + "n" * 10_000 + '"') + END,
        part("\n".join(f"x-{number}: y" for number in range(100))) + END,
        upload("file", b"x") + b"--xyz garbage",
    ],
)
async def test_a_malformed_body_is_the_clients_fault(body: bytes) -> None:
    with pytest.raises(InvalidRequestError):
        await read(body, max_bytes=4 * MIB)


async def test_a_file_of_exactly_the_limit_is_accepted() -> None:
    async with await read(upload("file", bytes(MIB)) + text("a", b"1" * 1000) + END, max_bytes=MIB) as form:
        assert form.files["file"].size == MIB


@pytest.mark.parametrize(
    "body",
    [
        upload("file", bytes(MIB + 1)) + END,
        upload("a", bytes(MIB // 2)) + upload("b", bytes(MIB // 2 + 1)) + END,
        upload("a", b"x") + upload("a", bytes(MIB)) + END,
    ],
)
async def test_more_than_the_limit_is_refused_while_reading(body: bytes) -> None:
    with pytest.raises(UploadTooLargeError, match=r"1 MiB.*ASR_MAX_UPLOAD_MB") as caught:
        await read(body, max_bytes=MIB)
    assert caught.value.param == "file"


async def test_an_announced_length_over_the_limit_is_refused_before_reading() -> None:
    with pytest.raises(UploadTooLargeError):
        await read(b"", headers=[("content-length", str(100 * MIB))])


async def test_text_fields_have_a_limit_of_their_own() -> None:
    reference = b"d" * (MAX_TEXT_BYTES - 10)
    async with await read(text("known_speaker_references[]", reference) + END, max_bytes=1) as form:
        assert len(form.get_list("known_speaker_references")[0]) == len(reference)
    with pytest.raises(UploadTooLargeError):
        await read(text("known_speaker_references[]", reference) + text("b", b"x" * 11) + END)


async def test_one_text_field_cannot_keep_the_server_busy() -> None:
    async with await read(text("words", b"x" * MAX_FIELD_BYTES) + END) as form:
        assert len(form.get_list("words")[0]) == MAX_FIELD_BYTES
    with pytest.raises(InvalidRequestError) as caught:
        await read(text("words", b"[" + b"1," * MAX_FIELD_BYTES + b"1]") + END)
    assert caught.value.param == "words"


async def test_too_many_parts_are_refused() -> None:
    with pytest.raises(InvalidRequestError, match="fields"):
        await read(text("a", b"1") * (MAX_FIELDS + 1) + END)
    with pytest.raises(InvalidRequestError, match="files"):
        await read(b"".join(upload(f"f{number}", b"1") for number in range(MAX_FILES + 1)) + END)
    with pytest.raises(InvalidRequestError, match="fields"):
        await read(b"&".join([b"a=1"] * (MAX_FIELDS + 1)), content_type="application/x-www-form-urlencoded")


async def test_a_client_that_leaves_in_the_middle_ends_the_work() -> None:
    with pytest.raises(CancelledWorkError):
        await read(upload("file", bytes(3 * MIB))[: 2 * MIB], max_bytes=4 * MIB, leaves=True)


async def test_files_are_written_off_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: set[int] = set()
    real = tempfile.TemporaryFile

    def recording(**options: Any) -> Any:
        threads.add(threading.get_ident())
        return real(**options)

    monkeypatch.setattr(tempfile, "TemporaryFile", recording)
    async with await read(upload("file", bytes(3 * MIB)) + END, max_bytes=4 * MIB):
        assert threads
        assert threading.get_ident() not in threads


async def test_a_folder_that_cannot_be_written_is_the_servers_fault(tmp_path: Path) -> None:
    with pytest.raises(ServiceUnavailableError, match="could not be stored"):
        await read(upload("file", b"x") + END, spool_dir=tmp_path / "missing")


async def test_a_cancelled_read_leaves_no_file() -> None:
    started = asyncio.Event()
    body = [upload("file", bytes(2 * MIB))]

    async def receive() -> Message:
        if body:
            return {"type": "http.request", "body": body.pop(), "more_body": True}
        started.set()
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    headers = [(b"content-type", MULTIPART.encode())]
    request = Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive)
    task = asyncio.create_task(read_form(request, max_bytes=4 * MIB))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
