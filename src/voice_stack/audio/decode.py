"""Uploads to audio: a stream of mono float32 chunks out of any file that holds sound.

What a file is, its content alone decides. Plain PCM is read here; everything else goes through an FFmpeg child, which
is bounded in time, memory and output and dies with its stream.
"""

import logging
import math
import os
import threading
from collections import deque
from dataclasses import dataclass
from typing import BinaryIO, Final

import numpy as np

from voice_stack.audio.clip import AudioClip, Samples
from voice_stack.audio.ffmpeg import RawInput, ffmpeg_path
from voice_stack.audio.probe import MAX_CHANNELS, MAX_SAMPLE_RATE, MIN_SAMPLE_RATE, SEND_AUDIO, check_track
from voice_stack.audio.source import FFmpegSource, PcmSource, PlainSource, reaches
from voice_stack.audio.tracks import Track, TrackChoice, main_track
from voice_stack.audio.wav import PcmLayout, read_layout
from voice_stack.core.errors import AudioTooLongError, CancelledWorkError, InvalidAudioError

logger = logging.getLogger("voice_stack.audio")

_CHUNK_SECONDS: Final = 10.0
# Decoded ahead before a header's duration is put to the test: what ends within them needs none.
_AHEAD_CHUNKS: Final = 6


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """Bounds of what one upload may cost.

    Attributes:
        max_seconds: of decoded audio.
        timeout_s: seconds that FFmpeg may take for the next piece; the time that the reader takes is not counted.
    """

    max_seconds: float
    timeout_s: float = 20.0


@dataclass(frozen=True, slots=True)
class RawPcm:
    """The client's word that the file is headerless s16le.

    Attributes:
        sample_rate: Hz, 1,000 to 768,000.
        channels: 1 to 64, interleaved.
    """

    sample_rate: int = 16_000
    channels: int = 1


