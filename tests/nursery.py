"""Services and commands that start in a tenth of the time: forks of a process that has imported them already.

A fifth of the suite went into importing FastAPI, pydantic and the rest again for every server. What is forked is the
program at the moment when it has been imported and has not read its command line, its settings or its folders: from
there on it is the real one. Tests of the start itself, of memory, and of what depends on the environment of the
libraries start a process of their own (`live_server.serve`, `is_fresh`).
"""

import atexit
import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

_ROOT = Path(__file__).resolve().parent.parent
QUIET: Final = ("ORT_DISABLE_TELEMETRY", "HF_HUB_DISABLE_TELEMETRY")
"""Variables that the import of voice_stack sets, so that libraries report nothing."""

# A message with an environment in it.
_MOST_BYTES: Final = 1 << 20
_POLL_S: Final = 0.01


class Nursery:
    """A process that has imported one service, or both, and forks the program. Thread-safe.

    Args:
        name: what `voice-stack serve` calls the service; `cli` for both.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = threading.Lock()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.nursery", name, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                cwd=_ROOT,
                stdin=subprocess.DEVNULL,
            )
        # It has forked itself away: tests count the children of their process.
        self._process.wait(60)
        self._socket = ours
        atexit.register(self._socket.close)

    def start(self, environment: Mapping[str, str], cwd: Path, output: IO[bytes]) -> "Fork":
        """Start the service, with nothing but this environment."""
        return self.run(["serve", self.name], environment, cwd, output, output)

    def run(
        self, arguments: Sequence[str], environment: Mapping[str, str], cwd: Path, output: IO[bytes], errors: IO[bytes]
    ) -> "Fork":
        """Start `voice-stack` with these arguments and nothing but this environment."""
        question = {"arguments": list(arguments), "environment": dict(environment), "cwd": str(cwd)}
        return Fork(self, int(self.ask(question, output, errors)["pid"]))

    def ask(self, question: Mapping[str, Any], *outputs: IO[bytes]) -> dict[str, Any]:
        """The answer of the process."""
        data = json.dumps(question).encode()
        with self._lock:
            socket.send_fds(self._socket, [data], [output.fileno() for output in outputs])
            answer = self._socket.recv(_MOST_BYTES)
        if not answer:
            raise RuntimeError("the process that forks the servers has died")
        found: dict[str, Any] = json.loads(answer)
        return found


class Fork:
    """A service that was forked, with the methods of `subprocess.Popen` that tests use."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._nursery = nursery

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._nursery.ask({"pid": self.pid})["code"]
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() >= deadline:
                raise subprocess.TimeoutExpired("voice-stack serve", timeout or 0.0)
            time.sleep(_POLL_S)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


_NURSERIES: dict[str, Nursery] = {}


def nursery(name: str) -> Nursery:
    """The nursery of a service, started when it is first asked for."""
    if name not in _NURSERIES:
        _NURSERIES[name] = Nursery(name)
    return _NURSERIES[name]


def _main(name: str, descriptor: int) -> None:
    if os.fork():
        os._exit(0)
    services = ("asr", "tts") if name == "cli" else (name,)
    for module in ("voice_stack.cli.main", "voice_stack.web.server", "uvicorn.lifespan.on"):
        importlib.import_module(module)
    for service in services:
        importlib.import_module(f"voice_stack.apps.{service}")
    gc.collect()
    gc.freeze()
    own: set[int] = set()
    with socket.socket(fileno=descriptor) as link:
        while True:
            data, descriptors, _, _ = socket.recv_fds(link, _MOST_BYTES, 2)
            if not data:
                break
            question = json.loads(data)
            if "pid" in question:
                pid = int(question["pid"])
                ended, status = os.waitpid(pid, os.WNOHANG)
                code = os.waitstatus_to_exitcode(status) if ended else None
                if ended:
                    own.discard(pid)
                link.send(json.dumps({"code": code}).encode())
                continue
            pid = os.fork()
            if pid == 0:
                link.close()
                _begin(question, *descriptors)
            for sent in descriptors:
                os.close(sent)
            own.add(pid)
            link.send(json.dumps({"pid": pid}).encode())
    for pid in own:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _begin(question: Mapping[str, Any], output: int, errors: int) -> None:
    code = 1
    try:
        os.dup2(output, 1)
        os.dup2(errors, 2)
        os.close(output)
        os.close(errors)
        # What the import of voice_stack has set here, it would set there.
        quiet = {name: os.environ[name] for name in QUIET}
        os.environ.clear()
        os.environ.update(quiet | question["environment"])
        os.chdir(question["cwd"])
        tempfile.tempdir = None
        sys.argv = ["voice-stack", *question["arguments"]]
        from voice_stack.cli.main import main

        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 (the interpreter would print it)
        traceback.print_exc()
    finally:
        with contextlib.suppress(ValueError, OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]))
