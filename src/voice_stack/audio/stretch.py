"""Speech faster or slower at the same pitch, while it is being made."""

import math
from types import TracebackType
from typing import Final, Self

import numpy as np

from voice_stack.audio.clip import Samples
from voice_stack.audio.ffmpeg import PIPE_PACKET, ffmpeg_path, pipe_command
from voice_stack.audio.pipe import AudioPipe
from voice_stack.core.errors import CancelledWorkError, InvalidRequestError

MIN_SPEED: Final = 0.25
MAX_SPEED: Final = 4.0

# One atempo filter blends its pieces between these; beyond 2 it would skip some of the sound.
_MIN_TEMPO: Final = 0.5
_MAX_TEMPO: Final = 2.0
# The filter's windows are a power of two of at least 1/24 s.
_WINDOWS_INSIDE: Final = 2
_WINDOWS_A_SECOND: Final = 24


class Stretcher:
    """Changes the tempo of a stream of mono samples and keeps its pitch.

    FFmpeg's atempo (WSOLA): on a voice-like tone it keeps the pitch within 0.03 % and 30 dB between tone and artefacts
    at every speed; its rubberband filter, which many builds lack, reached 2 to 20 dB.

    One thread writes; any thread may `close`. Use it as a context manager: an FFmpeg child hangs on it unless the speed
    is 1, which passes everything untouched.

    Args:
        speed: 0.25 to 4; above 1 is faster.
        sample_rate: Hz in and out.
        binary: FFmpeg to run; None for the one of `ffmpeg_path`.

    Raises:
        InvalidRequestError: the speed is out of range.
        ServiceUnavailableError: FFmpeg is needed and cannot be started.
    """

    def __init__(self, speed: float, sample_rate: int, *, binary: str | None = None) -> None:
        if not MIN_SPEED <= speed <= MAX_SPEED:
            raise InvalidRequestError(f"The speed must be {MIN_SPEED:g} to {MAX_SPEED:g}.", param="speed")
        self._speed = speed
        self._given = 0
        self._closed = False
        self._partial = b""
        tempos = _tempos(speed)
        window = 1 << math.ceil(math.log2(sample_rate / _WINDOWS_A_SECOND))
        # Each filter of a chain holds its windows in samples of its own input.
        windows = _WINDOWS_INSIDE * sum(math.prod(tempos[:index]) for index in range(len(tempos)))
        self._held_back = math.ceil(windows * window) + PIPE_PACKET
        self._sample_rate = sample_rate
        self._pipe: AudioPipe | None = None
        if speed != 1.0:
            chain = ",".join(f"atempo={tempo:.9f}" for tempo in tempos)
            command = pipe_command(binary or ffmpeg_path(), "f32le", {"acodec": "pcm_f32le", "af": chain})
            self._pipe = AudioPipe(command, sample_rate, self._held_back, tempo=speed)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def held_back(self) -> float:
        """Seconds of what was written that have not come out, at most."""
        return self._held_back / self._sample_rate if self._pipe else 0.0

    def write(self, samples: Samples) -> Samples:
        """(time,) float32 in; all that comes of it so far out, except for `held_back`.

        Raises:
            AudioProcessingError: FFmpeg failed.
            ProcessLostError: it was ended from outside, or hangs.
            CancelledWorkError: the stretcher was closed or has finished.
        """
        self._raise_if_closed()
        if self._pipe is None:
            return samples
        return self._samples(self._pipe.write(np.nan_to_num(samples.astype(np.float32, copy=False), nan=0.0)))

    def finish(self) -> Samples:
        """The rest: in all round(samples in / speed) samples. The stretcher is closed then.

        Raises:
            AudioProcessingError: FFmpeg failed.
            ProcessLostError: it was ended from outside, or hangs.
            CancelledWorkError: the stretcher was closed or has finished.
        """
        self._raise_if_closed()
        self._closed = True
        if self._pipe is None:
            return np.empty(0, np.float32)
        rest = max(0, round(self._pipe.written / self._speed) - self._given)
        # The filter drops some of what it holds at the end; let that be silence.
        silence = np.zeros(2 * self._held_back, np.float32)
        tail = np.concatenate([self._samples(self._pipe.write(silence)), self._samples(self._pipe.finish())])[:rest]
        return np.pad(tail, (0, rest - len(tail)))

    def close(self) -> None:
        """Give up what is not finished, and wait until the child is gone. Idempotent; from any thread."""
        self._closed = True
        if self._pipe is not None:
            self._pipe.close()

    def _samples(self, data: bytes) -> Samples:
        data = self._partial + data
        whole = len(data) // 4 * 4
        self._partial = data[whole:]
        samples = np.frombuffer(data[:whole], "<f4").astype(np.float32)
        self._given += len(samples)
        return samples

    def _raise_if_closed(self) -> None:
        if self._closed:
            raise CancelledWorkError("The stretcher was closed.")


def _tempos(speed: float) -> list[float]:
    """Tempos of a chain of filters: equal shares of the speed, each in the range where the filter is good."""
    count = 1
    while not _MIN_TEMPO <= speed ** (1 / count) <= _MAX_TEMPO:
        count += 1
    return [speed ** (1 / count)] * count
