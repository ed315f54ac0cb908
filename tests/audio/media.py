"""Sound files for the tests: made by the real FFmpeg, or byte by byte."""

import contextlib
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import imageio_ffmpeg
import numpy as np

from tests.live_server import RUNNING
from voice_stack.audio.clip import Samples, from_s16le

CORPUS: Final = Path(__file__).parents[2].parent / "shared" / "corpus"

SHIPPED_FFMPEG: Final[str] = imageio_ffmpeg.get_ffmpeg_exe()
# Every FFmpeg of this machine that the service may run: the system's own and the one of the Python package.
FFMPEGS: Final = tuple(dict.fromkeys(path for path in (shutil.which("ffmpeg"), SHIPPED_FFMPEG) if path))

# A tone that warbles, so that no two stretches of it are alike.
TONE: Final = "aevalsrc=0.4*sin(2*PI*(300*t+40*sin(3*t)))+0.1*sin(2*PI*1700*t)"

# Containers and codecs that both FFmpegs write: file suffix -> encoder options.
CONTAINERS: Final[dict[str, list[str]]] = {
    "8k.wav": ["-ar", "8000"],
    "44k_stereo.wav": ["-ar", "44100", "-ac", "2"],
    "adpcm.wav": ["-ar", "16000", "-c:a", "adpcm_ima_wav"],
    "mulaw.wav": ["-ar", "8000", "-c:a", "pcm_mulaw"],
    "rf64.wav": ["-ar", "16000", "-rf64", "always"],
    "w64": ["-ar", "16000"],
    "aiff": ["-ar", "22050"],
    "au": ["-ar", "16000"],
    "caf": ["-ar", "16000"],
    "mp3": ["-c:a", "libmp3lame", "-b:a", "64k"],
    "aac": ["-c:a", "aac"],
    "m4a": ["-c:a", "aac"],
    "mov": ["-c:a", "aac"],
    "3gp": ["-c:a", "aac"],
    "flac": ["-c:a", "flac"],
    "opus": ["-c:a", "libopus"],
    "ogg": ["-c:a", "libvorbis"],
    "webm": ["-c:a", "libopus"],
    "mka": ["-c:a", "flac"],
    "avi": ["-c:a", "libmp3lame"],
    "ts": ["-c:a", "aac"],
    "mpg": ["-c:a", "mp2"],
    "wma": ["-c:a", "wmav2"],
    "flv": ["-c:a", "aac"],
    "ac3": ["-c:a", "ac3"],
    "eac3": ["-c:a", "eac3"],
    "dts": ["-c:a", "dca", "-strict", "-2", "-ac", "2", "-ar", "48000"],
    "wv": ["-c:a", "wavpack"],
    "tta": ["-c:a", "tta"],
    "voc": ["-ar", "16000"],
}


def encode(path: Path, *options: str, seconds: float = 2.0, source: str = TONE, rate: int = 44_100) -> Path:
    """Write `seconds` of a synthetic sound to `path`."""
    run(
        ["-f", "lavfi", "-i", f"{source}:d={seconds}:s={rate}" if "aevalsrc" in source else source]
        + (["-t", str(seconds)] if "aevalsrc" not in source else [])
        + [*options, str(path)]
    )
    return path


def run(arguments: list[str]) -> None:
    """Run the shipped FFmpeg."""
    subprocess.run(
        [SHIPPED_FFMPEG, "-nostdin", "-v", "error", "-y", *arguments], check=True, capture_output=True, timeout=120
    )


def reference(binary: str, path: Path, *before: str) -> Samples:
    """What the FFmpeg command line makes of a file: (time,) float32 at 16 kHz; empty when it fails."""
    command = [binary, "-nostdin", "-v", "quiet", *before, "-i", str(path)]
    command += ["-map", "0:a:0", "-ac", "1", "-ar", "16000", "-f", "s16le", "-"]
    return from_s16le(subprocess.run(command, capture_output=True, timeout=120).stdout)


def assert_alike(got: Samples, expected: Samples) -> None:
    """Fail unless the samples are FFmpeg's, or one step of 16 bits beside them: channels are rounded before they are
    mixed here, and it mixes wide samples before it rounds them."""
    assert got.shape == expected.shape
    assert float(np.abs(got - expected).max(initial=0.0)) <= 1 / 32768


@contextmanager
def upload(data: bytes) -> Iterator[BinaryIO]:
    """The data in a file without a name, as a server spools it; it stands at its end."""
    with tempfile.TemporaryFile() as file:
        file.write(data)
        yield file


def chunk(name: bytes, data: bytes) -> bytes:
    """One RIFF chunk with its padding."""
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def wav(
    payload: bytes,
    *,
    tag: int = 1,
    channels: int = 1,
    rate: int = 16_000,
    bits: int = 16,
    mask: int | None = None,
    data_size: int | None = None,
    riff_size: int | None = None,
    before: bytes = b"",
    after: bytes = b"",
) -> bytes:
    """A WAV file; with `mask`, its format is WAVE_FORMAT_EXTENSIBLE. Sizes can be forged."""
    frame = channels * bits // 8
    form = struct.pack("<HHIIHH", tag if mask is None else 0xFFFE, channels, rate, rate * frame % 2**32, frame, bits)
    if mask is not None:
        form += struct.pack("<HHIH", 22, bits, mask, tag) + bytes.fromhex("000000001000800000aa00389b71")
    data = chunk(b"data", payload)
    if data_size is not None:
        data = b"data" + struct.pack("<I", data_size) + payload
    body = b"WAVE" + chunk(b"fmt ", form) + before + data + after
    return b"RIFF" + struct.pack("<I", len(body) if riff_size is None else riff_size) + body


def noise(samples: int, seed: int = 1) -> bytes:
    """Loud s16le noise."""
    return np.random.default_rng(seed).integers(-32768, 32768, samples).astype("<i2").tobytes()


OLDER: set[int] = set()
"""Process ids that `nothing_left` found when a test began: what other tests share, such as an engine's process."""


def children() -> list[int]:
    """Process ids of this process's children, zombies included, without the services that tests share."""
    found: list[int] = []
    for thread in Path("/proc/self/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            found += [int(pid) for pid in (thread / "children").read_text().split()]
    return [pid for pid in found if pid not in RUNNING | OLDER]


def descriptors() -> int:
    """How many file descriptors this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))
