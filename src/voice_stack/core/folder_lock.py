"""Folders that several threads and processes change: one at a time, and the errors of a disk that cannot be written."""

import contextlib
import errno
import fcntl
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from voice_stack.core.durable import make_private
from voice_stack.core.errors import DiskFullError, ServiceUnavailableError

_LOCK: Final = "lock"
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)


class FolderLock:
    """The sole right to change a folder, among all threads and processes. Who has it may take it again.

    Args:
        folder: is made, for nobody else to read, when the right is first taken.

    Attributes:
        among_threads: of it, what counts inside this process, for what is only in memory.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.among_threads = threading.RLock()
        self._depth = 0

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """The right, inside the `with` block.

        Raises:
            OSError: the folder cannot be written.
        """
        with self.among_threads:
            if self._depth:
                yield
                return
            make_private(self._folder)
            descriptor = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1
            finally:
                os.close(descriptor)


@contextlib.contextmanager
def writing(what: str) -> Iterator[None]:
    """Errors of ours for a disk that is full, or that cannot be written.

    Args:
        what: is written, for the message: `the voice library`.

    Raises:
        DiskFullError, ServiceUnavailableError: as the system says.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFullError(f"The server's disk is full: {what} cannot be written.") from error
        raise ServiceUnavailableError(
            f"{what[0].upper()}{what[1:]} cannot be written: {error.strerror or type(error).__name__}."
        ) from error
