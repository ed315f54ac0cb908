"""Callbacks in the database, so that a restart goes on with them. Blocking."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import Connection, func, insert, select, update

from voice_stack.jobs.store.database import Database
from voice_stack.jobs.store.tables import callbacks, jobs
from voice_stack.jobs.types import CallbackState

PENDING, DELIVERED, FAILED = "pending", "delivered", "failed"


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
    """The callbacks of one spool's jobs."""

    def __init__(self, database: Database, spool: str) -> None:
        self._database = database
        self._spool = spool

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
        columns = (callbacks.c.id, callbacks.c.job_id, callbacks.c.url, callbacks.c.attempts)
        query = (
            select(*columns)
            .join(jobs, jobs.c.id == callbacks.c.job_id)
            .where(jobs.c.spool == self._spool, callbacks.c.status == PENDING, callbacks.c.next_at <= now)
            .order_by(callbacks.c.next_at)
            .limit(limit)
        )
        with self._database.begin() as connection:
            return [DueCallback(*row) for row in connection.execute(query)]

    def next_at(self) -> float | None:
        """Moment at which the next one is due; None when none waits."""
        query = (
            select(func.min(callbacks.c.next_at))
            .join(jobs, jobs.c.id == callbacks.c.job_id)
            .where(jobs.c.spool == self._spool, callbacks.c.status == PENDING)
        )
        with self._database.begin() as connection:
            moment: float | None = connection.execute(query).scalar()
            return moment

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
            for row in connection.execute(query):
                state = CallbackState(row.url, row.status, row.attempts, row.error)
                found.setdefault(row.job_id, []).append(state)
        return found
