"""An FFmpeg child that is fed and read with a deadline and never outlives its reader."""

import os
import select
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from voice_stack.audio.ffmpeg import child_environment, limit_child
from voice_stack.audio.probe import Log
from voice_stack.core.children import cpu_seconds, ended_from_outside, is_stopped
from voice_stack.core.errors import ServiceUnavailableError

_READ_SIZE: Final = 256 * 1024
# Seconds from the end of a child's output to its own.
_DYING_S: Final = 1.0
# FFmpeg's exit status after a signal that it has caught (SIGTERM, SIGINT, SIGXCPU).
_CAUGHT_SIGNAL: Final = 255


class ChildTimeoutError(Exception):
    """The child gave nothing for too long."""


class ChildEndedError(Exception):
    """The child ended before it had read all that it was given."""


class Child:
    """One FFmpeg process.

    One thread reads. `kill` may be called by another: the reader then sees the end of the output.

    Attributes:
        log: what it wrote to stderr, as far as it was read.

    Args:
        command: what to run.
        descriptor: file descriptor that the child inherits under the same number, None for none.
        cpu_seconds: CPU time after which the system ends it.
        stdin: what it reads on stdin, by `subprocess`.
        log: what becomes of its stderr.

    Raises:
        ServiceUnavailableError: the program cannot be started.
    """

    def __init__(
        self,
        command: Sequence[str],
        descriptor: int | None,
        cpu_seconds: int,
        *,
        stdin: int = subprocess.DEVNULL,
        log: Log | None = None,
    ) -> None:
        try:
            self._process = subprocess.Popen(
                command,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                pass_fds=() if descriptor is None else (descriptor,),
                env=child_environment(),
            )
        except OSError as error:
            raise ServiceUnavailableError(f"FFmpeg could not be started: {error.strerror}.") from error
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._stdout = self._process.stdout
        self._stderr = self._process.stderr
        self.log = log or Log()
        self._poll = select.poll()
        for pipe in (self._stderr, self._stdout):
            self._poll.register(pipe, select.POLLIN)
        self._open = {self._stdout.fileno(), self._stderr.fileno()}
        limit_child(self._process.pid, cpu_seconds)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def cpu_s(self) -> float:
        """Seconds of CPU time that it has taken; infinite where that cannot be told."""
        return cpu_seconds(self._process)

    @property
    def lost(self) -> bool:
        """True when somebody has ended it, or holds it. Waits a moment for a child whose pipes have closed to end."""
        try:
            status = self._process.wait(_DYING_S)
        except subprocess.TimeoutExpired:
            return is_stopped(self._process)
        return ended_from_outside(status) or status == _CAUGHT_SIGNAL

    def read(self, size: int, timeout_s: float) -> bytes:
        """Up to `size` bytes of stdout; fewer only at its end, none after it.

        Args:
            timeout_s: seconds to wait for all of them.

        Raises:
            ChildTimeoutError: they did not come in time.
        """
        data = bytearray()
        for piece in self._pieces(size, timeout_s):
            data += piece
        return bytes(data)

    def read_some(self, timeout_s: float) -> bytes:
        """Bytes that there are of stdout, at least one; none after its end.

        Args:
            timeout_s: seconds to wait for it.

        Raises:
            ChildTimeoutError: nothing came in time.
        """
        return next(self._pieces(_READ_SIZE, timeout_s), b"")

    def wait_for_header(self, timeout_s: float) -> None:
        """Wait until it has told all about its input, or wrote to stdout, or ended.

        Raises:
            ChildTimeoutError: none of it happened in time.
        """
        deadline = time.monotonic() + timeout_s
        while not self.log.header_complete and self._open:
            ready = self._ready(deadline)
            if self._stderr.fileno() in ready:
                self._read_log()
            else:
                return

    def wait(self, timeout_s: float) -> int:
        """Wait for the end of a child whose output has ended; its exit status, negative for a signal."""
        deadline = time.monotonic() + timeout_s
        while self._open:
            if self._stderr.fileno() in self._ready(deadline):
                self._read_log()
            else:
                self._read_output(_READ_SIZE)
        try:
            return self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired as error:
            raise ChildTimeoutError from error

    def kill(self) -> None:
        """End the process; harmless when it has ended."""
        self._process.kill()

    def close(self) -> None:
        """End and reap the process and close the pipes. Only when nobody reads."""
        self._process.kill()
        self._stdout.close()
        self._stderr.close()
        self._open.clear()
        self._process.wait()

    def _pieces(self, size: int, timeout_s: float) -> Iterator[bytes]:
        deadline = time.monotonic() + timeout_s
        while size > 0 and self._stdout.fileno() in self._open:
            ready = self._ready(deadline)
            if self._stderr.fileno() in ready:
                self._read_log()
            if self._stdout.fileno() in ready:
                piece = self._read_output(min(size, _READ_SIZE))
                size -= len(piece)
                yield piece

    def _ready(self, deadline: float) -> set[int]:
        waited = max(0.0, deadline - time.monotonic())
        ready = {descriptor for descriptor, _ in self._poll.poll(waited * 1000)}
        if not ready:
            raise ChildTimeoutError
        return ready

    def _read_output(self, size: int) -> bytes:
        return self._read_pipe(self._stdout.fileno(), size)

    def _read_log(self) -> None:
        self.log.feed(self._read_pipe(self._stderr.fileno(), _READ_SIZE))

    def _read_pipe(self, descriptor: int, size: int) -> bytes:
        data = os.read(descriptor, size)
        if not data:
            self._poll.unregister(descriptor)
            self._open.discard(descriptor)
        return data


