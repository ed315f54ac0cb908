"""The sound in an upstream's bytes, whatever it was asked for: raw PCM or WAV, at any rate."""

import struct
from collections.abc import Mapping
from typing import Final

import numpy as np

from voice_stack.audio.clip import Samples, from_s16le
from voice_stack.audio.resample import Resampler
from voice_stack.core.errors import EngineError

SAMPLE_RATE_HEADER: Final = "x-voice-stack-sample-rate"
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
# A header longer than this holds a picture or nonsense.
_MOST_HEADER: Final = 64 * 2**10
_RATES: Final = range(8000, 192_001)
# First bytes of compressed audio, which would be a roar as PCM.
_FOREIGN: Final = {b"ID3": "mp3", b"OggS": "opus", b"fLaC": "flac"}
# MP3 without a tag, and AAC. PCM may begin so by chance: that is believed of what calls itself PCM.
_SYNC: Final = (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa", b"\xff\xf1", b"\xff\xf9")
_RAW: Final = ("audio/pcm", "audio/l16", "audio/raw", "audio/x-raw", "application/octet-stream")
_LONGEST_MAGIC: Final = 12
_TEXT: Final = ("application/json", "text/")


class SoundReader:
    """Mono samples at one rate out of a stream of bytes.

    Args:
        headers: of the answer, names in lower case.
        pcm_rate: Hz of raw PCM, where the answer does not say another.
        sample_rate: Hz of what comes out.

    Raises:
        EngineError: the answer is no audio.
    """

    def __init__(self, headers: Mapping[str, str], pcm_rate: int, sample_rate: int) -> None:
        media = headers.get("content-type", "").lower()
        if media.startswith(_TEXT):
            raise EngineError(f"The upstream answered with {media.split(';')[0][:40]} in place of audio.")
        self._is_raw = media.startswith(_RAW)
        told = headers.get(SAMPLE_RATE_HEADER, "")
        self._pcm_rate = int(told) if told.isdecimal() and len(told) < 7 and int(told) in _RATES else pcm_rate
        self._rate_out = sample_rate
        self._held = b""
        self._channels, self._is_float = 1, False
        self._left: int | None = None  # bytes of sound to come; None: all that comes
        self._resampler: Resampler | None = None

    def write(self, data: bytes) -> Samples:
        """Samples that can be heard by now: (time,) float32, maybe none.

        Raises:
            EngineError: it is compressed, or a WAV file of a kind that is not understood.
        """
        self._held += data
        if self._resampler is None and not self._begin():
            return np.empty(0, np.float32)
        return self._taken()

    def finish(self) -> Samples:
        """The rest.

        Raises:
            EngineError: there was no sound at all.
        """
        if self._resampler is None:
            if len(self._held) < 2 or self._held.startswith(b"RIFF"):
                raise EngineError("The upstream's answer holds no sound.")
            self._resampler = self._made(self._pcm_rate)
        return np.concatenate([self._taken(), self._resampler.finish()])

    def _begin(self) -> bool:
        """Tell the kind of audio by its first bytes; False while there are too few."""
        if len(self._held) < _LONGEST_MAGIC:
            return False
        for magic, name in _FOREIGN.items():
            if self._held.startswith(magic):
                raise EngineError(f"The upstream answered with {name}, though it was asked for pcm or wav.")
        if not self._is_raw and self._held.startswith(_SYNC):
            raise EngineError("The upstream answered with compressed audio, though it was asked for pcm or wav.")
        if self._held[:4] == b"RIFF" and self._held[8:12] == b"WAVE":
            return self._read_header()
        self._resampler = self._made(self._pcm_rate)
        return True

    def _read_header(self) -> bool:
        position, form = 12, b""
        while len(self._held) >= position + 8:
            name, size = struct.unpack_from("<4sI", self._held, position)
            position += 8
            if name == b"data":
                rate = self._read_format(form)
                # What has no end yet has a size of 0, or the largest one.
                self._left = size if 0 < size < 0x7FFFF000 else None
                self._held = self._held[position:]
                self._resampler = self._made(rate)
                return True
            if name == b"fmt " and len(self._held) >= position + size:
                form = self._held[position : position + size]
            position += size + size % 2
        if len(self._held) > _MOST_HEADER:
            raise EngineError("The upstream's WAV file holds no sound.")
        return False

    def _read_format(self, form: bytes) -> int:
        if len(form) < 16:
            raise EngineError("The upstream's WAV file does not say what is in it.")
        tag, self._channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", form)
        if tag == _EXTENSIBLE and len(form) >= 26:
            tag = int.from_bytes(form[24:26], "little")
        self._is_float = (tag, bits) == (_FLOAT, 32)
        if not (self._is_float or (tag, bits) == (_PCM, 16)) or self._channels not in (1, 2) or rate not in _RATES:
            raise EngineError(
                f"The upstream's WAV file has {bits} bits, {self._channels} channels and {rate} Hz; 16 bits or floats "
                "in one or two channels are understood."
            )
        return int(rate)

    def _made(self, rate: int) -> Resampler:
        return Resampler(rate, self._rate_out)

    def _taken(self) -> Samples:
        """The whole frames among the bytes that are there."""
        assert self._resampler is not None  # it has begun
        frame = self._channels * (4 if self._is_float else 2)
        there = len(self._held) if self._left is None else min(len(self._held), self._left)
        taken = there // frame * frame
        data, self._held = self._held[:taken], self._held[taken:]
        if self._left is not None:
            self._left -= taken
            if self._left < frame:
                self._left, self._held = 0, b""  # what follows the sound is about it, and none
        if not taken:
            return np.empty(0, np.float32)
        samples = np.frombuffer(data, "<f4").astype(np.float32) if self._is_float else from_s16le(data)
        if self._is_float:
            samples = np.clip(np.nan_to_num(samples), -1.0, 1.0)
        if self._channels == 2:
            samples = samples.reshape(-1, 2).mean(axis=1, dtype=np.float32)
        return self._resampler.write(samples)
