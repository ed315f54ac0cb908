"""A job that runs, and how its attempt ended."""

import threading
from dataclasses import dataclass, field

from voice_stack.core.errors import VoiceStackError
from voice_stack.jobs.types import Job, JobStatus, Json, StoredResponse
from voice_stack.jobs.work.responses import failure
from voice_stack.jobs.work.run import JobRun


@dataclass(slots=True)
class LiveJob:
    """A job that runs.

    Attributes:
        began: monotonic moment at which the attempt began.
        before_s: seconds of audio that earlier attempts have done.
        run: None until its files are open.
    """

    job: Job
    began: float
    before_s: float
    stop: threading.Event = field(default_factory=threading.Event)
    run: JobRun | None = None
    told: bool = False
    saved: float = 0.0

    @property
    def reached(self) -> tuple[float, float | None]:
        """Seconds of audio done and in all, as last told or noted."""
        return self.run.reached if self.run else (self.job.processed_s, self.job.total_s)


@dataclass(frozen=True, slots=True)
class Outcome:
    """End of an attempt; status None puts the job back into the queue.

    Attributes:
        kept: whether the response's body lies on the disk; else it can be made of `error`.
        delay_s: before it may be begun again; None when it did not fail.
    """

    status: JobStatus | None
    response: StoredResponse | None = None
    error: Json | None = None
    kept: bool = False
    delay_s: float | None = None


def failed(error: VoiceStackError) -> Outcome:
    """The end of an attempt with an error that stands."""
    response, inner = failure(error)
    return Outcome(JobStatus.FAILED, response, inner)
