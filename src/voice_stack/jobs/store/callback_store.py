"""Callbacks in the database, so that a restart goes on with them. Blocking."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from sqlalchemy import Connection, Row, func, insert, select, update

from voice_stack.jobs.readable import UNREADABLE, number_or_none, text, text_or_none, whole
from voice_stack.jobs.store.database import Database
from voice_stack.jobs.store.tables import callbacks, jobs
from voice_stack.jobs.types import CallbackState

PENDING, DELIVERED, FAILED = "pending", "delivered", "failed"
# The state of a callback that waits and that this version cannot read.
_ASIDE = f"aside:{PENDING}"

Note = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class DueCallback:
    """A callback whose moment has come.

    Attributes:
        id: the event's identity, the same in every attempt.
        attempts: made so far.
    """

    id: str
    job_id: str
    url: str
    attempts: int


class CallbackStore:
    """The callbacks of one spool's jobs.

    Args:
        database, spool, note: as those of `JobRows`.
    """

    def __init__(self, database: Database, spool: str, note: Note) -> None:
        self._database = database
        self._spool = spool
        self._note = note

    def set_unreadable_aside(self) -> None:
        """Let those wait no more that this version cannot read, and those again that it can. At the start only."""
        mine = callbacks.c.job_id.in_(select(jobs.c.id).where(jobs.c.spool == self._spool))
        with self._database.begin() as connection:
            connection.execute(update(callbacks).where(mine, callbacks.c.status == _ASIDE).values(status=PENDING))
            for row in connection.execute(select(callbacks).where(mine)).all():
                self._read(connection, row)

    def add(self, connection: Connection, job_id: str, url: str, *, next_at: float | None) -> None:
        """Note a callback, once for each address of a job.

        Args:
            next_at: when it is due; None until the job is over.
        """
        same = select(callbacks.c.id).where(callbacks.c.job_id == job_id, callbacks.c.url == url)
        same = same.where(callbacks.c.status == PENDING)
        if connection.execute(same).first() is None:
            row = {"id": f"evt_{uuid4().hex}", "job_id": job_id, "url": url, "status": PENDING, "attempts": 0}
            connection.execute(insert(callbacks).values(**row, next_at=next_at))

    def arm(self, connection: Connection, job_id: str, now: float) -> None:
        """The job is over: its callbacks are due."""
        waiting = (callbacks.c.job_id == job_id) & (callbacks.c.status == PENDING)
        connection.execute(update(callbacks).where(waiting).values(next_at=now))

    def due(self, now: float, limit: int) -> list[DueCallback]:
        """Callbacks whose moment has come, those that wait longest first."""
        query = (
            select(callbacks)
            .join(jobs, jobs.c.id == callbacks.c.job_id)
            .where(jobs.c.spool == self._spool, callbacks.c.status == PENDING, callbacks.c.next_at <= now)
            .order_by(callbacks.c.next_at)
            .limit(limit)
        )
        with self._database.begin() as connection:
            found = ((row, self._read(connection, row)) for row in connection.execute(query).all())
            return [DueCallback(row.id, row.job_id, state.url, state.attempts) for row, state in found if state]

    def next_at(self) -> float | None:
        """Moment at which the next one is due; None when none waits."""
        query = (
            select(func.min(callbacks.c.next_at))
            .join(jobs, jobs.c.id == callbacks.c.job_id)
            .where(jobs.c.spool == self._spool, callbacks.c.status == PENDING)
        )
        with self._database.begin() as connection:
            moment = connection.execute(query).scalar()
        # Numbers come before everything else that SQLite may have there.
        return float(moment) if isinstance(moment, int | float) else None

    def note(self, identity: str, *, attempts: int, status: str, next_at: float | None, error: str | None) -> None:
        """Note the end of an attempt."""
        values = {"attempts": attempts, "status": status, "next_at": next_at, "error": error}
        with self._database.begin() as connection:
            connection.execute(update(callbacks).where(callbacks.c.id == identity).values(**values))

    def of(self, job_ids: Sequence[str]) -> dict[str, list[CallbackState]]:
        """The callbacks of some jobs, by the job's id."""
        found: dict[str, list[CallbackState]] = {}
        query = select(callbacks).where(callbacks.c.job_id.in_(job_ids)).order_by(callbacks.c.id)
        with self._database.begin() as connection:
            for row in connection.execute(query).all():
                if (state := self._read(connection, row)) is not None:
                    found.setdefault(row.job_id, []).append(state)
        return found

    def _read(self, connection: Connection, row: Row[Any]) -> CallbackState | None:
        """The row's callback; None when this version cannot read it: it waits no more then, and is named."""
        if row.status == _ASIDE:
            return None
        try:
            state = CallbackState(text(row.url), text(row.status), whole(row.attempts), text_or_none(row.error))
            urlsplit(state.url)
            number_or_none(row.next_at)
        except UNREADABLE as error:
            waits = (callbacks.c.id == row.id) & (callbacks.c.status == PENDING)
            connection.execute(update(callbacks).where(waits).values(status=_ASIDE))
            self._note(f"callback {row.id!s:.60}", str(error)[:100])
            return None
        return state
