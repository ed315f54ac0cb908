"""Small files that decode to very much are refused before their audio is worked on."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.audio.media import encode, run, upload, wav
from voice_stack.audio.child import Child
from voice_stack.audio.decode import AudioStream, DecodeLimits, RawPcm, open_audio
from voice_stack.core.errors import AudioTooLongError, InvalidAudioError

HOUR = DecodeLimits(max_seconds=3600)
SILENCE = "anullsrc=r=8000:cl=mono"

pytestmark = pytest.mark.usefixtures("nothing_left")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bombs")


@pytest.fixture(scope="module")
def flac(folder: Path) -> bytes:
    """More than an hour of silence in FLAC: 45 kB."""
    options = ["-c:a", "flac", "-compression_level", "0", "-frame_size", "16384"]
    return encode(folder / "silence.flac", *options, source=SILENCE, seconds=4000).read_bytes()


@pytest.fixture(scope="module")
def opus(folder: Path) -> Path:
    """More than an hour of thin Opus."""
    minute = encode(folder / "minute.opus", "-c:a", "libopus", "-b:a", "6k", source="anoisesrc=r=8000", seconds=60)
    path = folder / "hour.opus"
    run(["-stream_loop", "66", "-i", str(minute), "-c", "copy", str(path)])
    assert path.stat().st_size < 8_000_000
    return path


def _with_total_samples(flac: bytes, total: int) -> bytes:
    """The same FLAC file with another number of samples in its STREAMINFO."""
    at = flac.index(b"fLaC") + 8 + 10
    fields = int.from_bytes(flac[at : at + 8], "big")
    return flac[:at] + (fields >> 36 << 36 | total).to_bytes(8, "big") + flac[at + 8 :]


@pytest.mark.parametrize("total", [None, 0, 80_000], ids=["honest", "unknown", "forged"])
def test_hours_of_silence_in_flac_are_refused(flac: bytes, total: int | None, binary: str) -> None:
    data = flac if total is None else _with_total_samples(flac, total)
    with upload(data) as file, pytest.raises(AudioTooLongError):
        open_audio(file, HOUR, binary=binary)


@pytest.mark.parametrize(
    ("suffix", "options"),
    [("opus", []), ("webm", []), ("webm", ["-live", "1"]), ("mp4", []), ("mp4", ["-movflags", "empty_moov"])],
    ids=str,
)
def test_hours_of_thin_opus_are_refused(suffix: str, options: list[str], opus: Path, folder: Path, binary: str) -> None:
    path = folder / f"{'_'.join(options)}.{suffix}"
    if not path.exists():
        run(["-i", str(opus), "-c", "copy", *options, str(path)])
    with path.open("rb") as file, pytest.raises(AudioTooLongError):
        open_audio(file, HOUR, binary=binary)


def test_forged_last_page_of_ogg_is_seen_through(opus: Path, binary: str) -> None:
    data = bytearray(opus.read_bytes())
    last = data.rindex(b"OggS")
    data[last + 6 : last + 14] = (480_000).to_bytes(8, "little")
    with upload(bytes(data)) as file, pytest.raises(AudioTooLongError):
        open_audio(file, HOUR, binary=binary)


LONG: dict[str, Callable[[Path], bytes]] = {
    "mp3 without a table": lambda folder: _long(
        folder / "a.mp3", "-c:a", "libmp3lame", "-b:a", "8k", "-write_xing", "0"
    ),
    "aac": lambda folder: _long(folder / "a.aac", "-c:a", "aac", "-b:a", "8k"),
    "ogg": lambda folder: _long(folder / "a.ogg", "-c:a", "libvorbis"),
    "transport stream": lambda folder: _long(folder / "a.ts", "-c:a", "mp2", "-b:a", "32k"),
    "matroska": lambda folder: _long(folder / "a.mka", "-c:a", "flac"),
    "program stream": lambda folder: _long(folder / "a.mpg", "-c:a", "mp2", "-b:a", "32k"),
    "dolby": lambda folder: _long(folder / "a.eac3", "-c:a", "eac3", "-b:a", "32k"),
    "wavpack": lambda folder: _long(folder / "a.wv"),
    "mu-law": lambda folder: _long(folder / "a.wav", "-c:a", "pcm_mulaw"),
}


def _long(path: Path, *options: str) -> bytes:
    return (path if path.exists() else encode(path, *options, source=SILENCE, seconds=100)).read_bytes()


@pytest.mark.parametrize("name", LONG)
def test_longer_than_allowed_is_refused_and_shorter_is_not(name: str, folder: Path, binary: str) -> None:
    with upload(LONG[name](folder)) as file:
        with pytest.raises(AudioTooLongError, match="75 seconds"):
            open_audio(file, DecodeLimits(max_seconds=75), binary=binary)
        with open_audio(file, DecodeLimits(max_seconds=101), binary=binary) as stream:
            assert sum(len(chunk) for chunk in stream) / 16_000 == pytest.approx(100, abs=0.5)


def test_cap_holds_while_decoding(folder: Path, binary: str) -> None:
    # A hundred files in a row, each with times of its own: no header and no seek tells of their sum.
    data = encode(folder / "part.ogg", "-c:a", "libvorbis", seconds=3).read_bytes() * 100
    with upload(data) as file, open_audio(file, DecodeLimits(max_seconds=100), binary=binary) as stream:
        assert _seconds_until_too_long(stream) <= 100


def _seconds_until_too_long(stream: AudioStream) -> float:
    seconds = 0.0
    with pytest.raises(AudioTooLongError):
        seconds += sum(len(chunk) / 16_000 for chunk in stream)
    return seconds


@pytest.mark.parametrize("raw", [RawPcm(), RawPcm(8_000), RawPcm(channels=6)], ids=str)
def test_long_raw_pcm_is_refused(raw: RawPcm, binary: str) -> None:
    data = bytes(101 * raw.sample_rate * raw.channels * 2)
    with upload(data) as file, pytest.raises(AudioTooLongError):
        open_audio(file, DecodeLimits(max_seconds=100), raw=raw, binary=binary)


def test_long_plain_wav_is_refused() -> None:
    with upload(wav(bytes(101 * 32_000))) as file, pytest.raises(AudioTooLongError):
        open_audio(file, DecodeLimits(max_seconds=100))


@pytest.mark.parametrize("suffix", ["wav", "aiff", "au"])
def test_forged_sample_rate_is_refused(suffix: str, folder: Path, binary: str) -> None:
    data = encode(folder / f"rate.{suffix}", "-ar", "24000", seconds=1).read_bytes()
    # AIFF keeps the rate as an 80-bit float.
    old = (
        bytes.fromhex("400dbb80") if suffix == "aiff" else (24_000).to_bytes(4, "little" if suffix == "wav" else "big")
    )
    new = bytes.fromhex("3fff8000") if suffix == "aiff" else (1).to_bytes(4, "little" if suffix == "wav" else "big")
    assert old in data[:100]
    with upload(data.replace(old, new, 1)) as file, pytest.raises(InvalidAudioError, match="samples a second"):
        open_audio(file, HOUR, binary=binary)


def test_child_is_limited(tmp_path: Path) -> None:
    program = tmp_path / "ffmpeg"
    # Stands in for FFmpeg to show the limits under which it runs.
    program.write_text('#!/bin/sh\nsleep 0.3\necho "$(ulimit -v) $(ulimit -f) $(ulimit -t) $(ulimit -c)" >&2\nexit 1\n')
    program.chmod(0o755)
    with upload(b"x") as file:
        child = Child([str(program)], file.fileno(), cpu_seconds=77)
        try:
            assert child.wait(10) == 1
        finally:
            child.close()
    assert child.log.last_line == f"{4 * 1024**2} 0 77 0"


@pytest.mark.parametrize("kind", ["raw", pytest.param("container", marks=pytest.mark.long)])
def test_two_hours_stay_out_of_memory(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "two_hours"
    if kind == "raw":
        with path.open("wb") as file:
            file.truncate(7200 * 32_000)
    else:
        encode(path, "-frame_size", "16384", "-f", "flac", source=SILENCE, seconds=7200)
    script = (
        "import resource, sys\n"
        "from voice_stack.audio.decode import *\n"
        "limits = DecodeLimits(max_seconds=14400)\n"
        "file = open(sys.argv[1], 'rb')\n"
        "raw = RawPcm() if sys.argv[2] == 'raw' else None\n"
        "with open_audio(file, limits, raw=raw) as stream:\n"
        "    while len(stream.read(300).samples): pass\n"
        "    assert stream.seconds == 7200\n"
        # Not ru_maxrss of this process: that begins with what the process had that it was forked from.
        "print(next(int(l.split()[1]) for l in open('/proc/self/status') if l.startswith('VmHWM')) // 1024)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path), kind], capture_output=True, check=True, text=True)
    own, child = (int(line) for line in done.stdout.split())
    assert own < 200, f"{kind}: {own} MiB"
    assert child < 400, f"{kind}: {child} MiB in FFmpeg"
