"""Files that are still there after the power went off."""

import os
from collections.abc import Iterable
from io import FileIO
from pathlib import Path
from typing import Literal

# What people say and have read to them is for nobody else on the machine.
_PRIVATE_FILE, _PRIVATE_FOLDER = 0o600, 0o700


def open_private(path: Path, mode: Literal["wb", "ab"]) -> FileIO:
    """Open a file to write, which only the service's own user may read."""
    return FileIO(path, mode, opener=lambda name, flags: os.open(name, flags, _PRIVATE_FILE))


def make_private(folder: Path) -> None:
    """Make a folder, and keep others out of it."""
    folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
    folder.chmod(_PRIVATE_FOLDER)


def write_whole(file: FileIO, data: bytes | memoryview) -> int:
    """Write all of the data: an unbuffered file may take a part of it only.

    Returns:
        Bytes written.
    """
    left = memoryview(data)
    size = len(left)
    while left:
        left = left[file.write(left) :]
    return size


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_durably(path: Path, parts: Iterable[bytes | memoryview]) -> int:
    """Write a new file and its bytes to the disk. Its name is durable once the folder is synced.

    Returns:
        Bytes written.
    """
    size = 0
    with open_private(path, "wb") as file:
        for part in parts:
            size += write_whole(file, part)
        os.fsync(file.fileno())
    return size


def replace_durably(source: Path, target: Path) -> None:
    """Give a synced file or folder its name: afterwards it is there as a whole, whatever happens."""
    os.replace(source, target)  # noqa: PTH105 (the pair of paths reads better)
    sync_folder(target.parent)
    if source.parent != target.parent:
        sync_folder(source.parent)


def tree_size(folder: Path) -> int:
    """Bytes of the files in a folder, as far as they are there."""
    total = 0
    for path in folder.iterdir():
        total += path.stat().st_size if path.is_file() else 0
    return total
