"""Zip files as uploads: their members as files on disk, within bounds, and under names that are only ever shown."""

import errno
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final, cast

from voice_stack.core.errors import InvalidRequestError, ServiceUnavailableError, UploadTooLargeError, VoiceStackError
from voice_stack.web.forms import UploadedFile

MIB: Final = 1024 * 1024

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
# The end of the list of members: its signature, of a zip64 one too, and what is before its comment.
_END, _END64_PLACE = b"PK\x05\x06", b"PK\x06\x07"
_END_BYTES, _END64_PLACE_BYTES, _MOST_COMMENT = 22, 20, 65_535
# The list itself is read into memory: 4 MiB of it hold some ten thousand members.
_MOST_LIST_BYTES = 4 * MIB
_ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz")
_BLOCK = 256 * 1024
# What Python's reader raises on damage, besides an OSError for a place that no file has: it trusts what it reads.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    LookupError,
    ArithmeticError,
    RuntimeError,
)


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Bounds of what may come out of one archive.

    Attributes:
        files: at most.
        file_bytes: of each, and the setting behind it.
        total_bytes: of all together, and the setting behind it.
    """

    files: int
    file_bytes: int
    file_setting: str
    total_bytes: int
    total_setting: str


Member = tuple[str, UploadedFile | VoiceStackError]
"""A name to show, and the file or what is wrong with it."""


def is_archive(file: BinaryIO) -> bool:
    """True for a file that begins as zip files do. Leaves it at its start."""
    file.seek(0)
    head = file.read(4)
    file.seek(0)
    return head in (b"PK\x03\x04", b"PK\x05\x06")


def unpack(file: BinaryIO, limits: ArchiveLimits) -> list[Member]:
    """The members of a zip file, as temporary files that are the caller's to close. Blocking.

    A member that is too large or damaged, or an archive itself, has an error in the place of a file. Folders, and what
    macOS puts beside every file, are passed over.

    Raises:
        InvalidRequestError: no zip file; encrypted; a name that leads out of a folder; a compression that hardly any
            program writes; more members than allowed.
        UploadTooLargeError: they are larger together than allowed.
        ServiceUnavailableError: the disk failed.
    """
    _check_list(file)
    with ExitStack() as stack:
        try:
            with _damage_told("The zip file is damaged"):
                archive = stack.enter_context(zipfile.ZipFile(file))
                infos = list(_wanted(archive, file, limits))
            found: list[Member] = []
            for info in infos:
                member = _member(archive, info, limits)
                if isinstance(member, UploadedFile):
                    stack.callback(member.file.close)
                found.append((info.filename, member))
        except OSError as error:
            raise ServiceUnavailableError(f"The upload could not be stored: {error.strerror or error}.") from error
        archive.close()
        stack.pop_all()
    return found


def _check_list(file: BinaryIO) -> None:
    """See that the list of members is of a size to be read at all; what it says of itself is what counts to Python."""
    size = file.seek(0, 2)
    length = min(size, _END_BYTES + _MOST_COMMENT + _END64_PLACE_BYTES)
    file.seek(size - length)
    tail = file.read(length)
    place = length - _END_BYTES
    if not (tail[place : place + 4] == _END and tail.endswith(b"\0\0")):
        place = tail.rfind(_END)
    if place < 0 or len(tail) - place < _END_BYTES:
        raise InvalidRequestError("The zip file has no list of its files; it may be cut off.", param="file")
    is_zip64 = tail[max(0, place - _END64_PLACE_BYTES) : place].startswith(_END64_PLACE)
    (list_bytes,) = struct.unpack_from("<I", tail, place + 12)
    if is_zip64 or list_bytes > _MOST_LIST_BYTES:
        raise InvalidRequestError("The zip file holds too many files, or is in the zip64 format.", param="file")


def _wanted(archive: zipfile.ZipFile, file: BinaryIO, limits: ArchiveLimits) -> Iterator[zipfile.ZipInfo]:
    """The members that are files, once all of them are found harmless."""
    infos = [info for info in archive.infolist() if not info.is_dir() and not _is_litter(info.filename)]
    if len(infos) > limits.files:
        raise InvalidRequestError(
            f"The zip file holds {len(infos)} files; {limits.files} are allowed (the server's setting "
            "JOB_BATCH_ITEMS). Send it in parts.",
            param="file",
        )
    size = file.seek(0, 2)
    for info in infos:
        if not 0 <= info.header_offset < size:
            raise InvalidRequestError("The zip file is damaged: its list names a place outside of it.", param="file")
        if info.flag_bits & _ENCRYPTED:
            raise InvalidRequestError("The zip file is encrypted; send it without a password.", param="file")
        if _leads_out(info.filename):
            raise InvalidRequestError(
                f"The zip file has a name that leads out of a folder: {info.filename[:100]!r}.", param="file"
            )
        if info.compress_type not in _METHODS:
            raise InvalidRequestError("The zip file must be stored or deflated, as any program can.", param="file")
    total = sum(info.file_size for info in infos if info.file_size <= limits.file_bytes)
    if total > limits.total_bytes:
        raise UploadTooLargeError(
            f"The zip file holds {total / MIB:.0f} MiB; {limits.total_bytes / MIB:g} are allowed (the server's "
            f"setting {limits.total_setting}).",
            param="file",
        )
    yield from infos


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: ArchiveLimits) -> UploadedFile | VoiceStackError:
    if info.filename.lower().endswith(_ARCHIVES):
        return InvalidRequestError("An archive inside of an archive is not unpacked.", param="file")
    if info.file_size > limits.file_bytes:
        return UploadTooLargeError(
            f"The file is larger than the {limits.file_bytes / MIB:g} MiB allowed (the server's setting "
            f"{limits.file_setting}).",
            param="file",
        )
    file = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 (the caller closes it)
    try:
        # No more than the announced size comes out: a bomb would have to announce itself.
        with _damage_told("The file is damaged in the archive"), archive.open(info) as member:
            while block := member.read(_BLOCK):
                file.write(block)
        file.seek(0)
    except InvalidRequestError as error:
        file.close()
        return error
    except BaseException:
        file.close()
        raise
    return UploadedFile(file, info.file_size, info.filename, "")


@contextmanager
def _damage_told(words: str) -> Iterator[None]:
    """Inside the `with` block damage is the client's mistake; an OSError of the disk stays what it is.

    Raises:
        InvalidRequestError: the archive is damaged.
    """
    try:
        yield
    except _DAMAGE as error:
        raise InvalidRequestError(f"{words}: {error}.", param="file") from error
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise InvalidRequestError(f"{words}: it names a place outside of itself.", param="file") from error


def _leads_out(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return name.startswith(("/", "\\")) or ".." in parts or (len(name) > 1 and name[1] == ":")


def _is_litter(name: str) -> bool:
    return name.startswith("__MACOSX/") or name.rpartition("/")[2] in (".DS_Store", "Thumbs.db")
