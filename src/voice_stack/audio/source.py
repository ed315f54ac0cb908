"""Sources of decoded samples: a file of plain PCM, or an FFmpeg child."""

import logging
import os
import re
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from voice_stack.audio.child import Child, ChildTimeoutError
from voice_stack.audio.clip import AudioClip
from voice_stack.audio.ffmpeg import decode_command, reach_command
from voice_stack.audio.probe import SEND_AUDIO, InputInfo, parse_header, refusal
from voice_stack.audio.wav import PcmFile, PcmLayout
from voice_stack.core.errors import InvalidAudioError

logger = logging.getLogger("voice_stack.audio")

# CPU time that a child may take: so much to start with, and so much a second of audio.
_CPU_SECONDS: Final = 60
_CPU_SHARE: Final = 0.1
_DAY_S: Final = 86_400.0
_REACH_TIMEOUT_S: Final = 5.0
# Seeking may land a little before the place.
_REACH_MARGIN_S: Final = 10.0
_REACH_BYTES: Final = 64 * 1024
_PACKET = re.compile(
    rb"^#tb 0: (?P<num>\d+)/(?P<den>[1-9]\d*)$.*?^0, *-?\d+, *(?P<pts>-?\d+),", re.MULTILINE | re.DOTALL
)


class AudioSource(Protocol):
    """Audio that is read to its end, chunk by chunk: a decoded file, raw PCM, a microphone, a socket."""

    @property
    def sample_rate(self) -> int:
        """Hz."""
        ...

    @property
    def seconds(self) -> float:
        """Seconds read so far."""
        ...

    @property
    def expected_seconds(self) -> float | None:
        """Length of the whole in seconds; None while nobody knows."""
        ...

    def read(self, seconds: float) -> AudioClip:
        """The next stretch, mono float32 in [-1, 1]; shorter than `seconds` only at the end, empty after it."""
        ...


class PcmSource(Protocol):
    """Source of int16 mono samples."""

    container: str
    codec: str
    declared_duration: float | None

    def read(self, samples: int) -> NDArray[np.int16]:
        """Up to `samples` samples, (time,) int16; fewer only at the end, none after it."""

    def abort(self) -> None:
        """Make a `read` in another thread return soon."""

    def close(self) -> None:
        """Give back what it holds; nobody reads any more."""


class PlainSource:
    """PCM read here. Holds a descriptor of its own."""

    def __init__(self, descriptor: int, layout: PcmLayout, container: str) -> None:
        self.container = container
        self.codec = layout.codec
        self.declared_duration: float | None = layout.duration
        self._descriptor: int | None = os.dup(descriptor)
        self._pcm = PcmFile(self._descriptor, layout)

    def read(self, samples: int) -> NDArray[np.int16]:
        """Up to `samples` samples, (time,) int16; fewer only at the end, none after it."""
        return self._pcm.read(samples)

    def abort(self) -> None:
        """Nothing to do: reading a file does not block for long."""

    def close(self) -> None:
        """Give the descriptor back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class FFmpegSource:
    """Samples that an FFmpeg child decodes.

    Args:
        binary: FFmpeg to run.
        descriptor: of the file; the child has a copy.
        file_size: bytes.
        sample_rate: Hz of the output.
        timeout_s: seconds to wait for each piece.
        max_seconds: of audio that will be read; bounds the child's CPU time.
        raw: sample rate and channel count of headerless s16le input.

    Raises:
        InvalidAudioError: it finds no audio, or an absurd header.
        ServiceUnavailableError: FFmpeg cannot be started.

    Attributes:
        info: the file's header by FFmpeg's words.
    """

    def __init__(
        self,
        binary: str,
        descriptor: int,
        file_size: int,
        sample_rate: int,
        *,
        timeout_s: float,
        max_seconds: float,
        raw: tuple[int, int] | None,
    ) -> None:
        self._timeout_s = timeout_s
        self._sample_rate = sample_rate
        self._samples = 0
        self._ended = False
        cpu_seconds = _CPU_SECONDS + int(min(max_seconds, _DAY_S) * _CPU_SHARE)
        self._child = Child(decode_command(binary, descriptor, sample_rate, raw=raw), descriptor, cpu_seconds)
        try:
            self.info = self._header()
        except BaseException:
            self._child.close()
            raise
        self.container = self.info.container
        self.codec = self.info.codec
        self.declared_duration = _plausible_duration(self.info, file_size)

    def read(self, samples: int) -> NDArray[np.int16]:
        """Up to `samples` samples, (time,) int16; fewer only at the end, none after it."""
        if self._ended:
            return np.empty(0, np.int16)
        try:
            data = self._child.read(samples * 2, self._timeout_s)
            self._samples += len(data) // 2
            self._ended = len(data) < samples * 2
            if self._ended:
                self._finish(self._child.wait(self._timeout_s))
        except ChildTimeoutError as error:
            raise _stalled(self._timeout_s) from error
        return np.frombuffer(data, "<i2", count=len(data) // 2)

    def abort(self) -> None:
        """Kill the child, so that a `read` in another thread returns soon."""
        self._child.kill()

    def close(self) -> None:
        """End the child, whatever it does."""
        self._child.close()

    def _header(self) -> InputInfo:
        try:
            self._child.wait_for_header(self._timeout_s)
        except ChildTimeoutError as error:
            raise _stalled(self._timeout_s) from error
        info = parse_header(self._child.log.text)
        if info is None:
            raise refusal(self._child.log.text)
        return info

    def _finish(self, status: int) -> None:
        if status < 0:
            raise InvalidAudioError("Decoding the file took more memory or time than it may.")
        if not self._samples:
            raise refusal(self._child.log.text)
        if status:
            logger.warning(
                "FFmpeg gave up a damaged %s file after %.1f s of audio (status %d): %s",
                self.container,
                self._samples / self._sample_rate,
                status,
                self._child.log.last_line,
            )


def reaches(binary: str, descriptor: int, seconds: float) -> bool:
    """True for a file with packets of audio after `seconds`, whatever its header says; False when it cannot be told.

    The cap while decoding is the real bound. This spares a file that only claims to be short hours of recognition
    before it is refused. Seeking takes milliseconds where reading all packets takes seconds.
    """
    command = reach_command(binary, descriptor, seconds + _REACH_MARGIN_S)
    child = Child(command, descriptor, _CPU_SECONDS)
    try:
        found = _PACKET.search(child.read(_REACH_BYTES, _REACH_TIMEOUT_S))
    except ChildTimeoutError:
        logger.info("The real length of an upload could not be told in %g s", _REACH_TIMEOUT_S)
        return False
    finally:
        child.close()
    return found is not None and int(found["pts"]) * int(found["num"]) / int(found["den"]) > seconds


def _plausible_duration(info: InputInfo, file_size: int) -> float | None:
    """The declared duration, but of uncompressed audio no more than the file has bytes for.

    Writers that stream put the largest size into a WAV header; such a file is not too long.
    """
    if info.duration is None or not info.codec.startswith("pcm_") or not info.bitrate:
        return info.duration
    return min(info.duration, file_size * 8 / info.bitrate)


def _stalled(timeout_s: float) -> InvalidAudioError:
    return InvalidAudioError(f"Decoding gave nothing for {timeout_s:g} seconds. {SEND_AUDIO}")
