"""The audit of cloned voices: a line of JSON for every creation, change, deletion and utterance, and no text."""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from voice_stack.core.durable import make_private
from voice_stack.core.logging import request_id
from voice_stack.tts.voices.custom.place import written

MAX_BYTES: Final = 10 * 2**20
"""Of one file; a full one becomes `audit.1.jsonl`, and that one `audit.2.jsonl`."""
MAX_FILES: Final = 10
"""Files that are kept; the oldest goes."""

_NAME: Final = "audit.jsonl"


class AuditLog:
    """Lines that are only ever added. Thread-safe, also with other processes.

    A line is written before the deed: whoever finds a voice finds its line, and a line without a voice was a deed that
    was cut off.

    Args:
        folder: made when the first line is written.
        max_bytes: of one file.
    """

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES) -> None:
        self._path = folder / _NAME
        self._max_bytes = max_bytes

    def note(self, event: str, *, durably: bool = True, **facts: str | int | float | bool | None) -> None:
        """Add a line.

        Args:
            event: what is done: `voice.created`, `speech` ...
            durably: whether it has to be on the disk when this returns.
            facts: ids, counts and names of engines; never what is spoken.

        Raises:
            DiskFullError, ServiceUnavailableError: it cannot be written.
        """
        known = request_id.get()
        line = {"at": round(time.time(), 3), "event": event, "request": None if known == "-" else known, **facts}
        data = (json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8", "replace")
        with written():
            if not self._path.parent.is_dir():
                make_private(self._path.parent)
            with self._locked() as descriptor:
                os.write(descriptor, data)
                if durably:
                    os.fsync(descriptor)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[int]:
        """The file, locked, with room in it."""
        while True:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                if not self._is_current(descriptor):  # it was put away while this waited
                    continue
                if os.fstat(descriptor).st_size >= self._max_bytes:
                    self._put_away()
                    continue
                yield descriptor
                return
            finally:
                os.close(descriptor)

    def _is_current(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), self._path.stat())
        except FileNotFoundError:
            return False

    def _put_away(self) -> None:
        stem = self._path.with_suffix("")
        for number in range(MAX_FILES - 1, 0, -1):
            older = self._path if number == 1 else Path(f"{stem}.{number - 1}.jsonl")
            if older.exists():
                older.replace(Path(f"{stem}.{number}.jsonl"))