class AudioStream:
    """Decoded audio, chunk by chunk: (time,) float32 in [-1, 1), mono, at most ten seconds each.

    One thread takes the chunks; any thread may `close`. Use it as a context manager: an FFmpeg child may hang on it.

    Raises (while chunks are taken):
        AudioTooLongError: more audio than allowed.
        InvalidAudioError: FFmpeg failed in the middle or gave nothing for too long.
        DecoderKilledError: it was killed or stopped.
        CancelledWorkError: the stream was closed.

    Attributes:
        sample_rate: Hz.
        container: FFmpeg's name of the container, "wav" or "s16le".
        codec: FFmpeg's name of the codec.
        declared_duration: seconds by the header, None when it says nothing.
        seconds: handed out or ready to be.
    """

    def __init__(self, source: PcmSource, limits: DecodeLimits, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        self.container = source.container
        self.codec = source.codec
        self.declared_duration = source.declared_duration
        self._source = source
        self._max_seconds = limits.max_seconds
        self._samples = 0
        self._ready: deque[Samples] = deque()
        self._ended = False
        self._closed = False
        self._lock = threading.RLock()

    @property
    def seconds(self) -> float:
        """Seconds that have been decoded."""
        return self._samples / self.sample_rate

    @property
    def expected_seconds(self) -> float | None:
        """Length of the audio: exact once it is decoded to its end, else the header's, but no less than is decoded.

        None when the header says nothing and there is more to decode.
        """
        if self._ended:
            return self.seconds
        return None if self.declared_duration is None else max(self.declared_duration, self.seconds)

    @property
    def closed(self) -> bool:
        """True once it has given back what it held."""
        return self._closed

    def __enter__(self) -> "AudioStream":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def __iter__(self) -> "AudioStream":
        return self

    def __next__(self) -> Samples:
        if not self._ready and not self._ended:
            self._pull()
        if not self._ready:
            raise StopIteration
        self._raise_if_closed()
        return self._ready.popleft()

    def read(self, seconds: float) -> AudioClip:
        """The next `seconds` of audio; shorter at the end, empty after it."""
        wanted = max(0, round(seconds * self.sample_rate))
        parts: list[Samples] = [np.empty(0, np.float32)]
        while wanted > 0 and (chunk := next(self, None)) is not None:
            parts.append(chunk[:wanted])
            if len(chunk) > wanted:
                self._ready.appendleft(chunk[wanted:])
            wanted -= len(parts[-1])
        return AudioClip(np.concatenate(parts), self.sample_rate)

    def close(self) -> None:
        """End the decoding and its child, and wait until both are gone. Idempotent; from any thread."""
        self._closed = True
        self._source.abort()
        with self._lock:
            self._source.close()

    def prime(self, chunks: int = 1) -> bool:
        """Decode the first chunks ahead; whether there may be more after them."""
        while len(self._ready) < chunks and not self._ended:
            self._pull()
        return not self._ended

    def _pull(self) -> None:
        wanted = round(_CHUNK_SECONDS * self.sample_rate)
        with self._lock:
            self._raise_if_closed()
            try:
                pcm = self._source.read(wanted)
                self._samples += len(pcm)
                if self.seconds > self._max_seconds:
                    raise too_long(self._max_seconds)
            except BaseException:
                self._source.close()
                self._raise_if_closed()
                raise
            self._raise_if_closed()
            self._ended = len(pcm) < wanted
            if self._ended:
                self._source.close()
        if len(pcm):
            self._ready.append(pcm.astype(np.float32) / np.float32(32768))

    def _raise_if_closed(self) -> None:
        if self._closed:
            raise CancelledWorkError("The audio stream was closed.") from None


def open_audio(
    file: BinaryIO,
    limits: DecodeLimits,
    *,
    raw: RawPcm | None = None,
    sample_rate: int = 16_000,
    binary: str | None = None,
    choose: TrackChoice = main_track,
) -> AudioStream:
    """Start to decode an audio track of a file. The first chunk is ready when this returns.

    Times count from the start of the file's first stream, be that picture or sound.

    Args:
        file: a real file (`fileno()`); where it stands does not matter. It may be closed afterwards.
        limits: what the file may cost.
        raw: given when the client says that the file is headerless PCM.
        sample_rate: Hz of the stream.
        binary: FFmpeg to run; None for the one of `ffmpeg_path`.
        choose: says which track; what it raises is raised.

    Raises:
        InvalidAudioError: empty, no audio, damaged beyond use, or not accepted.
        AudioTooLongError: longer than `limits.max_seconds`, by its header or by its packets.
        DecoderKilledError: FFmpeg was killed or stopped.
        ServiceUnavailableError: there is no FFmpeg.
    """
    descriptor = file.fileno()
    if file.writable():
        file.flush()
    size = os.fstat(descriptor).st_size
    if size == 0:
        raise InvalidAudioError(f"The file is empty. {SEND_AUDIO}")
    layout = read_layout(descriptor, size) if raw is None else _raw_layout(raw, size)
    if layout is None or not layout.is_plain or layout.sample_rate != sample_rate:
        as_raw = None if layout is None or not (raw or layout.misread) else _raw_input(layout, limits)
        return _open_ffmpeg(descriptor, size, limits, as_raw, sample_rate, binary or ffmpeg_path(), choose)
    if layout.duration == 0:
        raise InvalidAudioError(f"The file has no samples. {SEND_AUDIO}")
    if layout.duration > limits.max_seconds:
        raise too_long(limits.max_seconds)
    if layout.declared_size is not None and layout.size < layout.declared_size:
        logger.warning("A WAV file is cut off: %d of %d bytes of audio", layout.size, layout.declared_size)
    choose([_track(layout)])
    source = PlainSource(descriptor, layout, "wav" if raw is None else "s16le")
    stream = AudioStream(source, limits, sample_rate)
    stream.prime()
    return stream


def too_long(max_seconds: float) -> AudioTooLongError:
    """The error for audio over the cap."""
    return AudioTooLongError(f"The audio is longer than the {max_seconds:g} seconds that are accepted.")


def _raw_layout(raw: RawPcm, size: int) -> PcmLayout:
    if not MIN_SAMPLE_RATE <= raw.sample_rate <= MAX_SAMPLE_RATE or not 1 <= raw.channels <= MAX_CHANNELS:
        raise InvalidAudioError(
            f"Raw PCM must have {MIN_SAMPLE_RATE} to {MAX_SAMPLE_RATE} samples a second and 1 to {MAX_CHANNELS} "
            "channels."
        )
    return PcmLayout(0, size, None, raw.sample_rate, raw.channels, "pcm_s16le")


def _raw_input(layout: PcmLayout, limits: DecodeLimits) -> RawInput:
    """Options with which FFmpeg reads samples whose header, if there is one, it is not shown."""
    check_track(_track(layout))
    if layout.duration > limits.max_seconds:
        raise too_long(limits.max_seconds)
    seconds = layout.duration if layout.offset else None
    return RawInput(
        layout.codec.removeprefix("pcm_"), layout.sample_rate, layout.channels, layout.offset, seconds=seconds
    )


def _track(layout: PcmLayout) -> Track:
    return Track(0, codec=layout.codec, sample_rate=layout.sample_rate, channels=f"{layout.channels} channels")


def _open_ffmpeg(
    descriptor: int,
    size: int,
    limits: DecodeLimits,
    raw: RawInput | None,
    sample_rate: int,
    binary: str,
    choose: TrackChoice,
) -> AudioStream:
    def decode(track: int) -> FFmpegSource:
        return FFmpegSource(
            binary,
            descriptor,
            size,
            sample_rate,
            timeout_s=limits.timeout_s,
            max_seconds=limits.max_seconds,
            raw=raw,
            track=track,
        )

    source = decode(0)
    try:
        chosen = choose(source.info.tracks)
        check_track(chosen)
        if chosen.number:
            # Most files have one track, and no child is spent on asking first.
            source.close()
            source = decode(chosen.number)
        stream = AudioStream(source, limits, sample_rate)
        declared = source.declared_duration
        if declared is not None and declared > limits.max_seconds and not source.info.estimated:
            raise too_long(limits.max_seconds)
        more = stream.prime(1 if raw else _AHEAD_CHUNKS)
        doubtful = more and raw is None and math.isfinite(limits.max_seconds)
        if doubtful and reaches(binary, descriptor, limits.max_seconds, chosen.number):
            raise too_long(limits.max_seconds)
    except BaseException:
        source.close()
        raise
    return stream
