"""Both services, killed at any moment in the middle of their jobs.

`JOB_KILLS_SEED` asks for the same kills again.
"""

import collections
import contextlib
import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.e2e.conftest import write_wav
from tests.live_server import TONE, Server, serve
from tests.tiny_whisper.exact import EXACT, render

_RATE = 16_000
_END_S = 120.0


@dataclass
class Trial:
    """A service on a folder that outlives it, and the requests that were sent to it.

    Attributes:
        ask: sends the request of a number; the second argument says whether as a job.
        accepted: the job of each request that was told of it.
    """

    name: str
    settings: dict[str, str]
    data: Path
    ask: Callable[[Server, int, bool], httpx.Response]
    accepted: dict[int, str] = field(default_factory=dict)

    @contextlib.contextmanager
    def running(self) -> Iterator[Server]:
        with serve(self.name, {**self.settings, "DATA_DIR": str(self.data)}) as server:
            yield server

    @property
    def database(self) -> sqlite3.Connection:
        return sqlite3.connect(self.data / "jobs" / self.name / "jobs.sqlite3", timeout=30)

    def beginnings(self) -> int:
        """How often a job was begun from its start, at most."""
        logs = (self.data / "jobs" / self.name / "accepted").glob("*/checkpoints.jsonl")
        return max((log.read_text().count('"begin"') for log in logs), default=0)

    def submit(self, server: Server, number: int) -> None:
        try:
            answer = self.ask(server, number, True)
        except httpx.HTTPError:
            return  # it was killed before it could tell
        assert answer.status_code == 202, answer.text
        self.accepted[number] = answer.json()["id"]


@pytest.fixture
def transcriptions(tiny_ct2: Path, tmp_path: Path) -> Trial:
    """Four minutes of lines each, at places of their own."""
    line = render(EXACT["en-sentence-3"]).samples

    def recording(number: int) -> bytes:
        path = tmp_path / f"{number}.wav"
        if not path.exists():
            places = random.Random(number)
            track = np.zeros(240 * _RATE, np.float32)
            for second in range(1, 230, 8):
                start = round((second + places.random() * 2) * _RATE)
                track[start : start + len(line)] = line
            write_wav(path, track)
        return path.read_bytes()

    def ask(server: Server, number: int, as_job: bool) -> httpx.Response:
        return httpx.post(
            f"{server.v1}/audio/transcriptions",
            data={"model": "whisper-1", "response_format": "verbose_json"},
            files={"file": recording(number)},
            headers={"prefer": "respond-async"} if as_job else {},
            timeout=120,
        )

    settings = {"ASR_MODEL": str(tiny_ct2), "ASR_FALLBACK_ENGINES": "", "ASR_TEMPERATURE": "0", "ASR_CHUNK_S": "90"}
    return Trial("asr", settings, tmp_path / "data", ask)


@pytest.fixture
def speeches(tmp_path: Path) -> Trial:
    """A minute of sound each: about as long in the making as the latest kill waits."""

    def ask(server: Server, number: int, as_job: bool) -> httpx.Response:
        text = " ".join(f"Sentence {part} of text {number} is about a fox." for part in range(28))
        return httpx.post(
            f"{server.v1}/audio/speech",
            json={"model": "tts-1", "voice": "alloy", "input": text, "response_format": "mp3"},
            headers={"prefer": "respond-async"} if as_job else {},
            timeout=120,
        )

    return Trial("tts", dict(TONE), tmp_path / "data", ask)


@pytest.mark.parametrize("kills", [3, pytest.param(100, marks=pytest.mark.long)])
@pytest.mark.parametrize("kind", ["transcriptions", "speeches"])
def test_no_kill_loses_or_repeats_a_job(kind: str, kills: int, request: pytest.FixtureRequest) -> None:
    trial: Trial = request.getfixturevalue(kind)
    chance = random.Random(os.environ.get("JOB_KILLS_SEED"))
    interrupted = 0
    for number in range(kills):
        with trial.running() as server:
            if number == 0:
                # There is no database before somebody asks for the jobs.
                httpx.get(f"{server.v1}/jobs").raise_for_status()
                _note_every_end(trial)
            killer = threading.Timer(chance.uniform(0.0, 1.0), server.process.kill)
            if number % 3 == 2:
                killer.start()  # perhaps while the job is accepted; else while it runs
            trial.submit(server, number)
            if number % 3 != 2:
                killer.start()
            killer.join()
            server.process.wait()
        assert trial.beginnings() <= 1, "what was finished has been thrown away"
        with contextlib.closing(trial.database) as connection:
            interrupted += len(connection.execute("SELECT 1 FROM voice_stack_jobs WHERE status = 'running'").fetchall())
    with trial.running() as server:
        for number, job in trial.accepted.items():
            state = _finished(server, job, _END_S + kills)
            assert state["status"] == "completed", state
            result = httpx.get(f"{server.v1}/jobs/{job}/result", timeout=60)
            alone = trial.ask(server, number, False)
            assert result.status_code == alone.status_code == 200
            assert result.content == alone.content
            assert lasting_headers(result) == lasting_headers(alone)
        assert httpx.get(f"{server.url}/health").json()["running"] == 0
        assert server.children() == []
    with contextlib.closing(trial.database) as connection:
        ends = collections.Counter(row[0] for row in connection.execute("SELECT job FROM ends"))
        kept = {row[0] for row in connection.execute("SELECT id FROM voice_stack_jobs")}
    assert interrupted >= kills // 3, "hardly a kill has met a running job"
    # A job whose 202 was lost on its way counts too: it was accepted, and nobody knows.
    assert set(trial.accepted.values()) <= ends.keys()
    assert ends.keys() == kept
    assert set(ends.values()) == {1}, "a job ended twice"
    left = {path.name for job in (trial.data / "jobs" / trial.name / "accepted").iterdir() for path in job.iterdir()}
    assert left == {"result"}, "what the work needed is still there"


def _note_every_end(trial: Trial) -> None:
    """Let the database itself write down every end of a job."""
    with contextlib.closing(trial.database) as connection, connection:
        connection.execute("CREATE TABLE ends (job TEXT)")
        connection.execute(
            "CREATE TRIGGER note_ends AFTER UPDATE OF status ON voice_stack_jobs "
            "WHEN NEW.status NOT IN ('queued', 'running') BEGIN INSERT INTO ends (job) VALUES (NEW.id); END"
        )


def _finished(server: Server, job: str, within_s: float) -> dict[str, object]:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        state: dict[str, object] = httpx.get(f"{server.v1}/jobs/{job}", timeout=30).json()
        if state["status"] not in ("queued", "running"):
            return state
        time.sleep(0.05)
    raise AssertionError(server.log.read_text()[-3000:])


def lasting_headers(answer: httpx.Response) -> dict[str, str]:
    """The headers that are no matter of the connection or of the moment."""
    of_the_moment = {"date", "x-request-id", "openai-processing-ms", "content-length", "transfer-encoding"}
    return {name: value for name, value in answer.headers.items() if name not in {*of_the_moment, "x-accel-buffering"}}
