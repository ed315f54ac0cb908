"""The path without FFmpeg gives what FFmpeg gives."""

import struct
from pathlib import Path

import numpy as np
import pytest

from tests.audio.media import FFMPEGS, assert_alike, chunk, noise, reference, upload, wav
from voice_stack.audio.clip import Samples
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.core.errors import InvalidAudioError

LIMITS = DecodeLimits(max_seconds=600)
NO_FFMPEG = "/nonexistent/ffmpeg"
PCM = noise(4001)
BYTES = np.random.default_rng(2).bytes(48_000)
FLOATS = np.random.default_rng(3).normal(0, 0.7, 4000).astype("<f4").tobytes()
# What is beyond full scale clips in each channel here, and in the mix of both in FFmpeg.
QUIET_FLOATS = np.random.default_rng(4).normal(0, 0.2, 4000).astype("<f4").tobytes()
EDGES = np.array([0.5, 1.5, 2.5, -0.5, -1.5, 32767.5, -32768.5, 32768, 1e9, -1e9], "<f4") / np.float32(32768)

PLAIN = {
    "u8": wav(BYTES, bits=8),
    "s16": wav(PCM),
    "s24": wav(BYTES, bits=24),
    "s32": wav(BYTES, bits=32),
    "f32": wav(FLOATS, tag=3, bits=32),
    "f32 edges": wav(EDGES.tobytes(), tag=3, bits=32),
    "u8 stereo": wav(BYTES, bits=8, channels=2),
    "s16 stereo": wav(PCM[:-2], channels=2),
    "extensible": wav(PCM, mask=4),
    "extensible without mask": wav(PCM, mask=0),
    "extensible stereo": wav(PCM[:-2], channels=2, mask=3),
    "extensible s24": wav(BYTES, bits=24, mask=4),
    "streamed, sizes 0": wav(PCM, data_size=0, riff_size=0),
    "streamed, largest sizes": wav(PCM, data_size=2**32 - 1, riff_size=2**32 - 1),
    "streamed, largest signed sizes": wav(PCM, data_size=2**31 - 1, riff_size=2**31 - 1),
    "streamed, sizes of espeak-ng": wav(PCM, data_size=0x7FFFF000, riff_size=0x7FFFF024),
    "size beyond the end": wav(PCM, data_size=len(PCM) + 1000),
    "size before the end": wav(PCM, data_size=1001),
    "RIFF size forged": wav(PCM, riff_size=4),
    "chunks before": wav(PCM, before=chunk(b"LIST", b"INFOx") + chunk(b"bext", b"0" * 700) + chunk(b"fact", b"\0" * 4)),
    "chunks after": wav(PCM, after=chunk(b"LIST", b"INFOISFT\x03\0\0\0abc\0") + chunk(b"id3 ", b"xyz")),
    "odd byte": wav(PCM + b"x"),
    "odd byte in stereo": wav(PCM + b"x", channels=2),
    "cut within a sample": wav(PCM)[:-1],
    "fmt of 18 bytes": wav(PCM).replace(struct.pack("<I", 16), struct.pack("<I", 18), 1).replace(b"data", b"\0\0data"),
    "another WAV after it": wav(PCM) + wav(BYTES),
}
LEFT_TO_FFMPEG = {
    "s24 stereo": wav(BYTES, bits=24, channels=2),
    "f32 stereo": wav(QUIET_FLOATS, tag=3, bits=32, channels=2),
    "three channels": wav(BYTES, channels=3),
    "48 kHz": wav(PCM, rate=48_000),
    "rear channels": wav(PCM[:-2], channels=2, mask=0x30),
    "f64": wav(FLOATS, tag=3, bits=64),
    "a-law": wav(BYTES, tag=6, bits=8),
    "two data chunks": wav(PCM, after=chunk(b"data", PCM[:2000])),
    "two fmt chunks": wav(PCM, after=chunk(b"fmt ", struct.pack("<HHIIHH", 1, 2, 16_000, 64_000, 4, 16))),
    "block alignment forged": wav(PCM).replace(struct.pack("<HH", 2, 16), struct.pack("<HH", 4, 16), 1),
    "many chunks": wav(PCM, before=chunk(b"JUNK", b"0000") * 100),
    "list of data": wav(PCM, before=chunk(b"wavl", b"")),
}


def _decoded(data: bytes, binary: str) -> Samples:
    with upload(data) as file, open_audio(file, LIMITS, binary=binary) as stream:
        return np.concatenate(list(stream))


@pytest.mark.parametrize("name", PLAIN)
def test_plain_wav_is_read_without_ffmpeg_and_equals_it(name: str, tmp_path: Path) -> None:
    path = tmp_path / "sound"
    path.write_bytes(PLAIN[name])
    got = _decoded(PLAIN[name], NO_FFMPEG)
    assert len(got)
    for binary in FFMPEGS:
        np.testing.assert_array_equal(got, reference(binary, path))


@pytest.mark.parametrize("name", LEFT_TO_FFMPEG)
def test_unusual_wav_equals_ffmpeg(name: str, tmp_path: Path, binary: str) -> None:
    path = tmp_path / "sound"
    path.write_bytes(LEFT_TO_FFMPEG[name])
    expected = reference(binary, path)
    if len(expected):
        assert_alike(_decoded(LEFT_TO_FFMPEG[name], binary), expected)
    else:
        with pytest.raises(InvalidAudioError):
            _decoded(LEFT_TO_FFMPEG[name], binary)


def test_floats_that_are_no_sound_clip_and_nan_is_silence() -> None:
    payload = np.array([np.inf, -np.inf, np.nan, 1e30, -1e30], "<f4").tobytes()
    top = 32767 / 32768
    np.testing.assert_array_equal(
        _decoded(wav(payload, tag=3, bits=32), NO_FFMPEG), np.array([top, -1, 0, top, -1], np.float32)
    )


def test_streamed_wav_of_another_rate_is_not_too_long(binary: str) -> None:
    # espeak-ng's header claims 13 hours.
    data = wav(PCM, rate=22_050, data_size=0x7FFFF000, riff_size=0x7FFFF024)
    with upload(data) as file, open_audio(file, DecodeLimits(max_seconds=60), binary=binary) as stream:
        assert stream.declared_duration is not None
        assert stream.declared_duration < 1
        assert sum(len(part) for part in stream) == pytest.approx(4001 * 16_000 / 22_050, abs=2)


def test_cut_off_wav_is_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    assert len(_decoded(wav(PCM)[:2044], NO_FFMPEG)) == 1000
    assert "cut off" in caplog.text


@pytest.mark.parametrize("length", [0, 1, 4, 8, 11, 12, 16, 20, 24, 35, 36, 40, 43, 44, 45])
def test_wav_cut_before_its_first_sample_is_refused(length: int, binary: str) -> None:
    with pytest.raises(InvalidAudioError):
        _decoded(wav(PCM)[:length], binary)


@pytest.mark.parametrize(
    ("offset", "value"),
    [(22, 0), (22, 65), (22, 0xFFFF), (24, 0), (24, 1), (24, 999), (24, 2**31 - 1), (24, 2**32 - 1), (34, 0)],
)
def test_forged_format_is_refused(offset: int, value: int, binary: str) -> None:
    data = bytearray(wav(PCM))
    width = 4 if offset == 24 else 2
    data[offset : offset + width] = value.to_bytes(width, "little")
    if offset == 22:
        data[32:34] = (value * 2 % 65536).to_bytes(2, "little")
    with pytest.raises(InvalidAudioError):
        _decoded(bytes(data), binary)
