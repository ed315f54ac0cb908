"""Rows of the jobs' table, and what every query about them has in common."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, select, update

from voice_stack.jobs.store.callback_store import CallbackStore
from voice_stack.jobs.store.database import Database
from voice_stack.jobs.store.tables import jobs
from voice_stack.jobs.types import Job, JobStatus
from voice_stack.serving.scheduling.policy import Lane

UNFINISHED = (JobStatus.QUEUED, JobStatus.RUNNING)
# Before the spool's identity in rows that this version cannot read: no query of it sees them.
_ASIDE = "aside:"


class JobRows:
    """The jobs of one spool.

    Args:
        database: opened.
        spool: identity of the folder with their files.
    """

    def __init__(self, database: Database, spool: str) -> None:
        self._database = database
        self._spool = spool
        self.callbacks = CallbackStore(database, spool)

    def set_unreadable_aside(self) -> dict[str, str]:
        """Take rows that this version cannot read out of sight, and those back that it can. At the start only.

        Returns:
            Reasons by the job's id.
        """
        unreadable: dict[str, str] = {}
        aside = f"{_ASIDE}{self._spool}"
        with self._database.begin() as connection:
            connection.execute(update(jobs).where(jobs.c.spool == aside).values(spool=self._spool))
            for row in connection.execute(self._mine()).all():
                try:
                    read_job(row)
                except (ValueError, TypeError, RecursionError) as error:
                    unreadable[row.id] = str(error)[:100]
            for identity in unreadable:
                connection.execute(update(jobs).where(jobs.c.id == identity).values(spool=aside))
        return unreadable

    def _mine(self) -> Select[Any]:
        return select(jobs).where(jobs.c.spool == self._spool)

    def _one(self, connection: Connection, identity: str) -> Job:
        return read_job(connection.execute(select(jobs).where(jobs.c.id == identity)).one())

    def _cancel_queued(self, connection: Connection, identity: str, now: float, ttl_s: float) -> None:
        connection.execute(
            update(jobs)
            .where(jobs.c.id == identity)
            .values(status=JobStatus.CANCELLED, owners=0, finished_at=now, expires_at=now + ttl_s)
        )
        self.callbacks.arm(connection, identity, now)


def read_job(row: Row[Any]) -> Job:
    """The job of a row that has all columns of the table.

    Raises:
        ValueError, TypeError: it is damaged, or of a version that knows more.
    """
    for number in (row.created_at, row.due_at, row.not_before, row.processed_s, row.owners, row.attempts):
        if not isinstance(number, int | float):
            raise TypeError(f"{number!r:.40} is no number")
    headers = json.loads(row.response_headers) if row.response_headers else []
    return Job(
        id=row.id,
        kind=row.kind,
        lane=Lane(row.lane),
        status=JobStatus(row.status),
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        expires_at=row.expires_at,
        expired=bool(row.expired),
        cancel_requested=bool(row.cancel_requested),
        owners=row.owners,
        cost_s=row.cost_s,
        processed_s=row.processed_s,
        total_s=row.total_s,
        attempts=row.attempts,
        failures=row.failures,
        response_status=row.response_status,
        response_headers=tuple((name, value) for name, value in headers),
        error=json.loads(row.error) if row.error else None,
    )


def owner_of(database: Database, identities: Sequence[str]) -> str | None:
    """The spool that has all those of these jobs that the database knows; None when there is not exactly one."""
    query = select(jobs.c.spool).where(jobs.c.id.in_(identities)).distinct()
    with database.begin() as connection:
        owners = {str(spool).removeprefix(_ASIDE) for spool in connection.execute(query).scalars()}
    return owners.pop() if len(owners) == 1 else None
