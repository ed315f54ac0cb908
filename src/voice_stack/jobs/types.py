"""Data that jobs are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from pathlib import Path
from typing import Any, BinaryIO, Final

from voice_stack.core.errors import VoiceStackError
from voice_stack.serving.scheduling.policy import Lane

Json = dict[str, Any]

# What a client is told to wait when nothing is known, and at most: the SDKs do not heed more than a minute.
_RETRY_S, _RETRY_MOST_S = 5, 60

PULL: Final = "pull"
"""Kind of the jobs that download a model."""
TRANSFERS: Final = frozenset({PULL})
"""Kinds of jobs that move bytes and compute nothing: they have a place of their own, and their progress is in bytes."""


class JobStatus(StrEnum):
    """State of a job."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """True when the job will not change its state any more."""
        return self not in (JobStatus.QUEUED, JobStatus.RUNNING)


class Released(Enum):
    """Fate of a job that one of its owners gave up."""

    UNKNOWN = "there is none"
    SHARED = "others want it still"
    CANCELLED = "it is cancelled"
    CANCELLING = "it runs, and will be cancelled at its next safe point"
    DELETED = "it was over, and is gone with its result"


@dataclass(frozen=True, slots=True)
class JobInput:
    """A file that a new job needs.

    Attributes:
        name: of the form's part (`file`, `audio_file`).
        file: with a file descriptor; read from its start, left open.
        filename, content_type: as the client sent them; no path is ever made of them.
    """

    name: str
    file: BinaryIO
    filename: str = ""
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class JobFile:
    """A file of an accepted job, on disk."""

    name: str
    path: Path
    size: int
    filename: str
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A request that was read and found valid.

    Attributes:
        kind: which handler runs it (`transcription`, `speech`).
        params: what the handler needs to know, as JSON; counted for the identity of the work.
        cost_s: seconds of audio it will take, where they can be told beforehand.
        callback_url: is told when the job is over; not part of the work's identity.
        dedupe: whether identical work may be joined.
        context: what else the answer depends on (the configured model), for the identity of the work.
    """

    kind: str
    params: Json
    files: Sequence[JobInput] = ()
    lane: Lane = Lane.BATCH
    cost_s: float | None = None
    callback_url: str | None = None
    dedupe: bool = True
    context: str = ""


Item = tuple[str, NewJob | VoiceStackError]
"""An item of a batch: what the client knows it by, and the job, or what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as the database has it. Times are seconds since the epoch.

    Attributes:
        owners: requests that share it; it is cancelled when all of them have given it up.
        expires_at: when the result goes, once the job is over.
        expired: whether it has gone.
        cancel_requested: it runs still, and will be cancelled at its next safe point.
        processed_s, total_s: seconds of audio done, and in all where that is known; bytes of a transfer.
        attempts: how often it was begun; the number of the present attempt while it runs.
        error: the inner object of OpenAI's envelope, when it failed.
    """

    id: str
    kind: str
    lane: Lane
    status: JobStatus
    created_at: float
    started_at: float | None
    finished_at: float | None
    expires_at: float | None
    expired: bool
    cancel_requested: bool
    owners: int
    cost_s: float | None
    processed_s: float
    total_s: float | None
    attempts: int
    failures: int
    response_status: int | None
    response_headers: tuple[tuple[str, str], ...]
    error: Json | None


@dataclass(frozen=True, slots=True)
class CallbackState:
    """State of a callback.

    Attributes:
        status: `pending`, `delivered` or `failed`.
        error: why the last attempt failed.
    """

    url: str
    status: str
    attempts: int
    error: str | None


@dataclass(frozen=True, slots=True)
class JobView:
    """A job with what is known at this moment only.

    Attributes:
        reached: seconds of audio done, and in all where that is known.
        queue_position: 1 for the next to run; None when it does not wait.
        seconds_left: estimate until it is over; None when there is no telling.
    """

    job: Job
    reached: tuple[float, float | None]
    queue_position: int | None = None
    seconds_left: float | None = None
    callbacks: tuple[CallbackState, ...] = ()

    @property
    def retry_after_s(self) -> int:
        """Whole seconds after which it is worth asking for the result."""
        left = _RETRY_S if self.seconds_left is None else round(self.seconds_left)
        return max(1, min(_RETRY_MOST_S, left))


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """An answer, as it goes to the client.

    Attributes:
        body: the bytes, or a file with them. A handler's file is moved away from where it lies.
    """

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes | Path


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One item of a batch: a job, or why there is none.

    Attributes:
        name: what the client knows it by: a file name, or `custom_id`.
        error: the inner object of OpenAI's envelope.
        job: None when the item was refused, or its job was deleted since.
    """

    name: str
    error: Json | None = None
    job: JobView | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Requests that were accepted together.

    Attributes:
        created_at: seconds since the epoch.
        items: in the order of the request.
    """

    id: str
    created_at: float
    items: tuple[BatchItem, ...] = field(default=())

    @property
    def is_over(self) -> bool:
        """True when every item is over, however it has ended."""
        return all(item.job is None or item.job.job.status.is_over for item in self.items)


@dataclass(frozen=True, slots=True)
class JobRequest:
    """The request of an accepted job, read back from disk."""

    params: Json
    files: Mapping[str, JobFile]
