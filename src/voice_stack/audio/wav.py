"""WAV and headerless s16le: headers, and plain PCM read from a file piece by piece without FFmpeg.

Only what comes out bit for bit as FFmpeg would give it is read here; everything else is FFmpeg's.
"""

import os
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from voice_stack.audio.downmix import mean_of_two

_UNKNOWN_SIZES: Final = (0, 0xFFFFFFFF)
_GUID_TAIL: Final = bytes.fromhex("000000001000800000aa00389b71")
_MAX_CHUNKS: Final = 64
_MAX_CHANNELS: Final = 64
# What a file says of itself, in the order of the file.
_INFO_FIELDS: Final = {"comment": b"ICMT", "software": b"ISFT"}
# Chunks that change what the data means, and are left to FFmpeg.
_SPECIAL_CHUNKS: Final = frozenset({b"SMV0", b"XMA2", b"wavl", b"slnt"})


class _Tag(IntEnum):
    PCM = 1
    FLOAT = 3
    EXTENSIBLE = 0xFFFE


@dataclass(frozen=True, slots=True)
class PcmLayout:
    """Place and encoding of a file's samples.

    Attributes:
        offset: bytes before the first sample.
        size: bytes of samples that the file has.
        declared_size: bytes of samples that its header claims, None when it claims nothing.
        sample_rate: Hz.
        channels: 1 to 64.
        codec: FFmpeg's name.
        misread: whether FFmpeg would not read it so: fewer bits are valid than fill the last byte of a sample.
    """

    offset: int
    size: int
    declared_size: int | None
    sample_rate: int
    channels: int
    codec: str
    misread: bool = False

    @property
    def is_plain(self) -> bool:
        """True where `PcmFile` reads it bit for bit as FFmpeg does: it mixes wider samples in floating point."""
        return self.channels in _CODECS[self.codec].channels

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of all channels."""
        return _CODECS[self.codec].width * self.channels

    @property
    def duration(self) -> float:
        """Seconds of audio that the file has."""
        return self.size // self.frame_bytes / self.sample_rate


def read_layout(descriptor: int, file_size: int) -> PcmLayout | None:
    """Read the header of a WAV file; None for one that is better left to FFmpeg.

    Args:
        descriptor: of the file; its position is neither used nor moved.
        file_size: bytes.
    """
    head = os.pread(descriptor, 12, 0)
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"WAVE":
        return None
    layout: PcmLayout | None = None
    form: _Form | None = None
    position = 12
    for _ in range(_MAX_CHUNKS):
        header = os.pread(descriptor, 8, position)
        if len(header) < 8:
            return layout
        name, size = header[:4], int.from_bytes(header[4:], "little")
        position += 8
        if name in _SPECIAL_CHUNKS or (layout is not None and name in (b"fmt ", b"data")):
            return None
        if name == b"fmt ":
            form = _read_format(os.pread(descriptor, min(size, 40), position))
            if form is None:
                return None
        elif name == b"data":
            if form is None:
                return None
            declared = None if size in _UNKNOWN_SIZES else size
            there = max(0, file_size - position)
            layout = PcmLayout(
                position,
                there if declared is None else min(declared, there),
                declared,
                form.sample_rate,
                form.channels,
                form.codec,
                form.misread,
            )
            if declared is None:
                return layout
        position += size + size % 2
    return None


@dataclass(frozen=True, slots=True)
class _Form:
    codec: str
    sample_rate: int
    channels: int
    misread: bool


def _read_format(data: bytes) -> _Form | None:
    if len(data) < 16:
        return None
    tag, channels, rate, byte_rate, frame_bytes, bits = struct.unpack_from("<HHIIHH", data)
    if not 0 < channels <= _MAX_CHANNELS or frame_bytes % channels:
        return None
    width = frame_bytes // channels
    is_consistent = byte_rate == rate * frame_bytes
    unusual_mask = False
    if tag == _Tag.EXTENSIBLE:
        if len(data) < 40 or data[26:40] != _GUID_TAIL:
            return None
        # As many of the upper bits of a sample are valid, the others are zero.
        bits = int.from_bytes(data[18:20], "little") or bits
        mask = int.from_bytes(data[20:24], "little")
        tag = int.from_bytes(data[24:26], "little")
        # Other masks make FFmpeg mix the channels in other proportions.
        unusual_mask = mask not in (0, {1: 0x4, 2: 0x3}.get(channels))
    codec = next((name for name, facts in _CODECS.items() if (facts.tag, facts.width) == (tag, width)), None)
    if codec is None or not 0 < bits <= width * 8:
        return None
    # FFmpeg goes by the valid bits, and takes a sample of four bytes with 24 of them for one of three.
    misread = (bits + 7) // 8 != width
    left_to_ffmpeg = not is_consistent if misread else unusual_mask or channels not in _CODECS[codec].channels
    if left_to_ffmpeg:
        return None
    return _Form(codec, rate, channels, misread)


class PcmFile:
    """The samples of a file as s16le mono.

    Args:
        descriptor: of the file, which stays open as long as this is read.
        layout: what is in it.
    """

    def __init__(self, descriptor: int, layout: PcmLayout) -> None:
        self._descriptor = descriptor
        self._layout = layout
        self._position = layout.offset
        self._end = layout.offset + layout.size // layout.frame_bytes * layout.frame_bytes

    def read(self, samples: int) -> NDArray[np.int16]:
        """Up to `samples` samples, (time,) int16; fewer only at the end, none after it."""
        wanted = min(samples * self._layout.frame_bytes, self._end - self._position)
        data = bytearray()
        while len(data) < wanted:
            piece = os.pread(self._descriptor, wanted - len(data), self._position + len(data))
            if not piece:
                break
            data += piece
        self._position += len(data)
        whole = len(data) - len(data) % self._layout.frame_bytes
        pcm = _CODECS[self._layout.codec].to_int16(data[:whole])
        return pcm if self._layout.channels == 1 else mean_of_two(pcm.reshape(-1, 2))


def _from_u8(data: bytearray) -> NDArray[np.int16]:
    return (np.frombuffer(data, np.uint8).astype(np.int16) - 128) * np.int16(256)


def _from_s16(data: bytearray) -> NDArray[np.int16]:
    return np.frombuffer(data, "<i2").astype(np.int16)


def _from_s24(data: bytearray) -> NDArray[np.int16]:
    # The upper two bytes of the three: FFmpeg cuts the rest off.
    upper = np.frombuffer(data, np.uint8).reshape(-1, 3)[:, 1:]
    return np.ascontiguousarray(upper).view("<i2").reshape(-1).astype(np.int16)


def _from_s32(data: bytearray) -> NDArray[np.int16]:
    return np.frombuffer(data, "<i2")[1::2].astype(np.int16)


def _from_f32(data: bytearray) -> NDArray[np.int16]:
    # Beyond +-65,535, where nothing is sound any more, FFmpeg's result depends on the processor; here it clips.
    with np.errstate(over="ignore"):
        scaled = np.rint(np.frombuffer(data, "<f4") * np.float32(32768))
    pcm: NDArray[np.int16] = np.nan_to_num(np.clip(scaled, -32768, 32767)).astype(np.int16)
    return pcm


@dataclass(frozen=True, slots=True)
class _Codec:
    tag: _Tag
    width: int
    channels: tuple[int, ...]
    to_int16: Callable[[bytearray], NDArray[np.int16]]


# Two channels only where FFmpeg mixes in integers; it mixes wider samples in floating point.
_CODECS: Final = {
    "pcm_u8": _Codec(_Tag.PCM, 1, (1, 2), _from_u8),
    "pcm_s16le": _Codec(_Tag.PCM, 2, (1, 2), _from_s16),
    "pcm_s24le": _Codec(_Tag.PCM, 3, (1,), _from_s24),
    "pcm_s32le": _Codec(_Tag.PCM, 4, (1,), _from_s32),
    "pcm_f32le": _Codec(_Tag.FLOAT, 4, (1,), _from_f32),
}


def wav_header(
    sample_rate: int, samples: int | None, *, codec: str = "pcm_s16le", tags: Mapping[str, str] | None = None
) -> bytes:
    """The header of a mono WAV file.

    Args:
        sample_rate: Hz.
        samples: in the file; None when it is not known yet, and its sizes are the largest ones, as streams have them.
        codec: FFmpeg's name.
        tags: what the file says of itself, by FFmpeg's names; there is room for `comment` and `software`.
    """
    facts = _CODECS[codec]
    size = _UNKNOWN_SIZES[1] if samples is None else samples * facts.width
    form = struct.pack("<HHIIHH", facts.tag, 1, sample_rate, sample_rate * facts.width, facts.width, facts.width * 8)
    about = _info_chunk(tags or {})
    whole = min(size + 36 + len(about), _UNKNOWN_SIZES[1])
    riff = struct.pack("<4sI4s4sI", b"RIFF", whole, b"WAVE", b"fmt ", len(form))
    return riff + form + about + struct.pack("<4sI", b"data", min(size, _UNKNOWN_SIZES[1]))


def complete_sizes(file: BinaryIO) -> None:
    """Write the true sizes into a WAV file that was written as a stream; nothing where they are there already.

    Args:
        file: open for reading and writing, and complete.
    """
    size = file.seek(0, os.SEEK_END)
    layout = read_layout(file.fileno(), size)
    if layout is not None and layout.declared_size is None:
        for place, value in ((4, size - 8), (layout.offset - 4, layout.size)):
            file.seek(place)
            file.write(struct.pack("<I", min(value, _UNKNOWN_SIZES[1])))


def complete_header(path: Path) -> None:
    """Write the true sizes into a WAV file: a stream's header, which came first, could not know them.

    Anything but a plain file (a pipe, or the like) is left alone.
    """
    if path.is_file():
        with path.open("r+b") as file:
            complete_sizes(file)


def _info_chunk(tags: Mapping[str, str]) -> bytes:
    # Before the sound: a reader of a stream takes all that comes behind its start for sound.
    told = b""
    for name, field in _INFO_FIELDS.items():
        text = tags.get(name, "").encode("ascii", "replace")
        if text:
            told += struct.pack("<4sI", field, len(text) + 1) + text + b"\0" * (2 - len(text) % 2)
    return struct.pack("<4sI4s", b"LIST", len(told) + 4, b"INFO") + told if told else b""
