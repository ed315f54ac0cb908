"""Identities on the disk: a file each, there as a whole or not at all, and overwritten before it is gone.

    DATA_DIR/speakers/spk_....json   an identity
    DATA_DIR/speakers/.part-...      being written; swept
    DATA_DIR/speakers/.gone-...      being forgotten; overwritten and removed at the next start

Names of files are ids that were made here; ids of clients are compared with them, and no path is made of one.
"""

import contextlib
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from voice_stack.core.durable import replace_durably, sync_folder, write_durably
from voice_stack.core.folder_lock import FolderLock, writing
from voice_stack.speaker.identity import (
    IDENTITY_ID,
    Identity,
    UnreadableIdentityError,
    identity_bytes,
    parse_identity,
)

_SUFFIX: Final = ".json"
_PART: Final = ".part-"
_GONE: Final = ".gone-"
_MOST_BYTES: Final = 4 << 20
_BLOCK: Final = 1 << 16
# The time of a folder does not tell two changes apart that come this close.
_CLOCK_NS: Final = 2 * 10**9


@dataclass(frozen=True, slots=True)
class _Listing:
    """Content of the folder at a time: identities by id, and why others cannot be read."""

    mark: int
    read_at: int
    identities: dict[str, Identity]
    damaged: dict[str, str]


