"""A file that people edit while the service runs."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from voice_stack.core.errors import SettingsError

logger = logging.getLogger(__name__)

Content = TypeVar("Content")


class ReloadedFile(Generic[Content]):
    """Value of a file, read again when the file changes. Safe for several threads.

    Args:
        path: may come and go.
        read: makes something of the file; raises SettingsError, which names file and line.
        absent: what counts while there is no file.
    """

    def __init__(self, path: Path, read: Callable[[Path], Content], absent: Content) -> None:
        self._path = path
        self._read = read
        self._absent = absent
        self._lock = threading.Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._value = absent

    def check(self) -> None:
        """Read the file, so that mistakes show at the start.

        Raises:
            SettingsError: it cannot be read or makes no sense.
        """
        if self._path.exists():
            self._read(self._path)

    @property
    def value(self) -> Content:
        """The file's value now. While the file has a mistake, the value before it; that is logged once."""
        with self._lock:
            stamp = file_stamp(self._path)
            if stamp != self._stamp:
                self._stamp = stamp
                self._value = self._absent if stamp is None else self._reread()
            return self._value

    def _reread(self) -> Content:
        try:
            return self._read(self._path)
        except SettingsError as error:
            # A slip while editing must not take anything down: what was good stays until it is mended.
            logger.warning("Not reloaded: %s", error.message)
            return self._value


def file_stamp(path: Path) -> tuple[int, int, int] | None:
    """Mark that a change of the file changes: times of content and of inode, and size. None when there is no file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size
