"""Jobs in a process of their own, that is stopped, and that is killed at any moment.

`JOB_KILLS_SEED` asks for the same kills again.
"""

import collections
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.jobs.receiver import Receiver, receiver
from tests.jobs.work_app import STEPS, expected_digest
from tests.live_server import free_port

STEP_S = 0.03
_START_S = 60.0
_END_S = 120.0
ASYNC = {"prefer": "respond-async"}


@dataclass
class WorkProcess:
    """`work_app` on a data folder that outlives it."""

    folder: Path
    callback_host: str
    port: int = field(default_factory=free_port)
    step_s: float = STEP_S
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def journal(self) -> Path:
        return self.folder / "journal"

    def start(self) -> None:
        program = Path(__file__).with_name("work_app.py")
        arguments = [str(self.folder / "data"), str(self.port), str(self.journal), str(self.step_s)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(program), *arguments],
                env=os.environ | {"CALLBACK_HOST": self.callback_host},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait_until_ready(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, (self.folder / "log").read_text()[-3000:]
            try:
                httpx.get(f"http://127.0.0.1:{self.port}/health", timeout=1)
                return
            except httpx.HTTPError:
                time.sleep(0.02)
        raise AssertionError("the process did not start")

    def end(self, how: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(30)


@contextmanager
def work_process(folder: Path, host: Receiver, step_s: float = STEP_S) -> Iterator[WorkProcess]:
    server = WorkProcess(folder, host.host, step_s=step_s)
    server.start()
    try:
        yield server
    finally:
        server.end(signal.SIGKILL)


@pytest.fixture
def host() -> Iterator[Receiver]:
    with receiver() as state:
        yield state


def submit(server: WorkProcess, data: bytes, host: Receiver) -> str | None:
    """The id of the job, when the server has lived to tell it."""
    try:
        answer = httpx.post(
            f"{server.url}/work",
            files={"file": ("a.wav", data)},
            params={"callback_url": host.url},
            headers=ASYNC,
            timeout=30,
        )
    except httpx.HTTPError:
        return None
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def audit(server: WorkProcess) -> None:
    """Let the database itself write down every end of a job."""
    # There is none before somebody asks for the jobs.
    httpx.get(f"{server.url}/jobs").raise_for_status()
    with sqlite3.connect(server.folder / "data" / "jobs" / "work" / "jobs.sqlite3", timeout=30) as connection:
        connection.execute("CREATE TABLE ends (job TEXT, status TEXT)")
        connection.execute(
            "CREATE TRIGGER note_ends AFTER UPDATE OF status ON voice_stack_jobs "
            "WHEN NEW.status NOT IN ('queued', 'running') "
            "BEGIN INSERT INTO ends (job, status) VALUES (NEW.id, NEW.status); END"
        )


def finished(server: WorkProcess) -> dict[str, dict[str, Any]]:
    """Every job's state, once all are over and told; also of those whose 202 was lost on its way."""
    deadline = time.monotonic() + _END_S
    while time.monotonic() < deadline:
        _, kept = read_ends(server)
        states = {name: httpx.get(f"{server.url}/jobs/{name}", timeout=30).json() for name in kept}
        over = [state["status"] not in ("queued", "running") for state in states.values()]
        told = [callback["status"] != "pending" for state in states.values() for callback in state["callbacks"]]
        if all(over) and all(told):
            return states
        time.sleep(0.1)
    raise AssertionError((server.folder / "log").read_text()[-3000:])


@pytest.mark.parametrize("kills", [5, pytest.param(100, marks=pytest.mark.long)])
def test_no_kill_loses_or_repeats_an_accepted_job(tmp_path: Path, host: Receiver, kills: int) -> None:
    chance = random.Random(os.environ.get("JOB_KILLS_SEED"))
    accepted: dict[str, bytes] = {}
    interrupted: collections.Counter[str] = collections.Counter()
    with work_process(tmp_path, host) as server:
        server.wait_until_ready()
        audit(server)
        for number in range(kills):
            process = server.process
            assert process is not None
            if number % 5 == 4:
                time.sleep(chance.uniform(0.0, 1.2))  # in the midst of its start
                process.kill()
            else:
                server.wait_until_ready()
                killer = threading.Timer(chance.uniform(0.0, 0.3), process.kill)
                if number % 2:
                    killer.start()  # while jobs are accepted; else while they run
                for _ in range(3):
                    data = chance.randbytes(chance.randrange(10, 100_000))
                    job = submit(server, data, host)
                    if job is not None:
                        accepted[job] = data
                if not number % 2:
                    killer.start()
                killer.join()
            process.wait(30)
            interrupted.update(running_jobs(server))
            server.start()
        server.wait_until_ready()
        states = finished(server)
        for job, data in accepted.items():
            result = httpx.get(f"{server.url}/jobs/{job}/result")
            assert result.json() == {"digest": expected_digest(data)}, states[job]
        ends, kept = read_ends(server)
    assert len(accepted) >= kills
    assert interrupted.total() >= kills // 5, "hardly a kill has met a running job"
    # Jobs whose 202 was lost on its way count too: they were accepted, and nobody knows.
    assert accepted.keys() <= ends.keys() == kept
    assert set(ends.values()) == {1}, "a job ended twice"
    steps = collections.Counter(server.journal.read_text().split("\n")[:-1])
    for job in ends:
        done = [steps[f"{job} {step}"] for step in range(STEPS)]
        assert min(done) >= 1
        # A kill between the note in the journal and the checkpoint costs that one step once more.
        assert sum(done) - STEPS <= interrupted[job], (job, done, interrupted[job])
    events = collections.defaultdict(set)
    for delivery in host.deliveries:
        event = json.loads(delivery.body)
        assert event["type"] == "job.completed"
        events[event["data"]["id"]].add(delivery.headers["webhook-id"])
    assert events.keys() == ends.keys()
    assert all(len(identities) == 1 for identities in events.values())


def running_jobs(server: WorkProcess) -> list[str]:
    """What the dead process leaves as running."""
    with sqlite3.connect(server.folder / "data" / "jobs" / "work" / "jobs.sqlite3", timeout=30) as connection:
        return [row[0] for row in connection.execute("SELECT id FROM voice_stack_jobs WHERE status = 'running'")]


def read_ends(server: WorkProcess) -> tuple[collections.Counter[str], set[str]]:
    """How often each job has ended, and which jobs there are."""
    with sqlite3.connect(server.folder / "data" / "jobs" / "work" / "jobs.sqlite3", timeout=30) as connection:
        ends = collections.Counter(row[0] for row in connection.execute("SELECT job FROM ends"))
        return ends, {row[0] for row in connection.execute("SELECT id FROM voice_stack_jobs")}


def test_a_stop_ends_streams_and_leaves_the_work_to_the_next_start(tmp_path: Path, host: Receiver) -> None:
    data = os.urandom(1000)
    with work_process(tmp_path, host, step_s=0.2) as server:
        server.wait_until_ready()
        job = submit(server, data, host)
        lines: list[str] = []
        with httpx.stream("GET", f"{server.url}/jobs/{job}/events", timeout=30) as stream:
            for line in stream.iter_lines():
                if '"status":"running"' in line and not any('"status":"running"' in seen for seen in lines):
                    server.process.send_signal(signal.SIGTERM)  # type: ignore[union-attr]
                lines.append(line)
        assert "event: error" in lines
        assert '"code":"stopping"' in lines[-2]
        assert server.process is not None
        assert server.process.wait(30) in (0, -signal.SIGTERM)  # uvicorn raises the signal again when all is done
        server.start()
        server.wait_until_ready()
        with httpx.stream("GET", f"{server.url}/jobs/{job}/events", timeout=30) as stream:
            assert "job.completed" in list(stream.iter_lines())[-2]
        assert httpx.get(f"{server.url}/jobs/{job}/result").json() == {"digest": expected_digest(data)}
    assert server.journal.read_text().split("\n")[:-1] == [f"{job} {number}" for number in range(STEPS)]


def test_a_second_process_on_the_same_folder_does_not_start(tmp_path: Path, host: Receiver) -> None:
    with work_process(tmp_path, host) as server:
        server.wait_until_ready()
        other = WorkProcess(tmp_path, host.host)
        other.start()
        assert other.process is not None
        assert other.process.wait(30) != 0
    assert "another process" in (tmp_path / "log").read_text()
