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

    def steps_of(job_id: str) -> int:
        return count_checkpoints(spool.job_folder(job_id))

    for job in storage.queue.recover(steps_of, now=now, ttl_s=ttl_s):
        end = failed(EngineError("The service died again and again while it worked on this job."))
        logger.error("the job %s is given up: the process has not survived it", job.id)
        spool.drop_result(job.id)
        storage.queue.finish(job, JobStatus.FAILED, now=now, ttl_s=ttl_s, response=end.response, error=end.error)
    orphans = spool.clean(storage.jobs.files_needed())
    if orphans:
        logger.info("removed the files of %d jobs that were never accepted", orphans)
