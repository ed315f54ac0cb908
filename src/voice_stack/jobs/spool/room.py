"""Room on the disk: the jobs leave the last of it to their database, which could not even note that they failed."""

import errno
import os
from pathlib import Path

# Rows of some thousand jobs, and the log that SQLite writes them to first.
KEPT_FREE_BYTES = 512 * 1024
# Output below which a job is not what fills a disk.
_TELLING_BYTES = 64 * 1024


def is_full(error: OSError) -> bool:
    """True when the disk, or what this user may have of it, is full."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def free_bytes(folder: Path) -> int:
    """Bytes that may still be written."""
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize


def check_room(folder: Path, size: int) -> None:
    """See that there is room for some more bytes.

    Raises:
        OSError: there is not (ENOSPC).
    """
    if free_bytes(folder) - size < KEPT_FREE_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


def fills_the_disk(written: int, free: int) -> bool:
    """True when a job that met a full disk is what fills it, so that another attempt would end alike.

    Args:
        written: bytes of its output and its checkpoints.
        free: bytes that are free once they are gone.
    """
    return written >= _TELLING_BYTES and 2 * written >= free - KEPT_FREE_BYTES
