"""Reading `multipart/form-data` bodies, promptly and to disk.

Starlette's reader hops to a worker thread for every 64 KiB and keeps small files in memory; this one feeds the same
parser, collects a megabyte and writes that in one hop, so that a film's sound track is on disk in well under a
second and the event loop stays free.
"""

import re
import tempfile
from collections.abc import AsyncIterator, Collection
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO, cast
from urllib.parse import parse_qsl, unquote_to_bytes

from anyio import CancelScope
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.requests import ClientDisconnect, Request

from voice_stack.core.errors import (
    CancelledWorkError,
    InvalidRequestError,
    ServiceUnavailableError,
    UploadTooLargeError,
)
from voice_stack.web.forms import Form, UploadedFile, on_disk
from voice_stack.web.upload_pace import pace_of

__all__ = ["Form", "UploadedFile", "read_form"]

MIB = 1024 * 1024
# All text fields of a request together; reference recordings arrive as data URLs of several MB each.
MAX_TEXT_BYTES = 16 * MIB
# One text field. Prompts and word lists are far shorter, and whatever reads a field reads it on the event loop.
MAX_FIELD_BYTES = 64 * 1024
LARGE_FIELDS = ("known_speaker_references",)
MAX_FIELDS = 1000
MAX_FILES = 64
_MAX_HEADERS = 32
_WRITE_BYTES = MIB

_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')
_EXTENDED_NAME = re.compile(r";\s*filename\*\s*=\s*([\w.-]*)'[^']*'([^;\s]*)", re.IGNORECASE)


async def read_form(
    request: Request,
    *,
    max_bytes: int,
    spool_dir: Path | None = None,
    setting: str | None = None,
    all_of: Collection[str] = (),
    max_files: int = MAX_FILES,
) -> Form:
    """Read the request's form; files end up as unlinked temporary files.

    Args:
        request: its body must not have been read.
        max_bytes: most bytes of files, all files together. Text fields have a limit of their own.
        spool_dir: folder for the files; None is the system's temporary folder.
        setting: name of the setting behind `max_bytes`, for the message.
        all_of: names of which every file is kept, in `more_files`; of others the first.
        max_files: in the form.

    Raises:
        InvalidRequestError: no form, or a malformed one.
        UploadTooLargeError: more bytes than allowed; known before reading when the client announces the length.
        CancelledWorkError: the client went away in the middle.
        RequestTimeoutError: the client stopped sending, or drips.
        ServiceUnavailableError: the files could not be written.
    """
    header = request.headers.get("content-type", "")
    content_type, options = parse_options_header(header)
    too_large = _too_large(max_bytes, setting)
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced) > max_bytes + MAX_TEXT_BYTES:
        raise too_large
    try:
        async with aclosing(pace_of(request).body(request.stream())) as body:
            if content_type == b"multipart/form-data":
                reader = _MultipartReader(
                    options.get(b"boundary", b""), max_bytes, too_large, spool_dir, all_of, max_files
                )
                return await reader.read(body)
            if content_type == b"application/x-www-form-urlencoded":
                return await _read_urlencoded(body)
    except ClientDisconnect as error:
        raise CancelledWorkError("The client went away while it was sending.") from error
    raise InvalidRequestError(
        f"Send multipart/form-data, not {content_type.decode('latin-1') or 'a body without content-type'}."
    )


def _too_large(max_bytes: int, setting: str | None) -> UploadTooLargeError:
    hint = f" The limit is the server's setting {setting}." if setting else ""
    return UploadTooLargeError(f"The upload is larger than the {max_bytes / MIB:g} MiB allowed.{hint}", param="file")


