"""Recovery: the start of a process on the jobs of one that is gone."""

import logging

from voice_stack.core.errors import EngineError
from voice_stack.jobs.spool.checkpoints import count_checkpoints
from voice_stack.jobs.storage import Storage
from voice_stack.jobs.types import JobStatus
from voice_stack.jobs.work.outcome import failed

logger = logging.getLogger("voice_stack.jobs")


def recover(storage: Storage) -> None:
    """Bring back the jobs that ran, give up those that end their process again and again, and remove what nobody needs.

    Blocking, for the database's thread. At the start only.
    """
    spool, now, ttl_s = storage.spool, storage.clock(), storage.ttl_s
    unreadable = storage.jobs.set_unreadable_aside()
    storage.jobs.callbacks.set_unreadable_aside()
    storage.batches.note_unreadable()

    def steps_of(job_id: str) -> int:
        try:
            return count_checkpoints(spool.job_folder(job_id))
        except OSError as error:
            spool.aside.note(f"checkpoints of {job_id}", error.strerror or str(error))
            return 0

    for job in storage.queue.recover(steps_of, now=now, ttl_s=ttl_s):
        end = failed(EngineError("The service died again and again while it worked on this job."))
        logger.error("the job %s is given up: the process has not survived it", job.id)
        try:
            spool.drop_result(job.id)
        except OSError as error:  # a folder, say
            spool.aside.note(f"result of {job.id}", error.strerror or str(error))
        storage.queue.finish(job, JobStatus.FAILED, now=now, ttl_s=ttl_s, response=end.response, error=end.error)
    needed: dict[str, bool | None] = {**storage.jobs.files_needed(), **dict.fromkeys(unreadable)}
    orphans = spool.clean(needed)
    if storage.database.is_new:
        _accept_again(storage, orphans)
        return
    for orphan in orphans:
        spool.delete_orphan(orphan)
    if orphans:
        logger.info("removed the files of %d jobs that were never accepted", len(orphans))


def _accept_again(storage: Storage, identities: list[str]) -> None:
    """The database is gone: what was accepted is begun anew, and what was over is set aside."""
    lost, taken = [], 0
    for identity in identities:
        work = storage.spool.unfinished(identity)
        if work is None:
            lost.append(identity)
            continue
        with storage.database.begin() as connection:
            _, is_new = storage.jobs.add(connection, work, now=storage.clock(), ttl_s=storage.ttl_s)
        if is_new:
            taken += 1
        else:
            storage.spool.delete_orphan(identity)
    for identity in lost:
        storage.spool.set_orphan_aside(identity)
    if identities:
        logger.error("the jobs' database was lost: %d jobs begin anew, %d are set aside", taken, len(lost))
    storage.spool.clean(storage.jobs.files_needed())
