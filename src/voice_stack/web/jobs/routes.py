"""Routes of jobs and batches."""

import contextlib
from collections.abc import AsyncGenerator
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response

from voice_stack.jobs.documents import Batch, DeletedBatch, DeletedJob, JobList
from voice_stack.jobs.documents import Job as JobDocument
from voice_stack.jobs.manager import JobManager
from voice_stack.jobs.schemas import batch_json, job_event, job_json
from voice_stack.jobs.types import JobStatus, Json, Released
from voice_stack.web.documents import WORK_ERRORS, json_answer, refusals
from voice_stack.web.jobs.documents import A_JOB, ANY_RESULT, EVENTS, NO_JOB_ERRORS, RESULT_ERRORS
from voice_stack.web.jobs.responses import base_path, replayed
from voice_stack.web.sse import event_stream

router = APIRouter(tags=["jobs"])


async def _manager(request: Request) -> JobManager:
    jobs = cast(JobManager, request.app.state.jobs)
    await jobs.ready()
    return jobs


Jobs = Annotated[JobManager, Depends(_manager)]


@router.get("/jobs", responses={**refusals(*NO_JOB_ERRORS), 200: json_answer(JobList, "A page of jobs.")})
async def list_jobs(
    request: Request,
    jobs: Jobs,
    limit: Annotated[int, Query(ge=1, le=100, description="Jobs on a page.")] = 20,
    after: Annotated[str | None, Query(description="The last job of the page before.")] = None,
    status: Annotated[JobStatus | None, Query(description="Only jobs in this state.")] = None,
) -> JSONResponse:
    """The jobs, the newest first."""
    views, more = await jobs.read.page(limit, after, status)
    base = base_path(request, jobs)
    data = [job_json(view, base) for view in views]
    ends: Json = {"first_id": data[0]["id"] if data else None, "last_id": data[-1]["id"] if data else None}
    return JSONResponse({"object": "list", "data": data, **ends, "has_more": more})


@router.get("/jobs/{job_id}", responses={**refusals(*NO_JOB_ERRORS), 200: A_JOB})
async def get_job(request: Request, jobs: Jobs, job_id: str) -> JSONResponse:
    """The state of a job."""
    view = await jobs.read.view(job_id)
    headers = {} if view.job.status.is_over else {"retry-after": str(view.retry_after_s)}
    return JSONResponse(job_json(view, base_path(request, jobs)), headers=headers)


@router.get(
    "/jobs/{job_id}/result",
    response_class=Response,
    responses={**refusals(*WORK_ERRORS, *RESULT_ERRORS), 200: ANY_RESULT},
)
async def get_result(jobs: Jobs, job_id: str) -> Response:
    """The very answer that the request would have got without a job."""
    return await replayed(await jobs.read.response(await jobs.read.get(job_id)))


@router.get("/jobs/{job_id}/events", response_class=Response, responses={**refusals(*NO_JOB_ERRORS), 200: EVENTS})
async def get_events(request: Request, jobs: Jobs, job_id: str) -> Response:
    """The job as it goes on, as server-sent events; the last one says how it ended."""
    await jobs.read.get(job_id)
    return event_stream(_events(jobs, job_id, base_path(request, jobs)))


@router.delete(
    "/jobs/{job_id}",
    responses={
        **refusals(*NO_JOB_ERRORS),
        200: json_answer(DeletedJob | JobDocument, "It is gone; or the job, which is cancelled, or others share."),
        202: json_answer(JobDocument, "The job, which is cancelled at its next safe point."),
    },
)
async def delete_job(request: Request, jobs: Jobs, job_id: str) -> JSONResponse:
    """Cancel a job at its next safe point; delete one that is over. Of a shared job, take oneself away."""
    released, view = await jobs.release(job_id)
    if released is Released.DELETED:
        return JSONResponse({"id": view.job.id, "object": "job", "deleted": True})
    status = 202 if released is Released.CANCELLING else 200
    return JSONResponse(job_json(view, base_path(request, jobs)), status)


@router.get("/batches/{batch_id}", responses={**refusals(*NO_JOB_ERRORS), 200: json_answer(Batch, "The batch.")})
async def get_batch(request: Request, jobs: Jobs, batch_id: str) -> JSONResponse:
    """The state of a batch and of each of its items."""
    return JSONResponse(batch_json(await jobs.read.batch(batch_id), base_path(request, jobs)))


@router.delete(
    "/batches/{batch_id}",
    responses={
        **refusals(*NO_JOB_ERRORS),
        200: json_answer(DeletedBatch | Batch, "It is gone; or the batch, all of whose items are over."),
        202: json_answer(Batch, "The batch, whose jobs are cancelled at their next safe points."),
    },
)
async def delete_batch(request: Request, jobs: Jobs, batch_id: str) -> JSONResponse:
    """Cancel what a batch has not finished; delete one that is over, with its results."""
    batch = await jobs.release_batch(batch_id)
    if batch is None:
        return JSONResponse({"id": batch_id, "object": "batch", "deleted": True})
    return JSONResponse(batch_json(batch, base_path(request, jobs)), 200 if batch.is_over else 202)


async def _events(jobs: JobManager, job_id: str, base: str) -> AsyncGenerator[Json, None]:
    async with contextlib.aclosing(jobs.follow.watch(job_id)) as views:
        async for view in views:
            yield job_event(view, base)
