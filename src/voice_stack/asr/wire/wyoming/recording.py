"""A recording while it comes: checked, bounded, and written to a file as 16-bit PCM."""

import tempfile
from dataclasses import dataclass
from typing import IO, BinaryIO, Final, cast

import anyio.to_thread
import numpy as np
from numpy.typing import NDArray

from voice_stack.audio.decode import RawPcm
from voice_stack.core.errors import AudioTooLongError, InvalidAudioError, ServiceUnavailableError
from voice_stack.web.wyoming.events import Fields

_RATES: Final = (4_000, 192_000)
_MOST_CHANNELS: Final = 8
_WIDTHS: Final = (1, 2, 3, 4)
# A command is written at once when it is whole; longer ones in pieces.
_WRITE_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class PcmFormat:
    """Form of the samples that a client sends.

    Attributes:
        rate: Hz.
        width: bytes of a sample: unsigned for 1, signed and little-endian for more.
        channels: interleaved.
    """

    rate: int
    width: int
    channels: int

    @classmethod
    def read(cls, fields: Fields, usual: "PcmFormat | None" = None) -> "PcmFormat":
        """The form that an event tells.

        Args:
            usual: for what it leaves out.

        Raises:
            InvalidAudioError: it tells none, or one that nobody records in.
        """
        values = {name: fields.number(name) for name in ("rate", "width", "channels")}
        if usual is not None:
            values = {name: getattr(usual, name) if value is None else value for name, value in values.items()}
        rate, width, channels = values["rate"], values["width"], values["channels"]
        if rate is None or not _RATES[0] <= rate <= _RATES[1]:
            raise InvalidAudioError(f"`rate` must be from {_RATES[0]} to {_RATES[1]} Hz.", param="rate")
        if width not in _WIDTHS:
            raise InvalidAudioError("`width` must be 1, 2, 3 or 4 bytes.", param="width")
        if channels is None or not 1 <= channels <= _MOST_CHANNELS:
            raise InvalidAudioError(f"`channels` must be from 1 to {_MOST_CHANNELS}.", param="channels")
        return cls(rate, width, channels)

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of all channels."""
        return self.width * self.channels


class Recording:
    """Sound of one request.

    Args:
        form: of its samples.
        max_s: longest, in seconds.
        setting: that bounds it, for the message.
    """

    def __init__(self, form: PcmFormat, max_s: float, setting: str) -> None:
        self.form = form
        self._max_s = max_s
        self._setting = setting
        self._frames = 0
        self._odd = b""  # the beginning of a sample whose end comes with the next chunk
        self._pending = bytearray()
        self._file: IO[bytes] | None = None

    @property
    def seconds(self) -> float:
        """Seconds that have come."""
        return self._frames / self.form.rate

    @property
    def raw(self) -> RawPcm:
        """Form of the file."""
        return RawPcm(self.form.rate, self.form.channels)

    async def write(self, sound: bytes) -> NDArray[np.int16]:
        """Take a chunk in.

        Returns:
            Its whole samples: (time, channels) int16.

        Raises:
            AudioTooLongError: there is too much.
            ServiceUnavailableError: it cannot be stored.
        """
        sound = self._odd + sound
        whole = len(sound) - len(sound) % self.form.frame_bytes
        self._odd = sound[whole:]
        samples = _to_int16(sound[:whole], self.form.width)
        frames = samples.reshape(-1, self.form.channels)
        self._frames += len(frames)
        if self.seconds > self._max_s:
            raise AudioTooLongError(
                f"The audio is longer than the {self._max_s:g} s allowed (the server's setting {self._setting}).",
                param="audio",
            )
        self._pending += samples.tobytes()
        if len(self._pending) >= _WRITE_BYTES:
            await self._store()
        return frames

    async def finish(self) -> BinaryIO:
        """The file, which is the caller's from now on.

        Raises:
            InvalidAudioError: nothing came.
            ServiceUnavailableError: it cannot be stored.
        """
        if not self._frames:
            raise InvalidAudioError("No audio came between `audio-start` and `audio-stop`.", param="audio")
        await self._store()
        file, self._file = self._file, None
        return cast(BinaryIO, file)

    def close(self) -> None:
        """Free what it holds; the file that it gave away is not its own. Idempotent."""
        self._pending.clear()
        if self._file is not None:
            self._file.close()
            self._file = None

    async def _store(self) -> None:
        data, self._pending = bytes(self._pending), bytearray()

        def write() -> IO[bytes]:
            file = self._file or tempfile.TemporaryFile()  # noqa: SIM115 - closed by who gets it
            file.write(data)
            file.flush()
            return file

        try:
            self._file = await anyio.to_thread.run_sync(write)
        except OSError as error:
            raise ServiceUnavailableError(f"The audio could not be stored: {error.strerror or error}.") from error


def _to_int16(sound: bytes, width: int) -> NDArray[np.int16]:
    if width == 1:
        return (np.frombuffer(sound, np.uint8).astype(np.int16) - 128) << 8
    if width == 2:
        return np.frombuffer(sound, "<i2").astype(np.int16)
    # Of a wider sample the upper two bytes; the file's own reader does no more with them.
    bytes_of = np.frombuffer(sound, np.uint8).reshape(-1, width)
    return np.ascontiguousarray(bytes_of[:, -2:]).view("<i2").ravel().astype(np.int16)
