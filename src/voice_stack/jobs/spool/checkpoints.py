"""Checkpoints: the finished units of a job, so that its next attempt begins there.

A line of JSON for each finished unit in `checkpoints.jsonl`, and the units' bytes, if any, one after the other in
`checkpoints.bin`. The bytes are on the disk before the line that names them; a line that was torn by the end of the
process, and bytes that no line names, are cut off when the files are opened again.
"""

import json
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from voice_stack.core.durable import open_private, sync_folder, write_whole
from voice_stack.jobs.spool.room import check_room
from voice_stack.jobs.types import Json

_LINES, _BYTES = "checkpoints.jsonl", "checkpoints.bin"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A finished unit.

    Attributes:
        record: what the handler noted.
        offset, length: where its bytes lie.
    """

    record: Json
    offset: int
    length: int


class Checkpoints:
    """The finished units of one job. Blocking, thread-safe, with one writer.

    Args:
        folder: of the job.
        grown: told how many bytes an append has added to the folder.
    """

    def __init__(self, folder: Path, grown: Callable[[int], None] = lambda _: None) -> None:
        self._folder = folder
        self._grown = grown
        self._lock = threading.Lock()
        self._items, lines_end, bytes_end = _read(folder)
        self._end = bytes_end
        for name, end in ((_LINES, lines_end), (_BYTES, bytes_end)):
            path = folder / name
            if path.exists() and path.stat().st_size > end:
                os.truncate(path, end)

    def __len__(self) -> int:
        return len(self._items)

    @property
    def records(self) -> list[Json]:
        """Records that were noted for the finished units, in their order."""
        with self._lock:
            return [item.record for item in self._items]

    def payload(self, number: int) -> bytes:
        """The bytes of a finished unit, counted from 0."""
        with self._lock:
            item = self._items[number]
        if not item.length:
            return b""
        with (self._folder / _BYTES).open("rb") as file:
            file.seek(item.offset)
            return file.read(item.length)

    def append(self, record: Json, payload: bytes = b"") -> None:
        """Note a finished unit; it is on the disk when this returns.

        Raises:
            OSError: it could not be written.
            ValueError, TypeError: `record` is no JSON.
        """
        with self._lock:
            item = Checkpoint(record, self._end, len(payload))
            line = json.dumps([record, item.offset, item.length], allow_nan=False, separators=(",", ":")) + "\n"
            check_room(self._folder, len(line) + len(payload))
            if payload:
                self._write(_BYTES, payload)
            self._write(_LINES, line.encode())
            self._end += len(payload)
            self._items.append(item)
        self._grown(len(line) + len(payload))

    def _write(self, name: str, data: bytes) -> None:
        path = self._folder / name
        is_new = not path.exists()
        with open_private(path, "ab") as file:
            before = file.tell()
            try:
                write_whole(file, data)
                os.fdatasync(file.fileno())
            except OSError:
                # What was half written must not stand before the next append.
                file.truncate(before)
                raise
        if is_new:
            sync_folder(self._folder)


def count_checkpoints(folder: Path) -> int:
    """Number of a job's finished units; 0 when there is nothing to be read."""
    return len(_read(folder)[0]) if folder.is_dir() else 0


def _read(folder: Path) -> tuple[list[Checkpoint], int, int]:
    """The whole checkpoints, and where they end in the two files."""
    items: list[Checkpoint] = []
    lines_end = bytes_end = 0
    lines, stored = folder / _LINES, folder / _BYTES
    if not lines.is_file():
        return items, 0, 0
    available = stored.stat().st_size if stored.is_file() else 0
    with lines.open("rb") as file:
        for line in file:
            item = _parse(line)
            if item is None or item.offset + item.length > available:
                break
            items.append(item)
            lines_end += len(line)
            bytes_end = item.offset + item.length
    return items, lines_end, bytes_end


def _parse(line: bytes) -> Checkpoint | None:
    """The line's checkpoint; None when it is torn."""
    if not line.endswith(b"\n"):
        return None
    try:
        record, offset, length = json.loads(line)
        return Checkpoint(record, int(offset), int(length)) if isinstance(record, dict) else None
    except (ValueError, TypeError, RecursionError):
        return None
