"""The place of the library on the disk: one that changes it at a time, and a corner to write in that nobody sees."""

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from voice_stack.core.durable import make_private, sync_folder
from voice_stack.core.folder_lock import FolderLock, writing
from voice_stack.jobs.spool.aside import SetAside

_STAGING: Final = "staging"


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
        self._right = FolderLock(path)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """The sole right to change records, among all threads and processes."""
        with self._right.held():
            yield

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


def written() -> contextlib.AbstractContextManager[None]:
    """Errors of ours for a disk that is full, or that cannot be written.

    Raises:
        DiskFullError, ServiceUnavailableError: as the system says.
    """
    return writing("the voice library")
