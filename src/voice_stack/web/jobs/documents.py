"""Answers of requests that can become jobs, and of the jobs' own routes, for the API's documentation."""

from typing import Any, Final

from voice_stack.core.errors import (
    JobCancelledError,
    JobNotFinishedError,
    JobsUnavailableError,
    NotFoundError,
    ResultExpiredError,
    SpoolFullError,
)
from voice_stack.jobs.documents import Batch, Job, JobEvent
from voice_stack.web.documents import RETRY_AFTER, Error, events_answer, json_answer, text_headers

JOB_ERRORS: Final = (SpoolFullError, JobsUnavailableError)
"""What a request that shall become a job can be refused with, besides what it is refused with anyway."""

LOST_RESULT_ERRORS: Final = (ResultExpiredError, JobCancelledError)
"""What stands in the place of an answer that was kept."""

NO_JOB_ERRORS: Final = (NotFoundError, JobsUnavailableError)
"""What a request about a job is refused with."""

RESULT_ERRORS: Final = (*NO_JOB_ERRORS, JobNotFinishedError, *LOST_RESULT_ERRORS)
"""What a request for the answer of a job is refused with."""

_OF_JOB: Final[dict[str, Any]] = {
    name: {"operationId": name, "parameters": {"job_id": "$response.body#/id"}}
    for name in ("get_job", "get_result", "get_events", "delete_job")
}
_OF_BATCH: Final[dict[str, Any]] = {
    name: {"operationId": name, "parameters": {"batch_id": "$response.body#/id"}}
    for name in ("get_batch", "delete_batch")
}


def _accepted(model: Any, description: str, links: dict[str, Any]) -> dict[str, Any]:
    answer = json_answer(model, description, headers=("location", "preference-applied"), links=links)
    answer["headers"] |= {"retry-after": RETRY_AFTER}
    return answer


ACCEPTED_JOB: Final = _accepted(Job, "The job that does the work; `location` is where to look for it.", _OF_JOB)
ACCEPTED_BATCH: Final = json_answer(
    Batch, "The batch, with a job for each item.", headers=("location",), links=_OF_BATCH
)
A_JOB: Final = json_answer(Job, "The job.")
A_JOB["headers"]["retry-after"] = RETRY_AFTER
ANY_RESULT: Final[dict[str, Any]] = {
    "description": "The very answer that the request would have got without a job.",
    "headers": text_headers(("x-voice-stack-engine", "x-voice-stack-model", "x-voice-stack-fallback")),
    "content": {"*/*": {"schema": {}}},
}
EVENTS: Final[dict[str, Any]] = {
    "description": "Server-sent events: the job as it goes on; the last one says how it ended.",
    "content": {"text/event-stream": events_answer(JobEvent | Error)},
}
