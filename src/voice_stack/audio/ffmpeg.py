"""FFmpeg's place, its command lines, and what it may do while it works on strangers' sound."""

import functools
import logging
import os
import shutil
from collections.abc import Mapping, Sequence
from typing import Any, Final

from voice_stack.core.errors import ServiceUnavailableError

# Containers and raw streams that hold audio. Playlists, scripts and descriptions (hls, concat, sdp, dash, imf ...) name
# other resources and stay out, and so do pictures, subtitles, text and module music.
DEMUXERS: Final = (
    "aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,dts,dtshd,eac3,flac,flv,gsm,loas,matroska,mov,mp3,mpc,mpc8,mpeg,"
    "mpegts,mxf,nistsphere,nut,ogg,oma,rm,sox,tak,truehd,tta,voc,w64,wav,wtv,wv"
)

PIPE_PACKET: Final = 512
"""Samples that FFmpeg takes at once from a pipe."""

# The environment is not handed on: FFREPORT would make FFmpeg write files, proxies would make it speak to strangers.
_KEPT_ENVIRONMENT: Final = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_MAX_ALLOCATION: Final = 256 * 1024 * 1024
_ADDRESS_SPACE: Final = 4 * 1024**3
_OPEN_FILES: Final = 64
_ONLY_AUDIO: Final = {"map": "0:a:0", "vn": None, "sn": None, "dn": None}

logger = logging.getLogger("voice_stack.audio")


@functools.cache
def ffmpeg_path() -> str:
    """The FFmpeg to run: the one on the PATH, else the one that imageio-ffmpeg ships.

    Raises:
        ServiceUnavailableError: there is none; the message says how to install one.
    """
    found = shutil.which("ffmpeg")
    if found is not None:
        return found
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        raise ServiceUnavailableError(
            "FFmpeg was not found. Install it (apt install ffmpeg, brew install ffmpeg) or run "
            "`pip install imageio-ffmpeg`, which ships one."
        ) from error


def decode_command(
    binary: str, descriptor: int, sample_rate: int, *, raw: tuple[int, int] | None = None
) -> Sequence[str]:
    """The command line that decodes the first audio stream of an inherited file to s16le mono on stdout.

    Args:
        descriptor: number of the inherited file descriptor.
        sample_rate: Hz of the output.
        raw: sample rate and channel count of headerless s16le input.
    """
    import ffmpeg

    options: dict[str, object] = {}
    if raw is not None:
        options = {"format": "s16le", "format_whitelist": "s16le", "ar": raw[0], "ac": raw[1]}
    stream = ffmpeg.output(
        _input(ffmpeg, descriptor, options),
        "pipe:1",
        format="s16le",
        acodec="pcm_s16le",
        ac=1,
        ar=sample_rate,
        **_ONLY_AUDIO,
    )
    return _compiled(stream, binary)


def reach_command(binary: str, descriptor: int, seconds: float) -> Sequence[str]:
    """The command line that seeks to `seconds` and writes a line about the first packet there, decoding nothing."""
    import ffmpeg

    stream = ffmpeg.output(
        _input(ffmpeg, descriptor, {"ss": f"{seconds:.3f}"}),
        "pipe:1",
        format="framecrc",
        acodec="copy",
        **{"frames:a": 1},
        **_ONLY_AUDIO,
    )
    # The packet keeps its own time, counted from the start of the file, and no "discontinuity" is repaired.
    return _compiled(stream, binary, "-copyts", "-start_at_zero")


def pipe_command(binary: str, muxer: str, options: Mapping[str, object]) -> Sequence[str]:
    """The command line that turns WAV with float samples on stdin into another stream on stdout, packet by packet.

    Its stderr tells of every packet that has left, in the lines of the framecrc muxer.

    Args:
        muxer: name of the output format, with its options as the tee muxer writes them.
        options: of the output: codec, filter, bit rate.
    """
    import ffmpeg

    # Float samples, because FFmpeg looks for hidden DTS in 16-bit WAV and so holds back the first second. A packet
    # has PIPE_PACKET samples; raw PCM would come in packets of 90 ms.
    stream = ffmpeg.output(
        ffmpeg.input(
            "pipe:0",
            format="wav",
            probesize=32,
            analyzeduration=0,
            max_size=PIPE_PACKET * 4,
            threads=1,
            protocol_whitelist="pipe",
        ),
        # The packets' own muxer comes first: when the line about one is there, its bytes are in the pipe.
        f"[f={muxer}:flush_packets=1:fflags=+bitexact]pipe:1|[f=framecrc:flush_packets=1]pipe:2",
        format="tee",
        flags="+bitexact",
        threads=1,
        ac=1,
        **(_ONLY_AUDIO | dict(options)),
    )
    return _compiled(stream, binary, "-loglevel", "error")


def _input(ffmpeg: Any, descriptor: int, options: Mapping[str, object]) -> Any:
    # Opened anew through the descriptor: it starts at 0, seeks, and needs no name (the spool file has none).
    limits = {"protocol_whitelist": "file", "format_whitelist": DEMUXERS, "threads": 1}
    return ffmpeg.input(f"file:/dev/fd/{descriptor}", **(limits | dict(options)))


def _compiled(stream: Any, binary: str, *more: str) -> Sequence[str]:
    flags = ["-nostdin", "-hide_banner", "-nostats", "-max_alloc", str(_MAX_ALLOCATION)]
    command: list[str] = stream.compile(cmd=[binary, *flags, *more])
    return command


def child_environment() -> dict[str, str]:
    """The environment that FFmpeg sees."""
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    return kept | {"LC_ALL": "C", "AV_LOG_FORCE_NOCOLOR": "1"}


def limit_child(pid: int, cpu_seconds: int) -> None:
    """Bound what a child process may use: memory, CPU time, open files, and no writing to files.

    Only Linux can limit another process; elsewhere nothing happens. (`preexec_fn` is not safe with threads.)
    """
    import resource

    if not hasattr(resource, "prlimit"):
        return
    limits = {
        resource.RLIMIT_AS: _ADDRESS_SPACE,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: _OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }
    for name, value in limits.items():
        try:
            _, hard = resource.prlimit(pid, name)
            bounded = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.prlimit(pid, name, (bounded, bounded))
        except ProcessLookupError:
            return
        except OSError as error:  # a sandbox that does not let us: the other limits still hold
            logger.warning("FFmpeg runs without its resource limits: %s", error)
            return