async def _read_urlencoded(body: AsyncIterator[bytes]) -> Form:
    text = bytearray()
    async for chunk in body:
        text += chunk
        if len(text) > MIB:
            raise UploadTooLargeError("A URL-encoded form may hold 1 MiB; send multipart/form-data instead.")
    try:
        fields = parse_qsl(text.decode("latin-1"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise InvalidRequestError(f"The form has more than {MAX_FIELDS} fields.") from error
    return Form(fields=fields)


@dataclass
class _Part:
    """One part while it arrives: a text field, a file, or a file that nobody will read (`keep` false)."""

    headers: dict[bytes, bytes] = field(default_factory=dict)
    name: str = ""
    filename: str = ""
    is_file: bool = False
    keep: bool = True
    text: bytearray = field(default_factory=bytearray)
    pending: list[bytes] = field(default_factory=list)
    size: int = 0
    file: IO[bytes] | None = None


class _MultipartReader:
    """Feeds the parser with the body, and the disk with what comes out of it."""

    def __init__(
        self,
        boundary: bytes,
        max_bytes: int,
        too_large: UploadTooLargeError,
        spool_dir: Path | None,
        all_of: Collection[str],
        max_files: int,
    ) -> None:
        self._all_of = all_of
        self._max_files = max_files
        self._max_bytes = max_bytes
        self._too_large = too_large
        self._spool_dir = spool_dir
        self._fields: list[tuple[str, str]] = []
        self._files: list[_Part] = []
        self._part = _Part()
        self._header_name = b""
        self._header_value = b""
        self._text_bytes = self._file_bytes = self._pending_bytes = self._field_count = self._file_count = 0
        self._ended = False
        if not boundary:
            raise InvalidRequestError("The multipart content-type names no boundary.")
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._on_part_begin,
                    "on_part_data": self._on_part_data,
                    "on_part_end": self._on_part_end,
                    "on_header_field": self._on_header_field,
                    "on_header_value": self._on_header_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers_finished,
                    "on_end": self._on_end,
                },
                max_header_count=_MAX_HEADERS,
            )
        except FormParserError as error:
            raise InvalidRequestError("The multipart boundary is too long.") from error

    async def read(self, body: AsyncIterator[bytes]) -> Form:
        """The whole form; on any failure no file is left behind."""
        try:
            async for chunk in body:
                self._parser.write(chunk)
                if self._pending_bytes >= _WRITE_BYTES:
                    await self._in_thread(finish=False)
            if not self._ended:
                raise InvalidRequestError("The multipart body ends before its closing boundary.")
            await self._in_thread(finish=True)
        except BaseException as error:
            with CancelScope(shield=True):
                await on_disk(self._discard)
            if isinstance(error, FormParserError):
                raise InvalidRequestError(f"The multipart body is malformed: {error}.") from error
            if isinstance(error, OSError):
                raise ServiceUnavailableError(f"The upload could not be stored: {error.strerror or error}.") from error
            raise
        files: dict[str, UploadedFile] = {}
        more: list[UploadedFile] = []
        for part in self._files:
            content_type = part.headers.get(b"content-type", b"").decode("latin-1").strip()
            upload = UploadedFile(cast("BinaryIO", part.file), part.size, part.filename, content_type)
            if files.setdefault(part.name, upload) is not upload:
                more.append(upload)
        return Form(self._fields, files, more)

    async def _in_thread(self, *, finish: bool) -> None:
        await on_disk(partial(self._store, finish))
        self._pending_bytes = 0

    def _store(self, finish: bool) -> None:
        for part in self._files:
            if part.file is None:
                part.file = tempfile.TemporaryFile(dir=self._spool_dir)  # noqa: SIM115 (the form closes it)
            part.file.writelines(part.pending)
            part.pending.clear()
            if finish:
                part.file.seek(0)

    def _discard(self) -> None:
        for part in self._files:
            if part.file is not None:
                part.file.close()

    def _on_part_begin(self) -> None:
        self._part = _Part()

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _on_header_end(self) -> None:
        self._part.headers[self._header_name.lower()] = self._header_value
        self._header_name = self._header_value = b""

    def _on_headers_finished(self) -> None:
        part = self._part
        header = part.headers.get(b"content-disposition", b"")
        _, options = parse_options_header(header)
        if b"name" not in options:
            raise InvalidRequestError("A part of the multipart body has no name in its content-disposition.")
        part.name = _decode(options[b"name"])
        filename = _decode(options[b"filename"]) if b"filename" in options else _extended_filename(header)
        # Some clients send recordings without a file name, but never text as one of these types.
        kind = part.headers.get(b"content-type", b"").strip().lower()
        part.is_file = filename is not None or kind.startswith((b"audio/", b"video/", b"application/octet-stream"))
        if not part.is_file:
            self._field_count += 1
            if self._field_count > MAX_FIELDS:
                raise InvalidRequestError(f"The form has more than {MAX_FIELDS} fields.")
            return
        self._file_count += 1
        if self._file_count > self._max_files:
            raise InvalidRequestError(f"The form has more than {self._max_files} files.")
        part.filename = filename or ""
        part.keep = part.name in self._all_of or all(other.name != part.name for other in self._files)
        if part.keep:
            self._files.append(part)

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        length = end - start
        if not part.is_file:
            self._text_bytes += length
            if self._text_bytes > MAX_TEXT_BYTES:
                raise UploadTooLargeError(
                    f"The text fields are larger than {MAX_TEXT_BYTES // MIB} MiB together.", param=part.name
                )
            part.text += data[start:end]
            if len(part.text) > MAX_FIELD_BYTES and not part.name.startswith(LARGE_FIELDS):
                raise InvalidRequestError(
                    f"The field {part.name[:100]!r} is longer than {MAX_FIELD_BYTES // 1024} KiB.",
                    param=part.name[:100],
                )
            return
        self._file_bytes += length
        if self._file_bytes > self._max_bytes:
            raise self._too_large
        if part.keep:
            part.pending.append(data if length == len(data) else data[start:end])
            part.size += length
            self._pending_bytes += length

    def _on_part_end(self) -> None:
        if not self._part.is_file:
            self._fields.append((self._part.name, _decode(bytes(self._part.text))))

    def _on_end(self) -> None:
        self._ended = True


def _decode(raw: bytes) -> str:
    """UTF-8, as browsers and SDKs send; what is none is taken for Latin-1, which cannot fail."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _extended_filename(header: bytes) -> str | None:
    """The name in `filename*=UTF-8''na%C3%AFve.wav` (RFC 5987): forbidden in forms, sent all the same."""
    found = _EXTENDED_NAME.search(_QUOTED.sub('""', header.decode("latin-1")))
    if found is None:
        return None
    try:
        return unquote_to_bytes(found[2]).decode(found[1] or "utf-8", "replace")
    except LookupError:
        return _decode(unquote_to_bytes(found[2]))
