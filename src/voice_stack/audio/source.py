"""Sources of decoded samples: a file of plain PCM, or an FFmpeg child."""

import logging
import os
import re
import signal
import time
from collections import deque
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from voice_stack.audio.child import Child, ChildTimeoutError
from voice_stack.audio.clip import AudioClip
from voice_stack.audio.downmix import BLOCK, uncancelled
from voice_stack.audio.ffmpeg import RawInput, decode_command, reach_command
from voice_stack.audio.probe import SEND_AUDIO, InputInfo, parse_header, refusal
from voice_stack.audio.timeline import PacketReader, Timeline
from voice_stack.audio.tracks import Track
from voice_stack.audio.wav import PcmFile, PcmLayout
from voice_stack.core.children import CRASHES
from voice_stack.core.errors import DecoderKilledError, InvalidAudioError, VoiceStackError

logger = logging.getLogger("voice_stack.audio")

# CPU time that a child may take: so much to start with, and so much a second of audio.
_CPU_SECONDS: Final = 60
_CPU_SHARE: Final = 0.1
_DAY_S: Final = 86_400.0
_REACH_TIMEOUT_S: Final = 5.0
# Seeking may land a little before the place.
_REACH_MARGIN_S: Final = 10.0
_REACH_BYTES: Final = 64 * 1024
# Of the child's sound: left, right, and both in one.
_CHANNELS: Final = 3
_CAUGHT = re.compile(r"^Exiting normally, received signal (\d+)")
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
    """Samples that an FFmpeg child decodes, with silence where the track has none by its container's clock.

    Args:
        binary: FFmpeg to run.
        descriptor: of the file; the child has a copy.
        file_size: bytes.
        sample_rate: Hz of the output.
        timeout_s: seconds to wait for each piece.
        max_seconds: of audio that will be read; bounds the child's CPU time.
        raw: how headerless input is to be read.
        track: number among the audio tracks.

    Raises:
        InvalidAudioError: it finds no audio, or an absurd header.
        DecoderKilledError: the child was killed or stopped.
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
        raw: RawInput | None,
        track: int = 0,
    ) -> None:
        self._timeout_s = timeout_s
        self._sample_rate = sample_rate
        self._descriptor = descriptor
        self._cpu_seconds = _CPU_SECONDS + int(min(max_seconds, _DAY_S) * _CPU_SHARE)
        self._command = decode_command(binary, descriptor, sample_rate, track=track, raw=raw)
        self._given = self._skip = self._crashes = 0
        self._aborted = False
        self.info = self._begin()
        self.track = self.info.tracks[track]
        self.container = self.info.container
        self.codec = self.track.codec
        self.declared_duration = _plausible_duration(self.info, self.track, file_size)

    def read(self, samples: int) -> NDArray[np.int16]:
        """Up to `samples` samples, (time,) int16; fewer only at the end, none after it."""
        parts = [np.empty(0, np.int16)]
        deadline = time.monotonic() + self._timeout_s
        self._began_cpu_s = self._child.cpu_s
        try:
            while samples > 0 and (self._ready or not self._ended):
                if not self._ready:
                    self._read_packets(deadline)
                elif self._skip:
                    self._skip -= len(self._take(self._skip))
                else:
                    parts.append(self._take(samples))
                    samples -= len(parts[-1])
                    self._given += len(parts[-1])
        except ChildTimeoutError as error:
            raise self._stalled() from error
        return np.concatenate(parts)

    def abort(self) -> None:
        """Kill the child, so that a `read` in another thread returns soon."""
        self._aborted = True
        self._child.kill()

    def close(self) -> None:
        """End the child, whatever it does."""
        self._child.close()
        self._ready.clear()

    def _begin(self) -> InputInfo:
        """Start the child and wait for what it says of the file."""
        self._packets = PacketReader()
        self._timeline = Timeline(self._sample_rate)
        # Silence, in samples, or sound; and sound of `_CHANNELS` channels that is not looked at yet.
        self._ready: deque[int | NDArray[np.int16]] = deque()
        self._sound = bytearray()
        self._samples = 0
        self._ended = False
        self._began_cpu_s = 0.0
        self._child: Child = Child(self._command, self._descriptor, self._cpu_seconds)
        try:
            self._child.wait_for_header(self._timeout_s)
            info = parse_header(self._child.log.text)
            if info is not None:
                return info
            status = self._child.wait(self._timeout_s)
            if self._is_fresh_crash(status):
                self._child.close()
                return self._begin()
            raise self._failure(self._signalled(status)) or refusal(self._child.log.text)
        except ChildTimeoutError as error:
            stalled = self._stalled()
            self._child.close()
            raise stalled from error
        except BaseException:
            self._child.close()
            raise

    def _take(self, most: int) -> NDArray[np.int16]:
        """Up to so many samples from the front of what is ready."""
        first = self._ready.popleft()
        if isinstance(first, int):
            if first > most:
                self._ready.appendleft(first - most)
            return np.zeros(min(first, most), np.int16)
        if len(first) > most:
            self._ready.appendleft(first[most:])
        return first[:most]

    def _read_packets(self, deadline: float) -> None:
        """Make ready what the child has; at its end, see how it ended."""
        data = self._child.read_some(max(0.0, deadline - time.monotonic()))
        if not data:
            self._mix(whole=True)
            self._finish(self._child.wait(max(0.0, deadline - time.monotonic())))
            return
        for timestamp, samples, payload in self._packets.feed(data):
            silence = self._timeline.silence_before(timestamp, samples)
            if silence:
                self._mix(whole=True)
                self._ready.append(silence)
            self._sound += payload
        self._mix(whole=False)

    def _mix(self, *, whole: bool) -> None:
        """Make ready the sound that is there, in one channel: all of it, or what fills whole blocks."""
        unit = 2 * _CHANNELS * (1 if whole else BLOCK)
        size = len(self._sound) // unit * unit
        if not size:
            return
        pcm: NDArray[np.int16] = np.frombuffer(bytes(self._sound[:size]), "<i2").astype(np.int16, copy=False)
        del self._sound[:size]
        left_right_mean = pcm.reshape(-1, _CHANNELS)
        self._ready.append(uncancelled(left_right_mean[:, 2], left_right_mean[:, :2]))
        self._samples += len(self._ready[-1])  # type: ignore[arg-type]

    def _finish(self, status: int) -> None:
        if self._is_fresh_crash(status):
            # What was handed out is decoded again and passed over.
            self._child.close()
            self._skip = self._given
            self._begin()
            return
        self._ended = True
        failure = self._failure(self._signalled(status))
        if failure is not None:
            raise failure
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

    def _signalled(self, status: int) -> int:
        """The exit status, as a signal's where FFmpeg caught one and said so."""
        caught = _CAUGHT.search(self._child.log.last_line)
        return -int(caught[1]) if status > 0 and caught else status

    def _is_fresh_crash(self, status: int) -> bool:
        """True for the first crash of all: a second one is the file's doing."""
        if -status not in CRASHES or self._aborted:
            return False
        self._crashes += 1
        if self._crashes == 1:
            logger.warning("FFmpeg crashed (%s) and is started once more", signal.Signals(-status).name)
        return self._crashes == 1

    def _failure(self, status: int) -> VoiceStackError | None:
        """The error for a child that a signal has ended; None for one that has ended by itself."""
        if status >= 0:
            return None
        if -status == signal.SIGXCPU:
            return InvalidAudioError("Decoding the file took more time than it may.")
        if -status in CRASHES:
            return InvalidAudioError(f"The file is too damaged to be decoded: FFmpeg crashed on it twice. {SEND_AUDIO}")
        return DecoderKilledError(
            "The decoder was ended from outside while it worked on this file, most often for want of memory. "
            "Try again in a moment."
        )

    def _stalled(self) -> VoiceStackError:
        """The error for a child that gives nothing: the file's doing when it computes all the time."""
        if self._child.cpu_s - self._began_cpu_s < self._timeout_s / 2:
            return DecoderKilledError(
                f"The decoder gave nothing for {self._timeout_s:g} seconds: it was stopped from outside, or hardly had "
                "a processor. Try again in a moment."
            )
        return InvalidAudioError(f"Decoding gave nothing for {self._timeout_s:g} seconds. {SEND_AUDIO}")


def reaches(binary: str, descriptor: int, seconds: float, track: int) -> bool:
    """True for a file with packets of audio after `seconds`, whatever its header says; False when it cannot be told.

    The cap while decoding is the real bound. This spares a file that only claims to be short hours of recognition
    before it is refused. Seeking takes milliseconds where reading all packets takes seconds.
    """
    command = reach_command(binary, descriptor, seconds + _REACH_MARGIN_S, track)
    child = Child(command, descriptor, _CPU_SECONDS)
    try:
        found = _PACKET.search(child.read(_REACH_BYTES, _REACH_TIMEOUT_S))
    except ChildTimeoutError:
        logger.info("The real length of an upload could not be told in %g s", _REACH_TIMEOUT_S)
        return False
    finally:
        child.close()
    return found is not None and int(found["pts"]) * int(found["num"]) / int(found["den"]) > seconds


def _plausible_duration(info: InputInfo, track: Track, file_size: int) -> float | None:
    """The declared duration, but of uncompressed audio no more than the file has bytes for.

    Writers that stream put the largest size into a WAV header; such a file is not too long.
    """
    if info.duration is None or not track.codec.startswith("pcm_") or not track.bitrate:
        return info.duration
    return min(info.duration, file_size * 8 / track.bitrate)
