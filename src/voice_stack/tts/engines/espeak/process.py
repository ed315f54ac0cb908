"""A process of its own for espeak-ng, spoken to through pipes."""

import logging
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

from voice_stack.core.children import ended_from_outside, is_stopped
from voice_stack.core.errors import (
    CancelledWorkError,
    EngineError,
    EngineUnavailableError,
    ProcessLostError,
    VoiceNotFoundError,
)
from voice_stack.serving.engine import check_stop
from voice_stack.tts.engines.espeak import library as espeak_library
from voice_stack.tts.engines.espeak.library import CANCEL, DONE, FRAME, PLACE, REQUEST, SPEAK, UNKNOWN_VOICE, WORD

logger = logging.getLogger("voice_stack.tts")

_START_S: Final = 20.0
# Seconds without any sound after which it counts as hung; it speaks a thousand times faster than real time.
_SILENCE_S: Final = 10.0
# Seconds between two looks at `stop`.
_STEP_S: Final = 0.1
# Seconds from the end of its output to its own.
_DYING_S: Final = 1.0
_READ_SIZE: Final = 64 * 1024


class EspeakProcess:
    """One espeak-ng, for one utterance at a time. Not thread-safe.

    Attributes:
        sample_rate: Hz of what it speaks.

    Args:
        library: path of the shared library.
        data: path of the folder `espeak-ng-data`.

    Raises:
        EngineUnavailableError: it does not start.
        ProcessLostError: it was killed or stopped before it had.
    """

    def __init__(self, library: str, data: str) -> None:
        command = [sys.executable, "-I", "-S", espeak_library.__file__, library, data]
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
            )
        except OSError as error:
            raise EngineUnavailableError(f"espeak-ng cannot be started: {error.strerror}.") from error
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self._readable, self._writable = select.poll(), select.poll()
        self._readable.register(self._stdout, select.POLLIN)
        self._writable.register(self._stdin, select.POLLOUT)
        # A process that is stopped takes nothing: once the pipe is full, a write would wait for ever.
        os.set_blocking(self._stdin.fileno(), False)
        self._unread = bytearray()
        self.sample_rate = self._first_word()

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """True until it has ended."""
        return self._process.poll() is None

    @property
    def ready(self) -> bool:
        """True while it lives, and nobody holds it by a signal."""
        return self.alive and not is_stopped(self._process)

    def speak(
        self,
        voice: str,
        text: str,
        words_per_minute: int,
        stop: threading.Event,
        begun: Callable[[int, int], None] = lambda character, sample: None,
    ) -> Iterator[bytes]:
        """Speak a text.

        Closing the iterator early ends the utterance, and leaves the process ready for the next one or ended.

        Args:
            voice: a file under `lang`, with or without a variant.
            text: without NUL.
            begun: told, before the sound in which a word begins, the place in the text and the sample of the
                utterance's sound, both from 0. Words that are said as one (of the) are one.

        Yields:
            Mono s16le, what is ready at the time.

        Raises:
            CancelledWorkError: `stop` was set.
            EngineError: the library failed, hung or crashed; after the latter two the process has ended.
            ProcessLostError: the process was killed or stopped from outside; it has ended.
            VoiceNotFoundError: there is no such voice.
        """
        name, data = os.fsencode(voice), text.encode("utf-8", "replace")
        status: int | None = None
        try:
            self._send(SPEAK + REQUEST.pack(words_per_minute, len(name), len(data)) + name + data, stop)
            while status is None:
                self._await(time.monotonic() + _SILENCE_S, stop)
                pcm, places, status = self._frames()
                for place in places:
                    begun(*place)
                if pcm:
                    yield pcm
        finally:
            if status is None:
                self._cancel()
        if status == UNKNOWN_VOICE:
            raise VoiceNotFoundError("espeak-ng cannot load this voice.")
        if status != DONE:
            raise EngineError("espeak-ng failed on this text.")

    def close(self) -> None:
        """End and reap the process."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()
        self._process.wait()

    def _first_word(self) -> int:
        """The sample rate, which it tells when it is ready."""
        assert self._process.stderr is not None
        started = False
        try:
            while len(self._unread) < FRAME.size:
                self._await(time.monotonic() + _START_S, threading.Event())
            started = True
        except ProcessLostError:
            raise
        except EngineError as error:
            self._process.kill()
            reason = os.read(self._process.stderr.fileno(), _READ_SIZE).decode(errors="replace").strip()
            # The reason may name paths, which are the log's business only.
            logger.warning("espeak-ng does not start: %s", reason or error)
            raise EngineUnavailableError("espeak-ng does not start; the log says why.") from error
        finally:
            if not started:
                self.close()
        self._process.stderr.close()
        sample_rate: int = FRAME.unpack_from(self._unread)[0]
        self._unread.clear()
        return sample_rate

    def _send(self, data: bytes, stop: threading.Event) -> None:
        """Write all of it, or end the process: half a request would be taken for the beginning of the next."""
        deadline = time.monotonic() + _SILENCE_S
        rest = memoryview(data)
        try:
            while rest:
                self._wait(self._writable, deadline, stop)
                rest = rest[os.write(self._stdin.fileno(), rest) :]
        except BrokenPipeError as error:
            raise self._ended() from error
        except CancelledWorkError:
            self._process.kill()
            raise

    def _await(self, deadline: float, stop: threading.Event) -> None:
        """Wait for anything to read, and read it."""
        self._wait(self._readable, deadline, stop)
        data = os.read(self._stdout.fileno(), _READ_SIZE)
        if not data:
            raise self._ended()
        self._unread += data

    def _wait(self, poll: select.poll, deadline: float, stop: threading.Event) -> None:
        while True:
            check_stop(stop)
            if poll.poll(_STEP_S * 1000):
                return
            if time.monotonic() > deadline:
                stopped = is_stopped(self._process)
                self._process.kill()
                if stopped:
                    raise ProcessLostError("espeak-ng was stopped from outside. Try again in a moment.")
                raise EngineError("espeak-ng hung on this text and was ended.")

    def _frames(self) -> tuple[bytes, list[tuple[int, int]], int | None]:
        """The sound of all whole frames that were read, the places of words that begin in it, and the utterance's
        status when it has ended."""
        pcm = bytearray()
        places: list[tuple[int, int]] = []
        position = taken = known = 0
        status = None
        while status is None and position + FRAME.size <= len(self._unread):
            (kind,) = FRAME.unpack_from(self._unread, position)
            size = PLACE.size if kind == WORD else max(kind, 0)
            if position + FRAME.size + size > len(self._unread):
                break
            position += FRAME.size
            if kind == WORD:
                character, sample = PLACE.unpack_from(self._unread, position)
                places.append((character, sample))
            elif kind > 0:
                pcm += self._unread[position : position + size]
            else:
                status = kind
            position += size
            if kind != WORD:
                taken, known = position, len(places)
        # Words at the end wait for the sound that they begin in.
        del self._unread[:taken]
        return bytes(pcm), places[:known], status

    def _cancel(self) -> None:
        """Give up the utterance: read it to its end, which is near, or end the process."""
        if not self.ready:
            self._process.kill()
            return
        try:
            self._send(CANCEL, threading.Event())
            deadline = time.monotonic() + _SILENCE_S
            while self._frames()[-1] is None:
                self._await(deadline, threading.Event())
        except (EngineError, ProcessLostError) as error:
            logger.info("espeak-ng did not give up an utterance: %s", error)
            self._process.kill()

    def _ended(self) -> EngineError | ProcessLostError:
        """Error to raise when it has gone, or is about to."""
        try:
            status = self._process.wait(_DYING_S)
        except subprocess.TimeoutExpired:  # it has closed its pipe, and lives
            self._process.kill()
            self._process.wait()
            return EngineError("espeak-ng broke off in this text and was ended.")
        if ended_from_outside(status):
            return ProcessLostError("espeak-ng was ended from outside. Try again in a moment.")
        reason = f"exit status {status}" if status >= 0 else f"signal {-status} ({signal.strsignal(-status)})"
        return EngineError(f"espeak-ng crashed on this text: {reason}.")
