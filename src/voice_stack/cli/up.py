"""`voice-stack up`: every service there is, each in a process of its own, until Ctrl-C."""

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
_SAMPLE = Path("tests/fixtures/hello.wav")


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

    def port_is_taken(self) -> bool:
        try:
            socket.create_connection((self.reachable_host, self.port), timeout=1).close()
        except OSError:
            return False
        return True


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
        if service.port_is_taken():
            variable = f"{service.name.upper()}_PORT"
            typer.secho(f"Port {service.port} is taken. Choose another: {variable}=...", fg="red", err=True)
            return 1
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for service in services:
            command = [sys.executable, "-m", "voice_stack.cli.main", "serve", service.name]
            # A group of its own: Ctrl-C in a terminal would reach it twice, and the second means "do not wait".
            processes.append(subprocess.Popen(command, start_new_session=True))
        for service, process in zip(services, processes, strict=True):
            if not _wait_until_ready(service, process):
                return process.poll() or 1
            lines = "\n".join(f"  {line}" for line in service.tries(service.url))
            typer.echo(f"\n{service.name.upper()} answers at {service.url}. Try:\n{lines}\n\nCtrl-C stops.", err=True)
        while all(process.poll() is None for process in processes):
            time.sleep(_POLL_S)
        return next(process.returncode for process in processes if process.returncode is not None)
    finally:
        _stop(processes)


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
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def _signals_as_exit() -> Iterator[None]:
    """Ctrl-C, `kill` and a closed terminal all end the program in order, with status 0."""
    stops = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def leave(_number: int, _frame: FrameType | None) -> None:
        for number in stops:  # the services are stopping; a second Ctrl-C must not leave one behind
            signal.signal(number, signal.SIG_IGN)
        sys.exit(0)

    before = {number: signal.signal(number, leave) for number in stops}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