class IdentityFiles:
    """The identities of a folder. Thread-safe; several processes may use it, and see each other's changes.

    Args:
        path: need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._right = FolderLock(path)
        self._lock = self._right.among_threads
        self._listing: _Listing | None = None
        self._stamps: dict[str, tuple[int, int, int]] = {}

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """The sole right to change identities, among all threads and processes.

        Raises:
            DiskFullError, ServiceUnavailableError: the folder cannot be written.
        """
        with _written(), self._right.held():
            yield

    def all(self) -> list[Identity]:
        """The identities that can be read, the oldest first. Reads only what has changed.

        Their vectors become zeros when they are forgotten: compute with them inside `reading`.
        """
        return list(self._listed().identities.values())

    @contextlib.contextmanager
    def reading(self) -> Iterator[Mapping[str, Identity]]:
        """The identities by id, none of which is forgotten inside the block; the same object until one changes."""
        with self._lock:
            yield self._listed().identities

    def get(self, id: str) -> Identity | None:
        """The identity of an id; None when there is none that can be read."""
        return self._listed().identities.get(id)

    @property
    def damaged(self) -> dict[str, str]:
        """Ids of files that hold no identity, with the reason. They stay until they are forgotten."""
        return dict(self._listed().damaged)

    def write(self, identity: Identity) -> None:
        """Keep an identity, in the place of what it was before; that is overwritten on the disk.

        Raises:
            DiskFullError, ServiceUnavailableError: it could not be written, and all is as it was.
        """
        with self.locked():
            place = self.path / f"{identity.id}{_SUFFIX}"
            part = self.path / f"{_PART}{secrets.token_hex(8)}"
            with _kept_open(place) as before:
                try:
                    write_durably(part, [identity_bytes(identity)])
                    replace_durably(part, place)
                except BaseException:
                    _shred(part)
                    raise
                if before is not None:
                    _overwrite(before)
            self._look_again()

    def remove(self, id: str) -> bool:
        """Forget an identity, damaged or not: at once for everybody; its bytes are overwritten, then removed.

        Returns:
            False when there is none.
        """
        listing = self._listed()
        if id not in listing.identities and id not in listing.damaged:
            return False
        with self.locked():
            place, gone = self.path / f"{id}{_SUFFIX}", self.path / f"{_GONE}{secrets.token_hex(8)}"
            try:
                replace_durably(place, gone)
            except FileNotFoundError:
                return False
            _shred(gone)
            sync_folder(self.path)
            self._look_again()
        return True

    def sweep(self) -> None:
        """Overwrite and remove what a process has left that was killed: half-written files, files that were being
        forgotten, and identities that have been merged into others."""
        if not self.path.is_dir():
            return
        with self.locked():
            for path in [*self.path.glob(f"{_PART}*"), *self.path.glob(f"{_GONE}*")]:
                _shred(path)
            absorbed = {one for identity in self.all() for one in identity.absorbed}
            for id in absorbed:
                _shred(self.path / f"{id}{_SUFFIX}")
            sync_folder(self.path)
            self._look_again()

    def close(self) -> None:
        """Overwrite the vectors in memory."""
        with self._lock:
            if self._listing is not None:
                for identity in self._listing.identities.values():
                    _blank(identity)
            self._listing = None
            self._stamps = {}

    def _look_again(self) -> None:
        with self._lock:
            listing = self._listing
            if listing is not None:
                self._listing = _Listing(-1, 0, listing.identities, listing.damaged)
        self._listed()

    def _listed(self) -> _Listing:
        with self._lock:
            try:
                mark = self.path.stat().st_mtime_ns
            except OSError:
                mark = -1
            known = self._listing
            if known is not None and known.mark == mark and mark + _CLOCK_NS < known.read_at:
                return known
            self._listing = self._read(mark, known)
            return self._listing

    def _read(self, mark: int, known: _Listing | None) -> _Listing:
        """The folder as it is; identities that are gone, or were replaced, are overwritten in memory."""
        before = known.identities if known is not None else {}
        read_at = time.time_ns()
        found: dict[str, Identity] = {}
        damaged: dict[str, str] = {}
        stamps: dict[str, tuple[int, int, int]] = {}
        for id, path, stamp in self._entries():
            if id in before and self._stamps.get(id) == stamp:
                found[id], stamps[id] = before[id], stamp
                continue
            try:
                found[id] = _read_file(id, path)
                stamps[id] = stamp
            except FileNotFoundError:  # forgotten just now
                continue
            except UnreadableIdentityError as error:
                damaged[id] = str(error)
            except OSError as error:
                damaged[id] = f"it cannot be read: {error.strerror}"
        # A merge is one step for whoever looks: what was merged is not there, although its file may still be.
        for id in {one for identity in found.values() for one in identity.absorbed} & found.keys():
            _blank(found.pop(id))
            stamps.pop(id)
        for id, identity in before.items():
            if found.get(id) is not identity:
                _blank(identity)
        self._stamps = stamps
        if found.keys() == before.keys() and all(found[id] is before[id] for id in before):
            found = before
        return _Listing(mark, read_at, found, damaged)

    def _entries(self) -> list[tuple[str, Path, tuple[int, int, int]]]:
        entries = []
        with contextlib.suppress(FileNotFoundError), os.scandir(self.path) as scanned:
            for entry in scanned:
                id = entry.name.removesuffix(_SUFFIX)
                if id == entry.name or not IDENTITY_ID.fullmatch(id):
                    continue
                with contextlib.suppress(OSError):
                    facts = entry.stat(follow_symlinks=False)
                    entries.append((id, Path(entry.path), (facts.st_ino, facts.st_mtime_ns, facts.st_size)))
        return sorted(entries)


def _read_file(id: str, path: Path) -> Identity:
    with path.open("rb") as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise UnreadableIdentityError("it is too large")
    identity = parse_identity(data)
    if identity.id != id:
        raise UnreadableIdentityError("it is of another id")
    return identity


def _blank(identity: Identity) -> None:
    """Overwrite the vectors of an identity in memory; nobody uses it any more."""
    for sample in identity.samples:
        with contextlib.suppress(ValueError):  # one that is only to be read
            sample.vector.fill(0)


@contextlib.contextmanager
def _kept_open(path: Path) -> Iterator[int | None]:
    """A descriptor of a file that is about to lose its name; None when there is none."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _overwrite(descriptor: int) -> None:
    """Write zeros over all of a file, and have them on the disk."""
    left = os.fstat(descriptor).st_size
    os.lseek(descriptor, 0, os.SEEK_SET)
    while left > 0:
        left -= os.write(descriptor, bytes(min(left, _BLOCK)))
    os.fsync(descriptor)


def _shred(path: Path) -> None:
    """Overwrite a file and remove it. One that cannot be overwritten is removed all the same."""
    with contextlib.suppress(OSError), _kept_open(path) as descriptor:
        if descriptor is not None:
            _overwrite(descriptor)
    path.unlink(missing_ok=True)


def _written() -> contextlib.AbstractContextManager[None]:
    return writing("the list of speakers")
