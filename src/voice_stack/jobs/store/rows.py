"""Rows of the jobs' table, and what every query about them has in common."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, select, update

from voice_stack.jobs.readable import (
    UNREADABLE,
    headers,
    json_object,
    number,
    number_or_none,
    status_code,
    text,
    whole,
)
from voice_stack.jobs.store.callback_store import CallbackStore, Note
from voice_stack.jobs.store.database import Database
from voice_stack.jobs.store.tables import jobs
from voice_stack.jobs.types import Job, JobStatus
from voice_stack.serving.scheduling.policy import Lane

UNFINISHED = (JobStatus.QUEUED, JobStatus.RUNNING)
# Before the spool's identity in rows that this version cannot read: no query of it sees them.
_ASIDE = "aside:"
_ID = re.compile(r"job_[0-9a-f]{32}")


class JobRows:
    """The jobs of one spool.

    Args:
        database: opened.
        spool: identity of the folder with their files.
        note: told of rows that cannot be read: a name, and the reason.
    """

    def __init__(self, database: Database, spool: str, note: Note = lambda name, reason: None) -> None:
        self._database = database
        self._spool = spool
        self._note = note
        self.callbacks = CallbackStore(database, spool, note)

    def set_unreadable_aside(self) -> list[str]:
        """Take rows that this version cannot read out of sight, and those back that it can. At the start only.

        Returns:
            Ids of the jobs that cannot be read.
        """
        with self._database.begin() as connection:
            back = update(jobs).where(jobs.c.spool == f"{_ASIDE}{self._spool}").values(spool=self._spool)
            connection.execute(back)
            rows = connection.execute(self._mine()).all()
            return [str(row.id) for row in rows if self._read(connection, row) is None]

    def _read(self, connection: Connection, row: Row[Any]) -> Job | None:
        """The row's job; None when this version cannot read it: the row is out of sight then, and named."""
        try:
            return read_job(row)
        except UNREADABLE as error:
            connection.execute(update(jobs).where(jobs.c.id == row.id).values(spool=f"{_ASIDE}{self._spool}"))
            self._note(f"row {row.id!s:.60}", str(error)[:100])
            return None

    def _readable(self, connection: Connection, query: Select[Any]) -> list[Job]:
        """The jobs of a query, without those that this version cannot read."""
        found = (self._read(connection, row) for row in connection.execute(query).all())
        return [job for job in found if job is not None]

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
        ValueError, TypeError, RecursionError: it is damaged, or of a version that knows more.
    """
    if not _ID.fullmatch(row.id):  # it becomes a path
        raise ValueError(f"{row.id!r:.60} is no job")
    for moment in (row.due_at, row.not_before):
        number(moment)
    for count in (row.crashes, row.steps):
        whole(count)
    return Job(
        id=row.id,
        kind=text(row.kind),
        lane=Lane(row.lane),
        status=JobStatus(row.status),
        created_at=number(row.created_at),
        started_at=number_or_none(row.started_at),
        finished_at=number_or_none(row.finished_at),
        expires_at=number_or_none(row.expires_at),
        expired=bool(row.expired),
        cancel_requested=bool(row.cancel_requested),
        owners=whole(row.owners),
        cost_s=number_or_none(row.cost_s),
        processed_s=number(row.processed_s),
        total_s=number_or_none(row.total_s),
        attempts=whole(row.attempts),
        failures=whole(row.failures),
        response_status=status_code(row.response_status),
        response_headers=headers(row.response_headers),
        error=json_object(row.error),
    )


def owner_of(database: Database, identities: Sequence[str]) -> str | None:
    """The spool that has all those of these jobs that the database knows; None when there is not exactly one."""
    query = select(jobs.c.spool).where(jobs.c.id.in_(identities)).distinct()
    with database.begin() as connection:
        owners = {str(spool).removeprefix(_ASIDE) for spool in connection.execute(query).scalars()}
    return owners.pop() if len(owners) == 1 else None
