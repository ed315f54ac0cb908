"""Clients of both servers: what they send is the same."""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx

from benchmarks.material import ROOT, Recording

# No answer of a benchmark takes longer.
PATIENCE_S = 900.0


@dataclass(frozen=True, slots=True)
class Streamed:
    """When a stream came.

    Attributes:
        first: seconds to the first delta.
        total: seconds to its end.
    """

    first: float
    total: float


def transcribe(v1: str, recording: Recording, *, priority: str | None = None, language: str = "") -> str:
    """The text of a file.

    Args:
        v1: the server's URL with its `/v1`.
        language: of the speech; empty: the server's own affair.

    Raises:
        httpx.HTTPStatusError: the server refused.
    """
    headers = {"x-priority": priority} if priority else {}
    response = httpx.post(
        f"{v1}/audio/transcriptions",
        data={"model": "whisper-1"} | ({"language": language} if language else {}),
        files={"file": recording.fresh_wav()},
        headers=headers,
        timeout=PATIENCE_S,
    )
    response.raise_for_status()
    text: str = response.json()["text"]
    if not text.strip():
        raise RuntimeError(f"no text for {recording.path.name}")
    return text


def subtitle(v1: str, recording: Recording) -> str:
    """The subtitles of a film, as Bazarr asks for them: headerless PCM.

    Raises:
        httpx.HTTPStatusError: the server refused.
    """
    response = httpx.post(
        f"{v1}/bazarr/asr",
        params={"encode": "false", "output": "srt"},
        files={"audio_file": recording.fresh_pcm()},
        timeout=PATIENCE_S,
    )
    response.raise_for_status()
    return response.text


def stream_transcript(v1: str, recording: Recording) -> Streamed:
    """When the deltas of a streamed transcript come.

    Raises:
        RuntimeError: it ended without a delta or without its last event.
    """
    form, files = {"model": "whisper-1", "stream": "true"}, {"file": recording.fresh_wav()}
    first, kinds = 0.0, set()
    started = time.perf_counter()
    with httpx.stream("POST", f"{v1}/audio/transcriptions", data=form, files=files, timeout=PATIENCE_S) as response:
        response.raise_for_status()
        for line in response.iter_lines():
            if line.startswith("data: {"):
                kinds.add(json.loads(line.removeprefix("data: "))["type"])
                first = first or time.perf_counter() - started
    if kinds != {"transcript.text.delta", "transcript.text.done"}:
        raise RuntimeError(f"the stream of {recording.path.name} had {sorted(kinds)}")
    return Streamed(first, time.perf_counter() - started)


def at_once(clients: int, requests: int, work: Callable[[], float]) -> list[float]:
    """Let clients send requests, each its next one when it has its answer.

    Args:
        work: one request; gives its seconds.

    Returns:
        Seconds of every request.
    """
    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(lambda _: work(), range(requests)))


@contextlib.contextmanager
def in_background(*request: str) -> Iterator[subprocess.Popen[bytes]]:
    """A long request of another process, whose client vanishes when the block ends.

    Args:
        request: as the arguments of `python -m benchmarks.background`.

    Raises:
        RuntimeError: it had failed by the end of the block.
    """
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.background", *request], cwd=ROOT)
    try:
        yield process
        if process.poll():
            raise RuntimeError(f"the request {request[0]} in the background failed")
    finally:
        process.kill()
        process.wait()
