"""The requests of jobs on the disk: what a worker needs, and what makes a job's row anew when the database is lost."""

import json
from dataclasses import dataclass
from pathlib import Path

from voice_stack.core.errors import VoiceStackError
from voice_stack.jobs.readable import UNREADABLE, number_or_none, text, text_or_none
from voice_stack.jobs.types import JobFile, JobInput, JobRequest, Json, NewJob
from voice_stack.serving.scheduling.policy import Lane

REQUEST = "request.json"


@dataclass(frozen=True, slots=True)
class Spooled:
    """A new job whose files are on the disk, but not accepted yet.

    Attributes:
        work_key: the identity of the work.
    """

    id: str
    new: NewJob
    work_key: str


def request_text(new: NewJob, key: str) -> bytes:
    """The request as it is stored; under `job`, what makes its row anew when the database is lost.

    Args:
        key: the identity of the work.
    """
    job = {
        "kind": new.kind,
        "lane": new.lane,
        "cost_s": new.cost_s,
        "callback_url": new.callback_url,
        "dedupe": new.dedupe,
        "work_key": key,
    }
    return json.dumps({"params": new.params, "files": [_described(item) for item in new.files], "job": job}).encode()


def read_request(folder: Path) -> JobRequest:
    """The request in the folder of an accepted job.

    Raises:
        VoiceStackError: it cannot be read, or its files are gone.
    """
    try:
        stored: Json = json.loads((folder / REQUEST).read_bytes())
        files = {}
        for number, item in enumerate(stored["files"]):
            path = folder / input_name(number)
            size = path.stat().st_size
            files[item["name"]] = JobFile(item["name"], path, size, item["filename"], item["content_type"])
        return JobRequest(stored["params"], files)
    except (OSError, KeyError, *UNREADABLE) as error:
        raise VoiceStackError("The job's request is no longer on the server's disk.") from error


def read_job(folder: Path) -> Spooled | None:
    """The job of a folder as its request tells it; None when that tells too little."""
    try:
        request = read_request(folder)
        stored: Json = json.loads((folder / REQUEST).read_bytes())["job"]
        new = NewJob(
            kind=text(stored["kind"]),
            params=request.params,
            lane=Lane(stored["lane"]),
            cost_s=number_or_none(stored["cost_s"]),
            callback_url=text_or_none(stored["callback_url"]),
            dedupe=bool(stored["dedupe"]),
        )
        return Spooled(folder.name, new, text(stored["work_key"]))
    except (VoiceStackError, OSError, KeyError, *UNREADABLE):
        return None


def input_name(number: int) -> str:
    """Name of a file that a job was sent, counted from 0."""
    return f"input-{number}"


def _described(item: JobInput) -> Json:
    return {"name": item.name, "filename": item.filename, "content_type": item.content_type}
