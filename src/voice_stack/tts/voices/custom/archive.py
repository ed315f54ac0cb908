"""A voice as one archive: written for another server, and read without believing a word of it."""

import contextlib
import stat
import struct
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO, Final

from voice_stack.core.errors import InvalidRequestError, UnusableVoiceError
from voice_stack.tts.voices.custom.library import CustomVoices
from voice_stack.tts.voices.custom.records import (
    UnreadableRecordError,
    VoiceRecord,
    parse_record,
    record_bytes,
)
from voice_stack.tts.voices.custom.store import ORIGINAL, REFERENCE, see_file

DOCUMENT: Final = "voice.json"

_MEMBERS: Final = (DOCUMENT, ORIGINAL, REFERENCE)
_MOST_DOCUMENT: Final = 256 * 1024
_MOST_MEMBERS: Final = 16
_ENCRYPTED: Final = 0x1
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# The archive's time of every file: the same voice makes the same bytes.
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)
# What Python's reader raises on damage: it trusts what it reads.
_DAMAGE: Final = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, LookupError, ArithmeticError),
    *(RuntimeError, OSError),
)


def export_voice(voices: CustomVoices, id: str, file: BinaryIO) -> VoiceRecord:
    """Write a voice into a zip: voice.json, the original and the reference. Its consent stays where it is.

    Raises:
        VoiceNotFoundError: there is none.
        UnusableVoiceError: it is damaged.
    """
    record = voices.voice(id)
    kept = {ORIGINAL: record.original, REFERENCE: record.reference}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(DOCUMENT, _NO_TIME), record_bytes(record))
        for name, facts in kept.items():
            path = voices.store.voices.file(id, name)
            try:
                if path is None:
                    raise FileNotFoundError
                see_file(path, facts)
                archive.writestr(zipfile.ZipInfo(name, _NO_TIME), path.read_bytes())
            except (UnreadableRecordError, OSError) as error:
                raise UnusableVoiceError(f"The voice {id!r} is damaged: {name} is not what it was.") from error
    return record


def export_file(voices: CustomVoices, id: str, path: Path) -> VoiceRecord:
    """The same into a file, which is there as a whole or not at all.

    Raises:
        InvalidRequestError: it cannot be written.
        As `export_voice`.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            record = export_voice(voices, id, file)
        part.replace(path)
    except OSError as error:
        raise InvalidRequestError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return record


def import_voice(voices: CustomVoices, file: BinaryIO) -> VoiceRecord:
    """Keep the voice of an archive, under a new id.

    Only its name, its language, its time and its original are taken: the reference is made anew, and what the archive
    says was verified counts for nothing here.

    Raises:
        InvalidRequestError: it is no such archive, or its original is larger than TTS_VOICE_UPLOAD_MB.
        As `CustomVoices.import_voice`.
    """
    most_bytes = round(voices.options.voice_upload_mb * 2**20)
    try:
        with zipfile.ZipFile(file) as archive:
            members = _members(archive)
            document = _read(archive, members[DOCUMENT], _MOST_DOCUMENT)
            original = _read(archive, members[ORIGINAL], most_bytes)
    except _DAMAGE as error:
        raise InvalidRequestError(f"The archive cannot be read: {error}.") from error
    record = _record(document)
    with tempfile.TemporaryFile() as sample:
        sample.write(original)
        sample.flush()
        return voices.import_voice(record.name, sample, record.language, record.created_at)


def import_file(voices: CustomVoices, path: Path) -> VoiceRecord:
    """The same of a file.

    Raises:
        InvalidRequestError: it cannot be opened, or is no such archive.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise InvalidRequestError(f"{path} cannot be read: {error.strerror}.") from error
    with file:
        return import_voice(voices, file)


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The members that make a voice, by name. Nothing is unpacked under a name of the archive's.

    Raises:
        InvalidRequestError: one is missing, or there is anything else in it.
    """
    listed = archive.infolist()
    found: dict[str, zipfile.ZipInfo] = {}
    for member in listed[:_MOST_MEMBERS]:
        mode = member.external_attr >> 16
        if member.filename not in _MEMBERS or (mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode)):
            raise InvalidRequestError(f"The archive is none of a voice: it holds {member.filename[:60]!r}.")
        if member.filename in found:
            raise InvalidRequestError(f"The archive holds {member.filename} twice.")
        if member.flag_bits & _ENCRYPTED or member.compress_type not in _METHODS:
            raise InvalidRequestError(f"{member.filename} in the archive is encrypted, or packed in an unusual way.")
        found[member.filename] = member
    missing = [name for name in (DOCUMENT, ORIGINAL) if name not in found]
    if missing or len(listed) > _MOST_MEMBERS:
        raise InvalidRequestError(f"The archive is none of a voice: it lacks {', '.join(missing) or 'an end'}.")
    return found


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    """A member's content; not a byte more is unpacked than may be in it.

    Raises:
        InvalidRequestError: it is larger.
    """
    with archive.open(member) as content:
        data = content.read(most + 1)
    if len(data) > most:
        raise InvalidRequestError(f"{member.filename} in the archive is larger than {most / 2**20:g} MiB.")
    return data


def _record(document: bytes) -> VoiceRecord:
    try:
        return parse_record(document, VoiceRecord)
    except UnreadableRecordError as error:
        raise InvalidRequestError(f"voice.json in the archive cannot be used: {error}.") from error
