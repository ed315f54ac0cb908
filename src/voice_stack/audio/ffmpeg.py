"""FFmpeg's place, its command lines, and what it may do while it works on strangers' sound."""

import functools
import logging
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
_CPU_GRACE_S: Final = 5
_ONLY_AUDIO: Final = {"vn": None, "sn": None, "dn": None}
# The mix is FFmpeg's own, to the bit, in the third channel; the other two show where it has cancelled them out.
_THREE_CHANNELS: Final = (
    "asplit[a][b];[a]aformat={form}:channel_layouts=mono[mono];[b]aformat={form}:channel_layouts=stereo[stereo];"
    "[mono][stereo]amerge=inputs=2"
)
# A jump of the clock by more is a splice, where FFmpeg can tell (MPEG streams, Ogg); by less, sound is missing.
_SPLICE_S: Final = 60

logger = logging.getLogger("voice_stack.audio")


@dataclass(frozen=True, slots=True)
class RawInput:
    """Samples in a file that FFmpeg is not asked to understand.

    Attributes:
        codec: FFmpeg's name of the samples (`s16le`, `u8`).
        sample_rate: Hz.
        channels: interleaved.
        offset: bytes before the first sample.
        seconds: of samples; None for all to the end of the file.
    """

    codec: str
    sample_rate: int
    channels: int
    offset: int = 0
    seconds: float | None = None


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
    binary: str, descriptor: int, sample_rate: int, *, track: int = 0, raw: RawInput | None = None
) -> Sequence[str]:
    """The command line that decodes an audio stream of an inherited file to s16le on stdout, in three channels: left,
    right, and both in one.

    Before each packet stands the line of the framecrc muxer about it. With both in one pipe, neither can be read
    without the other.

    Args:
        descriptor: number of the inherited file descriptor.
        sample_rate: Hz of the output.
        track: number among the audio streams.
        raw: how headerless input is to be read.
    """
    import ffmpeg

    options: dict[str, object] = {}
    if raw is not None:
        options = {"format": raw.codec, "format_whitelist": raw.codec, "ar": raw.sample_rate, "ac": raw.channels}
        options |= {"skip_initial_bytes": raw.offset} if raw.offset else {}
        options |= {"t": f"{raw.seconds:.6f}"} if raw.seconds is not None else {}
    stream = ffmpeg.output(
        _input(ffmpeg, descriptor, options),
        "[f=framecrc:flush_packets=1]pipe:1|[f=s16le:flush_packets=1]pipe:1",
        format="tee",
        acodec="pcm_s16le",
        af=_THREE_CHANNELS.format(form=f"sample_fmts=s16:sample_rates={sample_rate}"),
        **_ONLY_AUDIO,
        map=f"0:a:{track}",
    )
    return _compiled(stream, binary, "-dts_delta_threshold", str(_SPLICE_S))


def reach_command(binary: str, descriptor: int, seconds: float, track: int) -> Sequence[str]:
    """The command line that seeks to `seconds` and writes a line about the first packet there, decoding nothing."""
    import ffmpeg

    stream = ffmpeg.output(
        _input(ffmpeg, descriptor, {"ss": f"{seconds:.3f}"}),
        "pipe:1",
        format="framecrc",
        acodec="copy",
        map=f"0:a:{track}",
        **{"frames:a": 1},
        **_ONLY_AUDIO,
    )
    # The packet keeps its own time, counted from the start of the file, and no "discontinuity" is repaired.
    return _compiled(stream, binary, "-copyts", "-start_at_zero")


def pipe_command(
    binary: str, muxer: str, options: Mapping[str, object], tags: Mapping[str, str] | None = None
) -> Sequence[str]:
    """The command line that turns WAV with float samples on stdin into another stream on stdout, packet by packet.

    Its stderr tells of every packet that has left, in the lines of the framecrc muxer.

    Args:
        muxer: name of the output format, with its options as the tee muxer writes them.
        options: of the output: codec, filter, bit rate.
        tags: what the file says of itself, by FFmpeg's names.
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
        map="0:a:0",
        **(_ONLY_AUDIO | dict(options)),
        **{f"metadata:g:{number}": f"{name}={value}" for number, (name, value) in enumerate((tags or {}).items())},
    )
    return _compiled(stream, binary, "-loglevel", "error")


def tags_command(binary: str, descriptor: int) -> Sequence[str]:
    """The command line that writes what an inherited file says of itself, and of its sound, to stdout, as FFmpeg keeps
    it in files of its own: `name=value` a line, with a backslash before special characters."""
    import ffmpeg

    source = _input(ffmpeg, descriptor, {})
    # Ogg's tags are those of its streams.
    both = [
        ffmpeg.output(source, "pipe:1", format="ffmetadata", **{"map_metadata:g": place})
        for place in ("0:g", "0:s:a:0")
    ]
    return _compiled(ffmpeg.merge_outputs(*both), binary, "-loglevel", "error")


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
        resource.RLIMIT_AS: (_ADDRESS_SPACE, _ADDRESS_SPACE),
        # First SIGXCPU, which tells that the file took too long; SIGKILL tells that somebody else ended the child.
        resource.RLIMIT_CPU: (cpu_seconds, cpu_seconds + _CPU_GRACE_S),
        resource.RLIMIT_FSIZE: (0, 0),
        resource.RLIMIT_NOFILE: (_OPEN_FILES, _OPEN_FILES),
        resource.RLIMIT_CORE: (0, 0),
    }
    for name, wanted in limits.items():
        try:
            _, hard = resource.prlimit(pid, name)
            soft, most = (value if hard == resource.RLIM_INFINITY else min(value, hard) for value in wanted)
            resource.prlimit(pid, name, (soft, most))
        except ProcessLookupError:
            return
        except OSError as error:  # a sandbox that does not let us: the other limits still hold
            logger.warning("FFmpeg runs without its resource limits: %s", error)
            return
