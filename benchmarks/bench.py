"""What every measure gets, and the servers that they share."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.material import ROOT, Recording, bench_model, write_wav
from tests.live_server import START_S, Server, free_port, serve_asr

# The model's output is fixed, so the ladder would only repeat it; without context every window costs the same.
SETTINGS = {
    "ASR_TEMPERATURE": "0",
    "ASR_CONDITION_ON_PREVIOUS_TEXT": "false",
    "ASR_LANGUAGE": "en",
    "ASR_FALLBACK_ENGINES": "",
    "ASR_COMPUTE_TYPE": "int8",
}


@dataclass(frozen=True, slots=True)
class Bench:
    """One run of the benchmark.

    Attributes:
        quick: short material, one repetition: shows that everything runs, not how fast it is.
        folder: for recordings; empty at first.
    """

    quick: bool
    folder: Path

    @property
    def repetitions(self) -> int:
        return 1 if self.quick else 5

    def recording(self, seconds: float, *, silence_s: float = 0.0) -> Recording:
        """Speech, then silence, as a WAV file; made once."""
        path = self.folder / f"{seconds:g}s-{silence_s:g}s.wav"
        if path.exists():
            return Recording(path, seconds + silence_s)
        return write_wav(path, seconds, silence_s=silence_s)


def cores() -> int:
    """CPU cores that this process may use."""
    return len(os.sched_getaffinity(0))


@contextlib.contextmanager
def service(model: Path | None = None, settings: Mapping[str, str] = SETTINGS) -> Iterator[Server]:
    """The transcription service as it comes.

    Args:
        model: a faster-whisper folder; None: the bench model.
    """
    with serve_asr({"ASR_MODEL": str(model or bench_model()), **settings}) as server:
        yield server


@contextlib.contextmanager
def naive_service(folder: Path) -> Iterator[Server]:
    """The naive server with the same model.

    Args:
        folder: for its log.

    Raises:
        RuntimeError: it does not start.
    """
    port = free_port()
    log = folder / "naive.log"
    command = [sys.executable, "-m", "benchmarks.naive_server", "--port", str(port), "--model", str(bench_model())]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    server = Server(f"http://127.0.0.1:{port}", process, log)
    try:
        _wait_until_healthy(server)
        yield server
    finally:
        # It has nothing to finish, and would finish a film first.
        process.kill()
        process.wait()


def _wait_until_healthy(server: Server) -> None:
    deadline = time.monotonic() + START_S
    while server.process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(f"{server.url}/health", timeout=2).raise_for_status()
            return
        time.sleep(0.1)
    raise RuntimeError(f"the naive server does not start: {server.log.read_text()[-2000:]}")
