"""Work that outlives its process: what an attempt at it may keep, and tells of its progress."""

import hashlib
import threading
from typing import Any, Protocol

Record = dict[str, Any]

_BEGIN = "begin"


class CheckpointLog(Protocol):
    """The finished units of one piece of work, in order. Blocking."""

    @property
    def records(self) -> list[Record]:
        """Notes of the units, in order."""
        ...

    def payload(self, number: int) -> bytes:
        """The bytes that were noted with one, counted from 0."""
        ...

    def append(self, record: Record, payload: bytes = b"") -> None:
        """Note one; it is on the disk when this returns.

        Args:
            record: JSON without NaN and infinities.

        Raises:
            OSError: it could not be written.
        """
        ...


class Attempt(Protocol):
    """One attempt at the work.

    Attributes:
        checkpoints: what earlier attempts have finished, and this one goes on with.
        stop: set when this one is to end at its next safe point.
    """

    @property
    def checkpoints(self) -> CheckpointLog:
        """Notes of this attempt and of earlier ones."""
        ...

    @property
    def stop(self) -> threading.Event:
        """Set when the job is cancelled or the service stops."""
        ...

    def progress(self, done_s: float, total_s: float | None = None) -> None:
        """Tell how many seconds of audio are done, and of how many; thread-safe, never waits."""
        ...


def identity_of(*parts: object) -> str:
    """A short name for what is said by the parts' `repr`: it differs when any of them does."""
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


def records_of(log: CheckpointLog, identity: str) -> list[tuple[int, Record]]:
    """Notes of earlier attempts at this very work, with the numbers of their records.

    Work whose identity has changed since (another engine answers, a setting is new) begins anew: what was finished of
    the other cannot be joined to it.

    Args:
        identity: of everything that the units depend on.
    """
    found: list[tuple[int, Record]] = []
    begun = None
    for number, record in enumerate(log.records):
        if _BEGIN in record:
            begun, found = record[_BEGIN], []
        else:
            found.append((number, record))
    if begun == identity:
        return found
    log.append({_BEGIN: identity})
    return []
