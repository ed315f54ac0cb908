"""`voice-stack up`: every service there is, each in a process of its own, until Ctrl-C."""

import ctypes
import errno
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import typer

# Seconds that a service has to answer for the first time, and to stop. A fresh install compiles its modules first.
_START_S = 120.0
_STOP_S = 20.0
_POLL_S = 0.1
_PR_SET_PDEATHSIG = 1
_SAMPLE = Path("tests/fixtures/hello.wav")


class _HurryError(Exception):
    """A second Ctrl-C."""


@dataclass(frozen=True, slots=True)
class _Service:
    """A service as seen from outside.

    Attributes:
        name: what `voice-stack serve` calls it.
        tries: commands to show, given the base URL.
    """

    name: str
    host: str
    port: int
    tries: Callable[[str], list[str]]

    @property
    def reachable_host(self) -> str:
        """An address of this machine at which the service answers."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)

    @property
    def url(self) -> str:
        host = "localhost" if self.host in ("0.0.0.0", "::", "127.0.0.1") else self.host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def answers(self) -> bool:
        import http.client

        connection = http.client.HTTPConnection(self.reachable_host, self.port, timeout=2)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def listen_error(self) -> str | None:
        """Why nothing can listen at its address, or None."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
                probe.listen()
            except OSError as error:
                name = self.name.upper()
                if error.errno == errno.EADDRINUSE:
                    return f"Port {self.port} is taken. Choose another: {name}_PORT=..."
                return f"Cannot listen at {name}_HOST={self.host}, {name}_PORT={self.port}: {error.strerror or error}."
        return None


def up() -> None:
    """Start every service, print the lines to try, and stop them all on Ctrl-C."""
    with _signals_as_exit():
        sys.exit(_run(_services()))


def _services() -> list[_Service]:
    from voice_stack.asr.settings import AsrSettings
    from voice_stack.core.settings import load_settings

    asr = load_settings(AsrSettings)
    return [
        _Service("asr", asr.asr_host, asr.asr_port, lambda url: _asr_lines(url + asr.api_v1_str, asr.api_key)),
    ]


def _asr_lines(base: str, key: str) -> list[str]:
    sample = _SAMPLE if _SAMPLE.exists() else Path("recording.mp3")
    auth = ' -H "Authorization: Bearer $API_KEY"' if key else ""
    return [
        f"curl {base}/audio/transcriptions{auth} -F file=@{sample} -F model=whisper-1",
        f"curl {base}/audio/transcriptions{auth} -F file=@{sample} -F model=whisper-1 -F response_format=srt",
        f"curl -N {base}/audio/transcriptions{auth} -F file=@{sample} -F model=whisper-1 -F stream=true",
    ]


def _run(services: Sequence[_Service]) -> int:
    """Run the services until one ends or a signal comes; the exit status of the first that ended."""
    for service in services:
        problem = service.listen_error()
        if problem:
            typer.secho(problem, fg="red", err=True)
            return 1
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for service in services:
            command = [sys.executable, "-m", "voice_stack.cli.main", "serve", service.name]
            # A group of its own: Ctrl-C in a terminal would reach it twice, and the second means "do not wait".
            processes.append(subprocess.Popen(command, start_new_session=True, preexec_fn=_die_with_parent))
        for service, process in zip(services, processes, strict=True):
            if not _wait_until_ready(service, process):
                typer.secho(_obituary(service, process.poll()), fg="red", err=True)
                return process.poll() or 1
            lines = "\n".join(f"  {line}" for line in service.tries(service.url))
            typer.echo(f"\n{service.name.upper()} answers at {service.url}. Try:\n{lines}\n\nCtrl-C stops.", err=True)
        while all(process.poll() is None for process in processes):
            time.sleep(_POLL_S)
        ended, code = next(
            (service, process.returncode)
            for service, process in zip(services, processes, strict=True)
            if process.returncode is not None
        )
        typer.secho(_obituary(ended, code), fg="red", err=True)
        return code if code >= 0 else 128 - code
    finally:
        _stop(processes)


def _die_with_parent() -> None:
    """Stop the service when this program is killed in a way that it cannot handle (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _obituary(service: _Service, code: int | None) -> str:
    name = service.name.upper()
    if code is None:
        return f"{name} did not answer within {_START_S:g} s."
    if code < 0:
        return f"{name} was killed by {signal.Signals(-code).name}."
    return f"{name} ended with status {code}; its last lines say why."


def _wait_until_ready(service: _Service, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < deadline:
        if service.answers():
            return True
        time.sleep(_POLL_S)
    return False


def _stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + _STOP_S
    try:
        for process in processes:
            process.wait(max(0.0, deadline - time.monotonic()))
    except (subprocess.TimeoutExpired, _HurryError):
        for process in processes:
            process.kill()
            process.wait()


@contextmanager
def _signals_as_exit() -> Iterator[None]:
    """Ctrl-C, `kill` and a closed terminal all end the program in order, with status 0."""
    stops = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def leave(_number: int, _frame: FrameType | None) -> None:
        for number in stops:  # the services are stopping; a second signal means "do not wait"
            signal.signal(number, hurry)
        sys.exit(0)

    def hurry(_number: int, _frame: FrameType | None) -> None:
        for number in stops:
            signal.signal(number, signal.SIG_IGN)
        raise _HurryError

    before = {number: signal.signal(number, leave) for number in stops}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
