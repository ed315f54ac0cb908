"""A job as its handler sees it."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from voice_stack.jobs.spool.checkpoints import Checkpoints
from voice_stack.jobs.types import Job, JobFile, JobRequest, Json, StoredResponse


class JobRun:
    """One attempt at a job.

    Attributes:
        params: as they were given to `NewJob`.
        files: of the request, by the name of their part; they stay until the job is over.
        folder: the job's own; a file that is made in it under a name of the handler's own (`out.*`) stays across
            attempts and goes when the job is over.
        stop: set when the job was cancelled or the service stops. The handler then ends at its next safe point, with
            `CancelledWorkError`; what its checkpoints hold is where the next attempt begins.
        checkpoints: what earlier attempts have finished, and this one goes on with. Appending blocks.
    """

    def __init__(
        self,
        job: Job,
        request: JobRequest,
        folder: Path,
        checkpoints: Checkpoints,
        stop: threading.Event,
        on_progress: Callable[[], None],
    ) -> None:
        self.id = job.id
        self.kind = job.kind
        self.lane = job.lane
        self.attempt = job.attempts
        self.params: Json = request.params
        self.files: Mapping[str, JobFile] = request.files
        self.folder = folder
        self.checkpoints = checkpoints
        self.stop = stop
        self._on_progress = on_progress
        self._progress: tuple[float, float | None] = (job.processed_s, job.total_s)

    def progress(self, done_s: float, total_s: float | None = None) -> None:
        """Tell how far the work is. Thread-safe and cheap; never waits.

        Args:
            done_s: seconds of audio done, those of earlier attempts included.
            total_s: seconds of audio in all; None leaves what is known.
        """
        self._progress = (done_s, self._progress[1] if total_s is None else total_s)
        self._on_progress()

    @property
    def reached(self) -> tuple[float, float | None]:
        """Seconds of audio done and in all, as last told."""
        return self._progress


class JobHandler(Protocol):
    """Handler that a service registers for a kind of job."""

    async def __call__(self, job: JobRun, /) -> StoredResponse:
        """Do the work and hand back the answer that a waiting client would have got.

        Raises:
            VoiceStackError: the job fails with this error as its answer; one that is `retryable` lets it be tried
                again a few times first, and a `StoppingError` leaves it to the next process.
        """
        ...
