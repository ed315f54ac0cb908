"""A small service whose work is done in steps, for the tests of jobs: in this process, or as one that is killed.

    python tests/jobs/work_app.py DATA_DIR PORT JOURNAL STEP_S

A step takes the next piece of the file, hashes it together with the result of the step before, notes a line in the
journal, and makes a checkpoint. The answer is the last hash.
"""

import asyncio
import hashlib
import os
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import Response

from voice_stack.core.errors import CancelledWorkError, InvalidAudioError, InvalidRequestError, OverloadedError
from voice_stack.core.rendered import rendered_json
from voice_stack.core.settings import load_settings
from voice_stack.jobs.manager import JobManager
from voice_stack.jobs.types import NewJob, StoredResponse
from voice_stack.jobs.work.responses import store
from voice_stack.jobs.work.run import JobRun
from voice_stack.serving.scheduling.policy import Lane
from voice_stack.web.app import create_app
from voice_stack.web.jobs import routes
from voice_stack.web.jobs.forms import callback_of, form_inputs, open_form, request_params
from voice_stack.web.jobs.prefer import read_preferences
from voice_stack.web.jobs.responses import answer, respond
from voice_stack.web.metrics import Metrics
from voice_stack.web.settings import ServiceSettings
from voice_stack.web.uploads import read_form

STEPS = 8


class Work:
    """The handler of the kind `work`.

    Attributes:
        open: while it is cleared, steps wait.
        begun: attempts, by job.
        failures: so many attempts fail with an error that passes.
    """

    def __init__(self, journal: Path | None = None, step_s: float = 0.0) -> None:
        self.open = threading.Event()
        self.open.set()
        self.begun: list[str] = []
        self.failures = 0
        self._journal = journal
        self._step_s = step_s

    async def __call__(self, job: JobRun) -> StoredResponse:
        self.begun.append(job.id)
        if self.failures:
            self.failures -= 1
            raise OverloadedError("Not now.")
        async with await asyncio.to_thread(open_form, job) as form:
            if form.get("fail"):
                raise InvalidAudioError("This is no audio.")
            if form.get("crash"):
                raise ZeroDivisionError
            data = form.files["file"].file.read()
        body = {"digest": await asyncio.to_thread(self._steps, job, data)}
        return await store(rendered_json(body, {"x-voice-stack-engine": "steps"}), job)

    def _steps(self, job: JobRun, data: bytes) -> str:
        done = len(job.checkpoints)
        state = job.checkpoints.payload(done - 1) if done else b""
        assert job.checkpoints.records == [{"step": number} for number in range(done)]
        for number in range(done, STEPS):
            while not self.open.wait(0.01):
                if job.stop.is_set():
                    break
            if job.stop.is_set():
                raise CancelledWorkError("Given up.")
            time.sleep(self._step_s)
            state = next_state(state, data, number)
            self.note(f"{job.id} {number}")
            job.checkpoints.append({"step": number}, state)
            job.progress(number + 1, STEPS)
        return state.hex()

    def note(self, line: str) -> None:
        if self._journal is not None:
            with self._journal.open("a") as journal:
                journal.write(f"{line}\n")


def next_state(state: bytes, data: bytes, number: int) -> bytes:
    size = len(data) // STEPS + 1
    return hashlib.sha256(state + data[number * size : (number + 1) * size]).digest()


def expected_digest(data: bytes) -> str:
    state = b""
    for number in range(STEPS):
        state = next_state(state, data, number)
    return state.hex()


def create_work_app(settings: ServiceSettings, work: Work, *, retry_base_s: float = 0.05) -> FastAPI:
    """`POST /v1/work` with a file: the answer, or a job. `/v1/patient` goes on when its client leaves."""
    jobs = JobManager(settings.jobs, settings.storage.data_dir, "work", {"work": work}, retry_base_s=retry_base_s)
    router = APIRouter()

    @router.post("/work")
    @router.post("/patient")
    async def do(request: Request) -> Response:
        preferences = read_preferences(request)
        async with await read_form(request, max_bytes=2**24) as form:
            if "file" not in form.files:
                raise InvalidRequestError("There is no file.", param="file")
            job = await jobs.accept(
                NewJob(
                    kind="work",
                    params=request_params(request, form),
                    files=form_inputs(form),
                    lane=Lane(request.headers.get("x-priority", "batch")),
                    cost_s=float(STEPS),
                    callback_url=callback_of(request, form),
                )
            )
        if preferences.respond_async:
            return await respond(request, jobs, job, preferences)
        return await answer(request, jobs, job, keep=request.url.path.endswith("/patient"))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await jobs.start()
        try:
            yield
        finally:
            await jobs.stop()

    app = create_app(
        settings.web,
        title="Work",
        metrics=Metrics("work"),
        status=jobs.status,
        lifespan=lifespan,
        routers=[router, routes.router],
    )
    app.state.jobs = jobs
    app.state.on_stopping = jobs.begin_stop
    return app


def main() -> None:
    from voice_stack.web.server import serve

    data_dir, port, journal, step_s = sys.argv[1:]
    settings = load_settings(
        ServiceSettings,
        _env_file=None,
        data_dir=Path(data_dir),
        job_workers=3,
        job_callback_hosts=[os.environ["CALLBACK_HOST"]],
        job_callback_secret="whsec_c2VjcmV0",
    )
    serve(create_work_app(settings, Work(Path(journal), float(step_s))), "127.0.0.1", int(port), settings)


if __name__ == "__main__":
    main()
