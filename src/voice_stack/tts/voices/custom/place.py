"""The place of the library on the disk: one that changes it at a time, and a corner to write in that nobody sees."""

import contextlib
import errno
import fcntl
import os
import secrets
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from voice_stack.core.durable import make_private, sync_folder
from voice_stack.core.errors import DiskFullError, ServiceUnavailableError
from voice_stack.jobs.spool.aside import SetAside

_STAGING: Final = "staging"
_LOCK: Final = "lock"
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class LibraryFolder:
    """The folder that all records are in. Several processes may use it. Thread-safe.

    Args:
        path: made when something is first written.

    Attributes:
        aside: what was found damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.aside = SetAside(path)
        self._lock = threading.RLock()
        self._depth = 0

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """The sole right to change records, among all threads and processes."""
        with self._lock:
            if self._depth:
                yield
                return
            make_private(self.path)
            descriptor = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                self._depth += 1
                yield
            finally:
                self._depth -= 1
                os.close(descriptor)

    @contextlib.contextmanager
    def staging(self, id: str) -> Iterator[Path]:
        """A folder to write into, which nobody sees; what is left in it when the block ends is removed."""
        with written():
            folder = self.path / _STAGING
            if not folder.is_dir():
                make_private(self.path)
                make_private(folder)
                sync_folder(self.path)
            path = folder / f"{id}.{secrets.token_hex(4)}"
            with self.locked():  # a sweep in another process must not come between the two
                path.mkdir(mode=0o700)
                descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            try:
                yield path
            finally:
                shutil.rmtree(path, ignore_errors=True)
                os.close(descriptor)

    def sweep(self) -> list[str]:
        """Remove what processes have left that are gone.

        Returns:
            Names of what was removed.
        """
        folder = self.path / _STAGING
        if not folder.is_dir():
            return []
        swept = []
        with self.locked():
            for path in sorted(folder.iterdir()):
                if not path.is_dir() or path.is_symlink():
                    self.aside.move(path, "no folder of the library's")
                    continue
                descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:  # somebody is writing there now
                    continue
                finally:
                    os.close(descriptor)
                shutil.rmtree(path, ignore_errors=True)
                swept.append(path.name)
        return swept


@contextlib.contextmanager
def written() -> Iterator[None]:
    """Errors of ours for a disk that is full, or that cannot be written.

    Raises:
        DiskFullError, ServiceUnavailableError: as the system says.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFullError("The server's disk is full: the voice library cannot be written.") from error
        raise ServiceUnavailableError(
            f"The voice library cannot be written: {error.strerror or type(error).__name__}."
        ) from error
