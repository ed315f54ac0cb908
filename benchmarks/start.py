"""How soon the service is there."""

import subprocess
import sys
import time

from benchmarks.bench import Bench, service
from benchmarks.figures import Figure, Findings, Goal, ratio, timed

_IMPORT_S = Goal(1.0)


def start_up(bench: Bench, findings: Findings) -> None:
    """The import of the service over that of FastAPI and uvicorn, and the start to the first healthy answer."""

    def imported(modules: str) -> float:
        return timed(lambda: subprocess.run([sys.executable, "-c", f"import {modules}"], check=True))

    pairs = [(imported("voice_stack.apps.asr"), imported("fastapi, uvicorn")) for _ in range(bench.repetitions)]
    ours, theirs = [a for a, _ in pairs], [b for _, b in pairs]
    starts, resident = [], 0.0
    for _ in range(bench.repetitions):
        started = time.perf_counter()
        with service() as server:
            starts.append(time.perf_counter() - started)
            resident = server.resident_mib()
    findings.figures += [
        ratio("importing the service over importing FastAPI and uvicorn", ours, theirs),
        Figure("importing the service, interpreter included", ours, "s", goal=_IMPORT_S),
        Figure("start to healthy", starts, "s", f"{resident:.0f} MiB resident, no model"),
    ]
