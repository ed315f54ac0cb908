"""Services as child processes: start them together, say when each answers, stop them all with the first that ends."""

import ctypes
import errno
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import FrameType

import typer

# Seconds that a service has to answer for the first time, and to stop. A fresh install compiles its modules first.
_START_S = 120.0
_STOP_S = 20.0
_POLL_S = 0.1
_PR_SET_PDEATHSIG = 1


class _HurryError(Exception):
    """A second Ctrl-C."""


@dataclass(frozen=True, slots=True)
class ServiceProcess:
    """A service as seen from outside.

    Attributes:
        name: what `voice-stack serve` calls it; in upper case, how its settings begin.
        host: address that it listens on.
        port: TCP port that it listens on.
    """

    name: str
    host: str
    port: int

    @property
    def url(self) -> str:
        """Address at which programs of this machine find it."""
        host = "localhost" if self.host in ("0.0.0.0", "::", "127.0.0.1") else self.host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def answers(self) -> bool:
        """True while it answers at an address of this machine."""
        import http.client

        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        connection = http.client.HTTPConnection(host, self.port, timeout=2)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def listen(self) -> socket.socket:
        """Listen at its address.

        Raises:
            OSError: nothing can.
        """
        listener = socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self.host, self.port))
            listener.listen()
        except OSError:
            listener.close()
            raise
        return listener


def supervise(services: Sequence[ServiceProcess], announce: Callable[[ServiceProcess, bool], None]) -> int:
    """Run services until one ends or a signal comes (then SystemExit with status 0); nothing of them is left behind.

    Args:
        announce: called when a service answers for the first time; True for the last one of them.

    Returns:
        The exit status of the first that ended; 1 when one cannot listen or does not answer in time.
    """
    with _signals_as_exit():
        problem = _address_problem(services)
        if problem:
            typer.secho(problem, fg="red", err=True)
            return 1
        processes: list[subprocess.Popen[bytes]] = []
        try:
            for service in services:
                command = [sys.executable, "-m", "voice_stack.cli.main", "serve", service.name]
                # A group of its own: Ctrl-C in a terminal would reach it twice, and the second means "do not wait".
                processes.append(subprocess.Popen(command, start_new_session=True, preexec_fn=_die_with_parent))
            return _watch(services, processes, announce)
        finally:
            _stop(processes)


def _address_problem(services: Sequence[ServiceProcess]) -> str | None:
    """Reason why the services cannot listen, or None."""
    with ExitStack() as listeners:  # open together: two services may be given one port
        for service in services:
            try:
                listeners.enter_context(service.listen())
            except OSError as error:
                name, host, port = service.name.upper(), service.host, service.port
                if error.errno == errno.EADDRINUSE:
                    return f"Port {port} is taken. Choose another: {name}_PORT=..."
                return f"Cannot listen at {name}_HOST={host}, {name}_PORT={port}: {error.strerror or error}."
    return None


def _watch(
    services: Sequence[ServiceProcess],
    processes: Sequence[subprocess.Popen[bytes]],
    announce: Callable[[ServiceProcess, bool], None],
) -> int:
    """Wait for the first end; the exit status."""
    silent = list(services)
    deadline = time.monotonic() + _START_S
    while True:
        for service, process in zip(services, processes, strict=True):
            code = process.poll()
            if code is not None:
                typer.secho(_obituary(service, code), fg="red", err=True)
                return code if code >= 0 else 128 - code
        for service in [service for service in silent if service.answers()]:
            silent.remove(service)
            announce(service, not silent)
        if silent and time.monotonic() > deadline:
            names = " and ".join(service.name.upper() for service in silent)
            typer.secho(f"{names} did not answer within {_START_S:g} s.", fg="red", err=True)
            return 1
        time.sleep(_POLL_S)


def _die_with_parent() -> None:
    """Stop the service when this program is killed in a way that it cannot handle (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _obituary(service: ServiceProcess, code: int) -> str:
    name = service.name.upper()
    if code < 0:
        return f"{name} was killed by {signal.Signals(-code).name}."
    return f"{name} ended with status {code}; its last lines say why."


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
