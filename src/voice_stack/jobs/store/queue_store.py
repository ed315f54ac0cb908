"""The queue in the database: jobs that wait, run, and end, each change in one transaction. Blocking."""

import json
from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import func, or_, select, update

from voice_stack.jobs.store.rows import UNFINISHED, JobRows, read_job
from voice_stack.jobs.store.tables import jobs
from voice_stack.jobs.types import TRANSFERS, Job, JobStatus, Json, StoredResponse
from voice_stack.serving.scheduling.policy import Lane

# A job whose process died so often while it ran, without a step forward, is what kills it: or it had no luck, for
# another job does, or somebody restarts the service over and over. So it waits longer each time, while others run and
# nothing is held against it, and is given up late.
MAX_CRASHES = 30
_PATIENT_CRASHES = 3
_CRASH_WAIT_S = 60.0
# Rows that are looked at for one that can be read.
_PASSED = 100


class JobQueue(JobRows):
    """The queue of one spool: how its jobs are run."""

    def queue(self) -> list[Job]:
        """The jobs that wait, the next one first."""
        query = self._mine().where(jobs.c.status == JobStatus.QUEUED).order_by(jobs.c.due_at, jobs.c.id)
        with self._database.begin() as connection:
            return self._readable(connection, query)

    def claim(self, lanes: Collection[Lane], now: float, *, transfers: bool = False) -> Job | None:
        """Take the next job of these lanes to run it.

        Args:
            transfers: one that moves bytes; else one that computes.
        """
        kind = jobs.c.kind.in_(TRANSFERS) if transfers else jobs.c.kind.not_in(TRANSFERS)
        waiting = (
            self._mine()
            .where(jobs.c.status == JobStatus.QUEUED)
            .where(jobs.c.lane.in_(list(lanes)), kind, jobs.c.not_before <= now)
            .order_by(jobs.c.due_at, jobs.c.id)
        )
        with self._database.begin() as connection:
            # The first one; or, where that is a row that cannot even be put aside, the first behind such.
            found = self._readable(connection, waiting.limit(1)) or self._readable(connection, waiting.limit(_PASSED))
            if not found:
                return None
            identity = found[0].id
            connection.execute(
                update(jobs)
                .where(jobs.c.id == identity)
                .values(
                    status=JobStatus.RUNNING,
                    attempts=jobs.c.attempts + 1,
                    started_at=func.coalesce(jobs.c.started_at, now),
                )
            )
            return self._one(connection, identity)

    def next_retry(self, now: float) -> float | None:
        """Moment at which the next job comes due that waits for better times; None when none does."""
        query = select(func.min(jobs.c.not_before)).where(
            jobs.c.spool == self._spool, jobs.c.status == JobStatus.QUEUED, jobs.c.not_before > now
        )
        with self._database.begin() as connection:
            moment = connection.execute(query).scalar()
        # Numbers come before everything else that SQLite may have there.
        return float(moment) if isinstance(moment, int | float) else None

    def note_progress(self, job: Job, processed_s: float, total_s: float | None) -> None:
        """Note the progress of a running attempt, in seconds of audio done and in all."""
        with self._database.begin() as connection:
            connection.execute(self._running(job).values(processed_s=processed_s, total_s=total_s))

    def finish(
        self,
        job: Job,
        status: JobStatus,
        *,
        now: float,
        ttl_s: float,
        response: StoredResponse | None = None,
        error: Json | None = None,
        progress: tuple[float, float | None] | None = None,
    ) -> bool:
        """End an attempt for good: the one transition that makes a job completed, failed or cancelled.

        Args:
            response: its body must be in its place on the disk already.

        Returns:
            False when the attempt is no longer the one that counts, or was cancelled in the meantime.
        """
        changes: dict[str, Any] = {"status": status, "finished_at": now, "expires_at": now + ttl_s}
        if response is not None:
            headers = [list(header) for header in response.headers]
            changes |= {"response_status": response.status, "response_headers": json.dumps(headers)}
        if error is not None:
            changes["error"] = json.dumps(error)
        if progress is not None:
            changes |= {"processed_s": progress[0], "total_s": progress[1]}
        statement = self._running(job)
        if status is not JobStatus.CANCELLED:
            statement = statement.where(jobs.c.cancel_requested.is_(False))
        with self._database.begin() as connection:
            if connection.execute(statement.values(**changes)).rowcount != 1:
                return False
            self.callbacks.arm(connection, job.id, now)
        return True

    def put_back(self, job: Job, *, not_before: float, failed: bool, processed_s: float | None = None) -> None:
        """Let an attempt end without a result, and the job wait for the next.

        Args:
            failed: whether the attempt ended with an error.
            processed_s: seconds of audio done so far; None leaves what is known.
        """
        statement = self._running(job).values(
            status=JobStatus.QUEUED, not_before=not_before, failures=jobs.c.failures + int(failed)
        )
        if processed_s is not None:
            statement = statement.values(processed_s=processed_s)
        with self._database.begin() as connection:
            connection.execute(statement)

    def recover(self, steps_of: Callable[[str], int], *, now: float, ttl_s: float) -> list[Job]:
        """Bring the jobs of a process that is gone back into the queue. At the start only.

        Args:
            steps_of: finished steps of a job, by its id.

        Returns:
            Jobs that were lost with their process so often that they must be what ends it; they run on paper, for
            the caller to fail them.
        """
        fatal: list[Job] = []
        with self._database.begin() as connection:
            unowned = self._mine().where(jobs.c.status.in_(UNFINISHED))
            unwanted = unowned.where(or_(jobs.c.cancel_requested, jobs.c.owners == 0))
            for row in connection.execute(unwanted).all():
                self._cancel_queued(connection, row.id, now, ttl_s)
            for row in connection.execute(self._mine().where(jobs.c.status == JobStatus.RUNNING)).all():
                steps = steps_of(row.id)
                crashes = row.crashes + 1 if steps <= row.steps else 1
                status = JobStatus.RUNNING if crashes >= MAX_CRASHES else JobStatus.QUEUED
                if status is JobStatus.RUNNING:
                    fatal.append(read_job(row))
                connection.execute(
                    update(jobs)
                    .where(jobs.c.id == row.id)
                    .values(status=status, steps=steps, crashes=crashes, not_before=now + _wait_s(crashes))
                )
        return fatal

    def _running(self, job: Job) -> Any:
        # The number of the attempt keeps one that was given up from speaking for its successor.
        return update(jobs).where(
            jobs.c.id == job.id, jobs.c.status == JobStatus.RUNNING, jobs.c.attempts == job.attempts
        )


def _wait_s(crashes: int) -> float:
    """Seconds before a job is begun again."""
    return min(_CRASH_WAIT_S, 2.0 ** (crashes - _PATIENT_CRASHES)) if crashes > _PATIENT_CRASHES else 0.0
