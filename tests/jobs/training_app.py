"""Long work of a program that speaks no HTTP, as training is: for the test that kills it.

    python tests/jobs/training_app.py DATA_DIR STEP_S

The first run is given a job of so many steps; later runs go on with it. A step mixes the weights with its number,
keeps them as a checkpoint, and says so on the standard output; the last line is the answer, with the modules of HTTP
that were loaded.
"""

import asyncio
import hashlib
import json
import sys
import time
from pathlib import Path

from voice_stack.core.errors import CancelledWorkError
from voice_stack.core.rendered import rendered_json
from voice_stack.jobs.manager import JobManager
from voice_stack.jobs.settings import JobOptions
from voice_stack.jobs.types import Job, NewJob, StoredResponse
from voice_stack.jobs.work.responses import store
from voice_stack.jobs.work.run import JobRun

KIND = "training"
STEPS = 12
HTTP = ("fastapi", "starlette", "uvicorn", "voice_stack.web")


def weights_after(step: int, weights: bytes) -> bytes:
    """The weights that follow from those of the step before."""
    return hashlib.sha256(weights + str(step).encode()).digest()


def expected_weights() -> str:
    """The weights of a training that nobody disturbs, hexadecimal."""
    weights = b""
    for step in range(STEPS):
        weights = weights_after(step, weights)
    return weights.hex()


def train(run: JobRun, step_s: float) -> str:
    done = len(run.checkpoints)
    weights = run.checkpoints.payload(done - 1) if done else b""
    for step in range(done, run.params["steps"]):
        if run.stop.is_set():
            raise CancelledWorkError("The program ends.")
        time.sleep(step_s)
        weights = weights_after(step, weights)
        run.checkpoints.append({"step": step}, weights)
        run.progress(step + 1, run.params["steps"])
        print(json.dumps({"attempt": run.attempt, "step": step}), flush=True)
    return weights.hex()


async def main(folder: Path, step_s: float) -> None:
    async def handle(run: JobRun) -> StoredResponse:
        weights = await asyncio.to_thread(train, run, step_s)
        return await store(rendered_json({"weights": weights}), run)

    jobs = JobManager(JobOptions(), folder, "lab", {KIND: handle})
    await jobs.start()
    await jobs.ready()
    try:
        job = await _begun(jobs)
        response = await jobs.follow.wait(job.id)
        body = response.body if isinstance(response.body, bytes) else await asyncio.to_thread(response.body.read_bytes)
        attempts = (await jobs.read.get(job.id)).attempts
    finally:
        await jobs.stop()
    loaded = sorted(name for name in sys.modules if name.startswith(HTTP))
    print(json.dumps({"status": response.status, "attempts": attempts, "loaded": loaded, **json.loads(body)}))


async def _begun(jobs: JobManager) -> Job:
    found, _ = await jobs.read.page(1, None, None)
    return found[0].job if found else await jobs.accept(NewJob(kind=KIND, params={"steps": STEPS}))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), float(sys.argv[2])))