class FedChild(Child):
    """A process that is given its input piece by piece.

    The same thread writes and reads, both through one poll, so that neither can wait for the other for ever.
    """

    def __init__(self, command: Sequence[str], cpu_seconds: int, log: Log) -> None:
        super().__init__(command, None, cpu_seconds, stdin=subprocess.PIPE, log=log)
        assert self._process.stdin is not None
        self._stdin = self._process.stdin
        os.set_blocking(self._stdin.fileno(), False)

    def write(self, data: bytes, timeout_s: float) -> bytes:
        """Give it all of `data`; what came on stdout meanwhile.

        Args:
            timeout_s: seconds in which it must have read or written something.

        Raises:
            ChildEndedError: it has ended.
            ChildTimeoutError: it did nothing for so long.
        """
        output = bytearray()
        rest = memoryview(data)
        stdin = self._stdin.fileno()
        self._poll.register(stdin, select.POLLOUT)
        try:
            while rest:
                ready = self._ready(time.monotonic() + timeout_s)
                output += self._take(ready)
                if stdin in ready:
                    rest = rest[os.write(stdin, rest) :]
        except BrokenPipeError as error:
            raise ChildEndedError from error
        finally:
            self._poll.unregister(stdin)
        return bytes(output)

    def read_until(self, enough: Callable[[], bool], patience_s: float) -> bytes:
        """Bytes from stdout, until there are enough, or they end, or patience does."""
        output = bytearray()
        deadline = time.monotonic() + patience_s
        while self._open and not enough():
            try:
                output += self._take(self._ready(deadline))
            except ChildTimeoutError:
                break
        while not self.ended and self._stdout.fileno() in {descriptor for descriptor, _ in self._poll.poll(0)}:
            output += self._read_output(_READ_SIZE)
        return bytes(output)

    @property
    def ended(self) -> bool:
        """True after the end of its output."""
        return self._stdout.fileno() not in self._open

    def end_input(self) -> None:
        """Tell it that nothing more comes."""
        self._stdin.close()

    def close(self) -> None:
        self._stdin.close()
        super().close()

    def _take(self, ready: set[int]) -> bytes:
        if self._stderr.fileno() in ready:
            self._read_log()
        return self._read_output(_READ_SIZE) if self._stdout.fileno() in ready else b""
