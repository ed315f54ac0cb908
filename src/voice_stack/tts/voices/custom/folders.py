"""Folders on the disk, one a record: there as a whole or not at all, whatever happens on the way.

    voices/created/voice_.../   voice.json, original, reference.wav
    voices/consents/cons_.../   consent.json, recording
    voices/staging/             what is being written or removed; swept at the start
    voices/set-aside/           what was found damaged

Names of folders are ids that were made here; ids of clients are compared with them, and no path is made of one.
"""

import contextlib
import os
import re
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic

from voice_stack.core.durable import make_private, replace_durably, sync_folder, write_durably
from voice_stack.tts.voices.custom.place import LibraryFolder, written
from voice_stack.tts.voices.custom.records import RecordT, UnreadableRecordError, parse_record, record_bytes
from voice_stack.tts.voices.folder import Stamp, stamp

# The time of a folder does not tell two changes apart that come this close.
_CLOCK_NS: Final = 2 * 10**9
_MOST_RECORD: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class _Listing:
    """Ids in a folder, and the folder's time when they were read."""

    mark: int
    read_at: int
    ids: dict[str, str]


class RecordFolders(Generic[RecordT]):
    """Records of one kind. Looking one up takes a few calls of the system, however many there are. Thread-safe.

    Args:
        library: the folder that they are in.
        name: of their own folder in it.
        document: name of the file that holds the record.
        model: its class.
        ids: what an id looks like.
    """

    def __init__(
        self, library: LibraryFolder, name: str, document: str, model: type[RecordT], ids: re.Pattern[str]
    ) -> None:
        self._library = library
        self._folder = library.path / name
        self._document = document
        self._model = model
        self._ids = ids
        self._lock = threading.Lock()
        self._listing: _Listing | None = None
        self._known: dict[str, tuple[Stamp, RecordT]] = {}

    def add(self, record: RecordT, files: Mapping[str, bytes], admit: Callable[[], None]) -> None:
        """Write a new record with its files. When this returns it is on the disk.

        Args:
            files: contents by name.
            admit: called when all is written and nothing is shown yet, with the library locked; what it raises is
                raised, and nothing was added.

        Raises:
            DiskFullError, ServiceUnavailableError: it could not be written.
        """
        with self._library.staging(record.id) as staged:
            for name, content in files.items():
                write_durably(staged / name, [content])
            write_durably(staged / self._document, [record_bytes(record)])
            sync_folder(staged)
            with self._library.locked():
                admit()
                if not self._folder.is_dir():
                    make_private(self._folder)
                    sync_folder(self._library.path)
                replace_durably(staged, self._folder / record.id)
                self._list_again()

    def change(self, id: str, change: Callable[[RecordT], RecordT]) -> RecordT | None:
        """Put a changed record in the place of the old one; None when there is none.

        Raises:
            As `add` and `get`.
        """
        with written(), self._library.locked():
            path, record = self._path(id), self.get(id)
            if path is None or record is None:
                return None
            changed = change(record)
            part = path / f".{self._document}.{secrets.token_hex(4)}"
            try:
                write_durably(part, [record_bytes(changed)])
                replace_durably(part, path / self._document)
            finally:
                part.unlink(missing_ok=True)
            return changed

    def remove(self, id: str, before: Callable[[RecordT | None], None]) -> bool:
        """Remove a record and its files, at once for everybody; False when there is none.

        Args:
            before: called with the record (None: it is damaged), with the library locked.
        """
        if self._path(id) is None:
            return False
        with self._library.staging("gone") as staged, self._library.locked():
            path = self._path(id)
            if path is None:
                return False
            try:
                record = self.get(id)
            except UnreadableRecordError:
                record = None
            before(record)
            replace_durably(path, staged / path.name)
            self._list_again()
            with self._lock:
                self._known.pop(id, None)
            return True

    def get(self, id: str) -> RecordT | None:
        """The record of an id; None when there is none.

        Raises:
            UnreadableRecordError: it is damaged, or cannot be read.
        """
        path = self._path(id)
        return None if path is None else self._read(id, path)

    def file(self, id: str, name: str) -> Path | None:
        """Place of a record's file; None when there is no such record."""
        path = self._path(id)
        return None if path is None else path / name

    @property
    def count(self) -> int:
        """Number of records when the folder was last looked at. Never waits."""
        listing = self._listing
        return 0 if listing is None else len(listing.ids)

    def ids(self) -> list[str]:
        """All ids, the oldest first."""
        return list(self._listed())

    def all(self) -> list[RecordT]:
        """All records that can be read, the oldest first."""
        found = []
        for id, name in self._listed().items():
            with contextlib.suppress(UnreadableRecordError):
                record = self._read(id, self._folder / name)
                if record is not None:
                    found.append(record)
        return found

    def set_aside(self, id: str, reason: str) -> None:
        """Move a damaged record out of the way."""
        with self._library.locked():
            path = self._path(id)
            if path is not None:
                self._library.aside.move(path, reason)
                self._list_again()

    def sweep(self) -> None:
        """Remove what a change that was cut off has left in a record's folder, and set strangers aside."""
        if not self._folder.is_dir():
            return
        with self._library.locked():
            for path in sorted(self._folder.iterdir()):
                if path.is_symlink() or not path.is_dir() or not self._ids.fullmatch(path.name):
                    self._library.aside.move(path, "none of the library's")
                    continue
                for part in path.glob(f".{self._document}.*"):
                    part.unlink(missing_ok=True)
        self._list_again()

    def _read(self, id: str, path: Path) -> RecordT | None:
        document = path / self._document
        try:
            mark = stamp(document.stat())
            with self._lock:
                known = self._known.get(id)
            if known is not None and known[0] == mark:
                return known[1]
            with document.open("rb") as file:
                data = file.read(_MOST_RECORD)
        except FileNotFoundError:
            if not path.is_dir():  # it was removed just now
                return None
            raise UnreadableRecordError(f"{self._document} is missing") from None
        except OSError as error:
            raise UnreadableRecordError(f"{self._document} cannot be read: {error.strerror}") from error
        record = parse_record(data, self._model)
        if record.id != id:
            raise UnreadableRecordError(f"{self._document} is of another record")
        with self._lock:
            self._known[id] = (mark, record)
        return record

    def _path(self, id: str) -> Path | None:
        name = self._listed().get(id)
        return None if name is None else self._folder / name

    def _listed(self) -> dict[str, str]:
        """Names of folders by id, the oldest first. The folder is read again only when it has changed."""
        try:
            mark = self._folder.stat().st_mtime_ns
        except OSError:
            return {}
        with self._lock:
            listing = self._listing
        if listing is not None and listing.mark == mark and mark + _CLOCK_NS < listing.read_at:
            return listing.ids
        read_at = time.time_ns()
        with os.scandir(self._folder) as entries:
            names = sorted(entry.name for entry in entries if self._ids.fullmatch(entry.name))
        listing = _Listing(mark, read_at, dict(zip(names, names, strict=True)))
        with self._lock:
            self._listing = listing
            self._known = {id: known for id, known in self._known.items() if id in listing.ids}
        return listing.ids

    def _list_again(self) -> None:
        with self._lock:
            self._listing = None
        self._listed()
