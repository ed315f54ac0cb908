"""Leavings of attempts in a job's folder: the result, parts of one, checkpoints."""

import os
import shutil
from pathlib import Path

from voice_stack.core.durable import replace_durably, write_durably
from voice_stack.jobs.spool.room import check_room

RESULT = "result"


def keep_result(folder: Path, body: bytes | Path) -> None:
    """Put the result in its place, durably. What an earlier attempt left is replaced.

    Args:
        folder: of the job.
        body: the result, or a file with it, which is moved away from where it lies.

    Raises:
        OSError: the disk failed; the inputs are all there still.
    """
    part = folder / f"{RESULT}.part"
    if isinstance(body, bytes):
        check_room(folder, len(body))
        write_durably(part, [body])
    else:
        if body.stat().st_dev == folder.stat().st_dev:
            body.replace(part)
        else:
            shutil.copyfile(body, part)
            body.unlink()
        with part.open("rb") as file:
            os.fsync(file.fileno())
    replace_durably(part, folder / RESULT)


def drop_output(folder: Path) -> tuple[int, int]:
    """Delete what an attempt has made of the answer; inputs and checkpoints stay.

    Returns:
        Bytes of what was deleted, and of the checkpoints.
    """
    deleted = kept = 0
    for path in list(folder.iterdir()) if folder.is_dir() else ():
        size = path.lstat().st_size
        if path.name.startswith(("out.", RESULT)):
            deleted += size
            path.unlink(missing_ok=True)
        elif path.name.startswith("checkpoints."):
            kept += size
    return deleted, kept


def drop_checkpoints(folder: Path) -> None:
    """Delete the checkpoints of a job whose result is in its place. Idempotent."""
    for path in folder.glob("checkpoints.*"):
        path.unlink(missing_ok=True)
