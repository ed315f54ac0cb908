"""Job folders that commit b578718 left behind, killed in the middle of its work: their jobs end, and are answered.

What b578718 had half done begins anew: its settings were named otherwise, and a checkpoint is for certain settings.

`tests/fixtures/jobs_b578718/make_jobs.py` made them, with the answers that the same code gave in the end.
"""

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.test_service_behaviour import wait_for
from tests.live_server import Server, serve

OLD = Path(__file__).parent.parent / "fixtures" / "jobs_b578718"
EXPECTED: dict[str, Any] = json.loads((OLD / "expected.json").read_text(encoding="utf-8"))
# Pocketsphinx, which heard them then, takes half a minute to hear them again.
SERVICES = (pytest.param("asr", marks=pytest.mark.long), "tts")


@dataclass(frozen=True)
class OldJobs:
    """A copy of a service's folder.

    Attributes:
        expected: by the job's id: its status in the folder, and how the old code answered it in the end.
    """

    name: str
    data: Path

    @property
    def folder(self) -> Path:
        return self.data / "jobs" / self.name

    @property
    def settings(self) -> dict[str, str]:
        return {**EXPECTED[self.name]["settings"], "DATA_DIR": str(self.data)}

    @property
    def expected(self) -> dict[str, Any]:
        found: dict[str, Any] = EXPECTED[self.name]["jobs"]
        return found

    def of(self, status: str) -> str:
        """The job that was left in a state."""
        (found,) = (job for job, facts in self.expected.items() if facts["status_before"] == status)
        return found

    def files(self, status: str) -> Path:
        return self.folder / "accepted" / self.of(status)


@pytest.fixture(params=SERVICES)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> OldJobs:
    shutil.copytree(OLD / "jobs" / request.param, tmp_path / "jobs" / request.param)
    return OldJobs(request.param, tmp_path)


def ask_again(old: OldJobs, server: Server, status: str, input_file: bytes) -> httpx.Response:
    """The request of the job that was left in a state, by a client that waits."""
    request = json.loads((OLD / "jobs" / old.name / "accepted" / old.of(status) / "request.json").read_bytes())[
        "params"
    ]
    if old.name == "tts":
        return httpx.post(f"{server.v1}/audio/speech", json=request["body"], timeout=60)
    if request["query"]:
        # With a language, which is the engine's own: as it stands, the request would be joined to the job.
        query = {name: value for name, value in request["query"].items() if value is not None}
        files = {"audio_file": input_file}
        return httpx.post(f"{server.v1}/bazarr/asr", params=query | {"language": "en"}, files=files, timeout=60)
    form = dict(request["fields"])
    return httpx.post(f"{server.v1}/audio/transcriptions", data=form, files={"file": input_file}, timeout=60)


MARKS = "x-voice-stack-provenance"


def lasting(headers: httpx.Headers) -> dict[str, str]:
    of_the_transfer = {"content-length", "date", "server", "transfer-encoding", "x-accel-buffering"}
    of_the_request = {"x-request-id", "openai-processing-ms", "vary"}
    return {name: value for name, value in headers.items() if name not in of_the_transfer | of_the_request}


def input_of(old: OldJobs, status: str) -> bytes:
    path = OLD / "jobs" / old.name / "accepted" / old.of(status) / "input-0"
    return path.read_bytes() if path.exists() else b""


def test_old_jobs_are_gone_on_with_and_answered(old: OldJobs) -> None:
    kept = (old.files("completed") / "result").read_bytes()
    with serve(old.name, old.settings) as server:
        states = {job: finished(server, job) for job in old.expected}
        assert [state["status"] for state in states.values()] == ["completed"] * 3
        for job, facts in old.expected.items():
            result = httpx.get(f"{server.v1}/jobs/{job}/result", timeout=60)
            assert result.status_code == 200
            headers = lasting(result.headers)
            # What is spoken now may say that it is synthetic; what was spoken then stays as it was.
            if facts["status_before"] != "completed":
                headers.pop(MARKS, None)
            assert headers == facts["headers"], facts["status_before"]
            if old.name == "asr":
                assert result.text == facts["text"]
            elif facts["status_before"] == "completed":
                assert len(result.content) == facts["bytes"]
        assert httpx.get(f"{server.v1}/jobs/{old.of('completed')}/result").content == kept
        for status in ("running", "queued"):
            result = httpx.get(f"{server.v1}/jobs/{old.of(status)}/result", timeout=60)
            alone = ask_again(old, server, status, input_of(old, status))
            assert (result.content, lasting(result.headers)) == (alone.content, lasting(alone.headers))
        if batch := batch_of(old):
            found = httpx.get(f"{server.v1}/batches/{batch}").json()
            assert found["status"] == "completed"
            assert [item["job"]["id"] for item in found["items"]] == [old.of("running"), old.of("queued")]
        listed = httpx.get(f"{server.v1}/jobs").json()["data"]
        assert {job["id"] for job in listed} >= old.expected.keys()
    assert attempts(old) == {"completed": 1, "running": 2, "queued": 1}


def finished(server: Server, job: str) -> dict[str, Any]:
    states: list[dict[str, Any]] = []

    def over() -> bool:
        states.append(httpx.get(f"{server.v1}/jobs/{job}", timeout=30).json())
        return states[-1]["status"] not in ("queued", "running")

    wait_for(over, "the old job does not end")
    return states[-1]


def batch_of(old: OldJobs) -> str | None:
    """The batch that the last two speeches came in."""
    with closing(sqlite3.connect(old.folder / "jobs.sqlite3")) as connection:
        found = connection.execute("SELECT id FROM voice_stack_job_batches").fetchone()
    assert (found is None) == (old.name == "asr")
    return None if found is None else str(found[0])


def attempts(old: OldJobs) -> dict[str, int]:
    with closing(sqlite3.connect(old.folder / "jobs.sqlite3")) as connection:
        rows = dict(connection.execute("SELECT id, attempts FROM voice_stack_jobs"))
    return {facts["status_before"]: rows[job] for job, facts in old.expected.items()}
