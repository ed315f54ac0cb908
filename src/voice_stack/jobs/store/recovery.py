"""What a process finds that starts on the jobs of one that is gone."""

import logging

from voice_stack.core.errors import EngineError
from voice_stack.jobs.spool.checkpoints import count_checkpoints
from voice_stack.jobs.spool.spool import Spool
from voice_stack.jobs.store.job_store import JobStore
from voice_stack.jobs.store.queue_store import JobQueue
from voice_stack.jobs.types import JobStatus
from voice_stack.jobs.work.outcome import failed

logger = logging.getLogger("voice_stack.jobs")


def recover(queue: JobQueue, store: JobStore, spool: Spool, *, now: float, ttl_s: float) -> None:
    """Bring back the jobs that ran, give up those that end their process again and again, and remove what nobody needs.

    Blocking. At the start only.
    """

    def steps_of(job_id: str) -> int:
        return count_checkpoints(spool.job_folder(job_id))

    for job in queue.recover(steps_of, now=now, ttl_s=ttl_s):
        end = failed(EngineError("The service died again and again while it worked on this job."))
        logger.error("the job %s is given up: the process has not survived it", job.id)
        spool.drop_result(job.id)
        queue.finish(job, JobStatus.FAILED, now=now, ttl_s=ttl_s, response=end.response, error=end.error)
    orphans = spool.clean(store.files_needed())
    if orphans:
        logger.info("removed the files of %d jobs that were never accepted", orphans)
