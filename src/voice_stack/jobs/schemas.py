"""Jobs and batches on the wire. Pure."""

import json
from collections import Counter
from urllib.parse import urlsplit

from voice_stack.jobs.types import TRANSFERS, Batch, BatchItem, JobStatus, JobView, Json


def job_json(view: JobView, base: str) -> Json:
    """A job.

    Args:
        base: path before `/jobs` (`/v1`), with the proxy's prefix where there is one.
    """
    job = view.job
    own = f"{base}/jobs/{job.id}"
    body: Json = {
        "id": job.id,
        "object": "job",
        "kind": job.kind,
        "lane": str(job.lane),
        "status": str(job.status),
        "created_at": int(job.created_at),
        "started_at": _seconds(job.started_at),
        "finished_at": _seconds(job.finished_at),
        "expires_at": _seconds(job.expires_at),
        "cancel_requested": job.cancel_requested and not job.status.is_over,
        "owners": job.owners,
        "progress": _progress(view),
        "queue_position": view.queue_position,
        "estimated_seconds_left": None if view.seconds_left is None else round(view.seconds_left, 1),
        "error": job.error,
        "links": {"self": own, "result": f"{own}/result", "events": f"{own}/events"},
    }
    if view.callbacks:
        body["callbacks"] = [
            # Paths and queries of such addresses are often secrets.
            {
                "host": urlsplit(state.url).netloc,
                "status": state.status,
                "attempts": state.attempts,
                "error": state.error,
            }
            for state in view.callbacks
        ]
    return body


def job_event(view: JobView, base: str) -> Json:
    """An event of the stream: `job.progress` while the job is not over, then `job.completed` and the like."""
    status = view.job.status
    return {"type": f"job.{status}" if status.is_over else "job.progress", "job": job_json(view, base)}


def callback_body(view: JobView, event_id: str, base: str) -> bytes:
    """Body of a callback: an event about the job, without the states of its callbacks."""
    job = job_json(view, base)
    job.pop("callbacks", None)
    event = {
        "id": event_id,
        "object": "event",
        "type": f"job.{view.job.status}",
        "created_at": job["finished_at"],
        "data": job,
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def batch_json(batch: Batch, base: str) -> Json:
    """A batch: `completed` when every item is over, however each has ended."""
    states = [_state(item) for item in batch.items]
    counts = Counter(states)
    ends = [item.job.job.finished_at or 0.0 for item in batch.items if item.job is not None]
    return {
        "id": batch.id,
        "object": "batch",
        "status": "completed" if batch.is_over else "running",
        "created_at": int(batch.created_at),
        "finished_at": int(max([batch.created_at, *ends])) if batch.is_over else None,
        "request_counts": {"total": len(states), **{str(status): counts[status] for status in JobStatus}},
        "items": [
            {
                "index": index,
                "name": item.name,
                "status": str(state),
                "error": item.error,
                "job": None if item.job is None else job_json(item.job, base),
            }
            for index, (item, state) in enumerate(zip(batch.items, states, strict=True))
        ],
        "links": {"self": f"{base}/batches/{batch.id}"},
    }


def _progress(view: JobView) -> Json:
    done, total = view.reached
    amounts: Json
    if view.job.kind in TRANSFERS:
        amounts = {"processed_bytes": round(done), "total_bytes": None if total is None else round(total)}
    else:
        amounts = {"processed_seconds": round(done, 3), "total_seconds": None if total is None else round(total, 3)}
    return {**amounts, "fraction": round(min(1.0, done / total), 4) if total else None}


def _state(item: BatchItem) -> str:
    if item.job is not None:
        return item.job.job.status
    return JobStatus.FAILED if item.error is not None else "deleted"


def _seconds(moment: float | None) -> int | None:
    return None if moment is None else int(moment)
