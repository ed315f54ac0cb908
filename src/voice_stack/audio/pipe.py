"""Samples in, bytes out, through an FFmpeg child, with nothing held back that the child has."""

import logging
import re
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final, Self

import numpy as np

from voice_stack.audio.child import ChildEndedError, ChildTimeoutError, FedChild
from voice_stack.audio.clip import Samples
from voice_stack.audio.probe import Log
from voice_stack.audio.wav import wav_header
from voice_stack.core.errors import AudioProcessingError, CancelledWorkError, ProcessLostError, VoiceStackError

logger = logging.getLogger("voice_stack.audio")

_CPU_SECONDS: Final = 600
_STALL_S: Final = 20.0
# For the packets that must come of what was written. Only a wrong `held_back` or a starved machine uses it up.
_PATIENCE_S: Final = 3.0
_TAIL_BYTES: Final = 1 << 28


class AudioPipe:
    """A stream of mono samples through FFmpeg. The child starts at once.

    One thread writes; any thread may `close`. Use it as a context manager.

    Args:
        command: of `pipe_command`.
        sample_rate: Hz of what is written.
        held_back: samples that may still be inside after a `write`, at most. With too small a number a write waits
            in vain, once, and the number grows.
        tempo: seconds of input for a second of output.

    Raises:
        ServiceUnavailableError: FFmpeg cannot be started.
    """

    def __init__(self, command: Sequence[str], sample_rate: int, held_back: int, *, tempo: float = 1.0) -> None:
        self._sample_rate = sample_rate
        self._held_back = held_back
        self._tempo = tempo
        self._written = 0
        self._closed = False
        self._lock = threading.RLock()
        self._packets = _PacketLog()
        self._header = wav_header(sample_rate, None, codec="pcm_f32le")
        self._child = FedChild(command, _CPU_SECONDS, self._packets)

    @property
    def pid(self) -> int:
        """Process id of FFmpeg."""
        return self._child.pid

    @property
    def written(self) -> int:
        """Samples."""
        return self._written

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        # Without a child, the constructor has failed.
        if hasattr(self, "_child"):
            self.close()

    def write(self, samples: Samples) -> bytes:
        """Give it (time,) float32 in [-1, 1]; all that comes out up to `held_back` samples before their end.

        Raises:
            AudioProcessingError: FFmpeg failed.
            ProcessLostError: it was ended from outside, or hangs.
            CancelledWorkError: the pipe was closed.
        """
        with self._lock:
            return self._guarded(lambda: self._write(samples))

    def finish(self) -> bytes:
        """The rest. The pipe is closed then.

        Raises:
            AudioProcessingError: FFmpeg failed.
            ProcessLostError: it was ended from outside, or hangs.
            CancelledWorkError: the pipe was closed.
        """
        with self._lock:
            tail = self._guarded(self._finish)
            self.close()
        return tail

    def close(self) -> None:
        """End the child, and wait until it is gone. Idempotent; from any thread."""
        self._closed = True
        self._child.kill()
        with self._lock:
            self._child.close()

    def _write(self, samples: Samples) -> bytes:
        data = self._header + samples.astype("<f4", copy=False).tobytes()
        self._header = b""
        self._written += len(samples)
        output = self._child.write(data, _STALL_S)
        output += self._child.read_until(lambda: self._inside <= self._held_back, _PATIENCE_S)
        if self._child.ended:
            raise ChildEndedError
        if self._inside > self._held_back:
            logger.debug("FFmpeg keeps %d samples, not %d", self._inside, self._held_back)
            self._held_back = self._inside * 5 // 4
        return output

    def _finish(self) -> bytes:
        head = self._write(np.empty(0, np.float32))
        self._child.end_input()
        tail = self._child.read(_TAIL_BYTES, _STALL_S)
        if self._child.wait(_STALL_S) != 0:
            raise ChildEndedError
        return head + tail

    @property
    def _inside(self) -> int:
        return self._written - round(self._packets.seconds * self._tempo * self._sample_rate)

    def _guarded(self, work: Callable[[], bytes]) -> bytes:
        try:
            self._raise_if_closed()
            output = work()
        except ChildTimeoutError as error:
            # What it is given is sound: a child that hangs is stopped, or starved.
            raise self._failure(f"FFmpeg did nothing for {_STALL_S:g} seconds.", lost=True) from error
        except ChildEndedError as error:
            lost = not self._closed and self._child.lost
            raise self._failure("FFmpeg ended early.", lost=lost) from error
        except BaseException:
            self.close()
            raise
        self._raise_if_closed()
        return output

    def _failure(self, message: str, *, lost: bool) -> VoiceStackError:
        closed = self._closed
        self.close()
        if closed:
            return CancelledWorkError("The audio pipe was closed.")
        logger.error("%s %s", message, self._packets.last_line)
        if lost:
            return ProcessLostError(
                f"The finished speech could not be sent as asked: {message} That came from outside, most often for "
                "want of memory. Try again in a moment."
            )
        return AudioProcessingError(f"The finished speech could not be sent as asked. {message}")

    def _raise_if_closed(self) -> None:
        if self._closed:
            raise CancelledWorkError("The audio pipe was closed.") from None


class _PacketLog(Log):
    """Reads framecrc's lines among FFmpeg's own.

    Attributes:
        seconds: of the stream that the packets so far reach to, without the codec's delay.
    """

    _BASE = re.compile(rb"#tb 0: (\d+)/([1-9]\d*)$")
    _PACKET = re.compile(rb"0, *-?\d+, *(-?\d+), *(\d+), ")

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0
        self._unit = 0.0

    def _take(self, line: bytes) -> None:
        if packet := self._PACKET.match(line):
            self.seconds = max(self.seconds, (int(packet[1]) + int(packet[2])) * self._unit)
        elif base := self._BASE.match(line):
            self._unit = int(base[1]) / int(base[2])
        elif not line.startswith(b"#"):
            super()._take(line)
