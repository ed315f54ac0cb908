"""The jobs in the database: how they are accepted, shared, read, given up and forgotten. Blocking."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, delete, func, insert, or_, select, update

from voice_stack.jobs.spool.requests import Spooled
from voice_stack.jobs.store.rows import UNFINISHED, JobRows
from voice_stack.jobs.store.tables import jobs
from voice_stack.jobs.types import Job, JobStatus, Released
from voice_stack.serving.scheduling.policy import Lane

# Seconds that a job must have waited to go before one of the interactive lane that came just now.
HANDICAP_S = {Lane.INTERACTIVE: 0.0, Lane.BATCH: 120.0}


class JobStore(JobRows):
    """The jobs of one spool: how they come, are shared, and go."""

    def add(self, connection: Connection, work: Spooled, *, now: float, ttl_s: float) -> tuple[Job, bool]:
        """Insert a job, or join one that does the same.

        Args:
            ttl_s: how much longer a finished result is kept from now on.

        Returns:
            The job, and whether it is a new one.
        """
        new = work.new
        if new.dedupe and (twin := self._twin(connection, work.work_key, now)) is not None:
            self._share(connection, twin, new.lane, now=now, ttl_s=ttl_s)
            if new.callback_url:
                self.callbacks.add(connection, twin.id, new.callback_url, next_at=now if twin.status.is_over else None)
            return self._one(connection, twin.id), False
        connection.execute(
            insert(jobs).values(
                id=work.id,
                spool=self._spool,
                kind=new.kind,
                lane=new.lane,
                status=JobStatus.QUEUED,
                work_key=work.work_key if new.dedupe else None,
                owners=1,
                cancel_requested=False,
                expired=False,
                created_at=now,
                due_at=now + HANDICAP_S[new.lane],
                not_before=0.0,
                attempts=0,
                failures=0,
                crashes=0,
                steps=0,
                cost_s=new.cost_s,
                processed_s=0.0,
                total_s=new.cost_s,
            )
        )
        if new.callback_url:
            self.callbacks.add(connection, work.id, new.callback_url, next_at=None)
        return self._one(connection, work.id), True

    def _share(self, connection: Connection, job: Job, lane: Lane, *, now: float, ttl_s: float) -> None:
        changes: dict[str, Any] = {"owners": jobs.c.owners + 1}
        if job.status.is_over:
            changes["expires_at"] = now + ttl_s
        elif HANDICAP_S[lane] < HANDICAP_S[job.lane]:
            # The more urgent of two requests says how urgent the work is.
            due = now + HANDICAP_S[lane]
            changes |= {"lane": lane, "due_at": case((jobs.c.due_at < due, jobs.c.due_at), else_=due)}
        connection.execute(update(jobs).where(jobs.c.id == job.id).values(**changes))

    def twin(self, key: str, now: float) -> Job | None:
        """A job that does, or has just done, the work of this key."""
        with self._database.begin() as connection:
            return self._twin(connection, key, now)

    def _twin(self, connection: Connection, key: str, now: float) -> Job | None:
        in_flight = jobs.c.status.in_(UNFINISHED) & jobs.c.cancel_requested.is_(False)
        finished = (jobs.c.status == JobStatus.COMPLETED) & jobs.c.expired.is_(False) & (jobs.c.expires_at > now)
        query = self._mine().where(jobs.c.work_key == key, or_(in_flight, finished)).order_by(jobs.c.created_at)
        return next(iter(self._readable(connection, query.limit(1))), None)

    def get(self, identity: str) -> Job | None:
        """The job; None when there is none."""
        with self._database.begin() as connection:
            return next(iter(self._readable(connection, self._mine().where(jobs.c.id == identity))), None)

    def page(self, limit: int, after: Job | None, status: JobStatus | None) -> tuple[list[Job], bool]:
        """Jobs, the newest first.

        Args:
            after: the last one of the page before.

        Returns:
            At most `limit` jobs, and whether there are more.
        """
        query = self._mine().order_by(jobs.c.created_at.desc(), jobs.c.id.desc()).limit(limit + 1)
        if after is not None:
            older = jobs.c.created_at < after.created_at
            query = query.where(or_(older, and_(jobs.c.created_at == after.created_at, jobs.c.id < after.id)))
        if status is not None:
            query = query.where(jobs.c.status == status)
        with self._database.begin() as connection:
            found = self._readable(connection, query)
        return found[:limit], len(found) > limit

    def counts(self) -> dict[JobStatus, int]:
        """Number of jobs in each state that any of them is in."""
        query = select(jobs.c.status, func.count()).where(jobs.c.spool == self._spool).group_by(jobs.c.status)
        with self._database.begin() as connection:
            found = {row[0]: int(row[1]) for row in connection.execute(query)}
        return {status: found[status] for status in JobStatus if status in found}

    def release(self, identity: str, *, now: float, ttl_s: float, awaited: bool) -> tuple[Released, Job | None]:
        """Give a job up for one of its owners. The last one cancels it, or deletes it when it is over.

        Args:
            awaited: somebody in this process waits for the job without owning it: it goes on.
        """
        with self._database.begin() as connection:
            job = next(iter(self._readable(connection, self._mine().where(jobs.c.id == identity))), None)
            if job is None:
                return Released.UNKNOWN, None
            this = update(jobs).where(jobs.c.id == identity)
            if job.owners > 1 or (awaited and not job.status.is_over and not job.cancel_requested):
                connection.execute(this.values(owners=max(0, job.owners - 1)))
                return Released.SHARED, self._one(connection, identity)
            if job.status.is_over:
                connection.execute(delete(jobs).where(jobs.c.id == identity))
                return Released.DELETED, job
            if job.status is JobStatus.RUNNING:
                connection.execute(this.values(owners=0, cancel_requested=True))
                return Released.CANCELLING, self._one(connection, identity)
            self._cancel_queued(connection, identity, now, ttl_s)
            return Released.CANCELLED, self._one(connection, identity)

    def expiring(self, now: float) -> list[str]:
        """Jobs whose results are too old: their files are to be removed, and then `expire` called with this moment."""
        query = select(jobs.c.id).where(self._old(now), jobs.c.expired.is_(False))
        with self._database.begin() as connection:
            return list(connection.execute(query).scalars())

    def expire(self, *, now: float, keep_row_s: float) -> None:
        """Let go of results that are too old, and of rows that are far older."""
        old = self._old(now)
        with self._database.begin() as connection:
            connection.execute(update(jobs).where(old, jobs.c.expired.is_(False)).values(expired=True))
            connection.execute(delete(jobs).where(old, jobs.c.expires_at <= now - keep_row_s))

    def _old(self, now: float) -> ColumnElement[bool]:
        over = jobs.c.status.not_in(UNFINISHED)
        return and_(jobs.c.spool == self._spool, over, jobs.c.expires_at <= now)

    def files_needed(self) -> dict[str, bool]:
        """The jobs that have files on the disk, and whether nothing but the result is needed of them."""
        query = select(jobs.c.id, jobs.c.status).where(jobs.c.spool == self._spool, jobs.c.expired.is_(False))
        with self._database.begin() as connection:
            return {identity: JobStatus(status).is_over for identity, status in connection.execute(query)}
