"""Rows of the jobs' table, and what every query about them has in common."""

import json
from typing import Any

from sqlalchemy import Connection, Row, Select, select, update

from voice_stack.jobs.store.callback_store import CallbackStore
from voice_stack.jobs.store.database import Database
from voice_stack.jobs.store.tables import jobs
from voice_stack.jobs.types import Job, JobStatus
from voice_stack.serving.scheduling.policy import Lane

UNFINISHED = (JobStatus.QUEUED, JobStatus.RUNNING)


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
    """The job of a row that has all columns of the table."""
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
