"""Jobs and batches as the API's documentation tells them; `jobs.schemas` writes them."""

from typing import Literal, NotRequired

# Pydantic reads typed dictionaries of the standard library from Python 3.12 on.
from typing_extensions import TypedDict

from voice_stack.jobs.types import JobStatus
from voice_stack.serving.scheduling.policy import Lane


class JobError(TypedDict):
    """Inner object of the error envelope."""

    message: str
    type: str
    param: str | None
    code: str | None


class JobProgress(TypedDict):
    """Progress: seconds of audio, or bytes of a download."""

    processed_seconds: NotRequired[float]
    total_seconds: NotRequired[float | None]
    processed_bytes: NotRequired[int]
    total_bytes: NotRequired[int | None]
    fraction: float | None


class JobLinks(TypedDict):
    """Paths of a job."""

    self: str
    result: str
    events: str


class JobCallback(TypedDict):
    """State of a callback."""

    host: str
    status: Literal["pending", "delivered", "failed"]
    attempts: int
    error: str | None


class Job(TypedDict):
    """A request that is answered later. Times are seconds since the epoch."""

    id: str
    object: Literal["job"]
    kind: str
    lane: Lane
    status: JobStatus
    created_at: int
    started_at: int | None
    finished_at: int | None
    expires_at: int | None
    cancel_requested: bool
    owners: int
    progress: JobProgress
    queue_position: int | None
    estimated_seconds_left: float | None
    error: JobError | None
    links: JobLinks
    callbacks: NotRequired[list[JobCallback]]


class JobEvent(TypedDict):
    """An event of a job: it goes on, or is over."""

    type: Literal["job.progress", "job.completed", "job.failed", "job.cancelled"]
    job: Job


class JobList(TypedDict):
    """A page of jobs, the newest first."""

    object: Literal["list"]
    data: list[Job]
    first_id: str | None
    last_id: str | None
    has_more: bool


class DeletedJob(TypedDict):
    """A job that is gone."""

    id: str
    object: Literal["job"]
    deleted: Literal[True]


class BatchItem(TypedDict):
    """One item of a batch: a job, or why there is none."""

    index: int
    name: str
    status: JobStatus | Literal["deleted"]
    error: JobError | None
    job: Job | None


class BatchLinks(TypedDict):
    """Paths of a batch."""

    self: str


class Batch(TypedDict):
    """Requests that were accepted together."""

    id: str
    object: Literal["batch"]
    status: Literal["running", "completed"]
    created_at: int
    finished_at: int | None
    request_counts: dict[str, int]
    items: list[BatchItem]
    links: BatchLinks


class DeletedBatch(TypedDict):
    """A batch that is gone."""

    id: str
    object: Literal["batch"]
    deleted: Literal[True]
