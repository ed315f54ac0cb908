"""Speech to bytes of the format that was asked for, while it is being made."""

from collections.abc import Mapping
from types import TracebackType
from typing import Self

import numpy as np

from voice_stack.audio.clip import AudioClip, Samples, to_s16le
from voice_stack.audio.ffmpeg import PIPE_PACKET, ffmpeg_path, pipe_command
from voice_stack.audio.formats import AudioFormat, Codec
from voice_stack.audio.pipe import AudioPipe
from voice_stack.audio.resample import Resampler
from voice_stack.audio.wav import wav_header
from voice_stack.core.errors import CancelledWorkError


class Encoder:
    """Turns a stream of mono samples into a file of one format, piece by piece.

    One thread writes; any thread may `close`, and a `write` in another one then raises CancelledWorkError. Use it as a
    context manager: an FFmpeg child hangs on it, except for WAV and PCM. Nothing else is started.

    Args:
        audio_format: of the bytes.
        sample_rate_in: Hz of the samples.
        binary: FFmpeg to run; None for the one of `ffmpeg_path`.
        tags: what the file says of itself, where the format has room: `comment`, `software` and others, printable text.

    Raises:
        ServiceUnavailableError: FFmpeg is needed and cannot be started.

    Attributes:
        sample_rate: Hz of the encoded audio.
    """

    def __init__(
        self,
        audio_format: AudioFormat,
        sample_rate_in: int,
        *,
        binary: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        self.audio_format = audio_format
        self._tags = tags or {}
        self.sample_rate = audio_format.sample_rate(sample_rate_in)
        self._resampler = Resampler(sample_rate_in, self.sample_rate)
        self._closed = False
        self._begun = False
        codec = audio_format.codec
        self._pipe = _pipe(codec, self.sample_rate, binary or ffmpeg_path(), self._tags) if codec else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def held_back(self) -> float:
        """Seconds of what was written that cannot be decoded yet from the bytes given out, at most."""
        codec = self.audio_format.codec
        inside = codec.held_back(self.sample_rate, PIPE_PACKET) / self.sample_rate if codec else 0.0
        return inside + self._resampler.held_back

    def write(self, samples: Samples) -> bytes:
        """All bytes that come of the samples so far, except for `held_back`.

        It waits until the codec has done its work, which is short; with a child that hangs, 20 seconds.

        Args:
            samples: (time,) float32 in [-1, 1]; more is clipped, NaN is silence.

        Raises:
            AudioProcessingError: FFmpeg failed.
            ProcessLostError: it was ended from outside, or hangs.
            CancelledWorkError: the encoder was closed or has finished.
        """
        self._raise_if_closed()
        return self._encoded(self._resampler.write(_sane(samples)))

    def finish(self) -> bytes:
        """The rest. The encoder is closed then.

        An empty stream becomes a valid file: without samples in WAV and PCM, else with one sample of silence.

        Raises:
            AudioProcessingError: FFmpeg failed.
            ProcessLostError: it was ended from outside, or hangs.
            CancelledWorkError: the encoder was closed or has finished.
        """
        self._raise_if_closed()
        tail = self._resampler.finish()
        if self._pipe is None:
            data = self._encoded(tail, ended=True)
        else:
            if not len(tail) and not self._pipe.written:
                tail = np.zeros(1, np.float32)
            data = self._encoded(tail) + self._pipe.finish()
        self._closed = True
        return data

    def close(self) -> None:
        """Give up what is not finished, and wait until the child is gone. Idempotent; from any thread."""
        self._closed = True
        if self._pipe is not None:
            self._pipe.close()

    def _encoded(self, samples: Samples, *, ended: bool = False) -> bytes:
        if self._pipe is not None:
            return self._pipe.write(np.clip(samples, -1.0, 1.0))
        if not len(samples) and not ended:
            return b""
        header = b""
        if not self._begun and self.audio_format is AudioFormat.WAV:
            header = wav_header(self.sample_rate, len(samples) if ended else None, tags=self._tags)
        self._begun = True
        return header + to_s16le(samples)

    def _raise_if_closed(self) -> None:
        if self._closed:
            raise CancelledWorkError("The encoder was closed.")


def encode_whole(
    clip: AudioClip, audio_format: AudioFormat, *, binary: str | None = None, tags: Mapping[str, str] | None = None
) -> bytes:
    """A file with all of a clip; a WAV file has its true sizes.

    Args:
        binary: as for `Encoder`.
        tags: as for `Encoder`.

    Raises:
        AudioProcessingError: FFmpeg failed.
        ProcessLostError: it was ended from outside, or hangs.
        ServiceUnavailableError: FFmpeg is needed and cannot be started.
    """
    if audio_format is AudioFormat.WAV:
        return wav_header(clip.sample_rate, len(clip.samples), tags=tags) + to_s16le(_sane(clip.samples))
    with Encoder(audio_format, clip.sample_rate, binary=binary, tags=tags) as encoder:
        return encoder.write(clip.samples) + encoder.finish()


def _pipe(codec: Codec, sample_rate: int, binary: str, tags: Mapping[str, str]) -> AudioPipe:
    told = tags if codec.tags is not None else {}
    # The later of two options of one name counts.
    muxer = f"{codec.muxer}:{codec.tags}" if told and codec.tags else codec.muxer
    command = pipe_command(binary, muxer, {"acodec": codec.name, **dict(codec.options)}, told)
    return AudioPipe(command, sample_rate, codec.kept_samples(sample_rate, PIPE_PACKET))


def _sane(samples: Samples) -> Samples:
    # Before the resampler, whose memory one NaN would fill.
    return np.clip(np.nan_to_num(samples.astype(np.float32, copy=False), nan=0.0), -1.0, 1.0)
