"""Facts that FFmpeg tells of a file before it decodes it."""

import re
from dataclasses import dataclass
from typing import Final

from voice_stack.audio.tracks import Track
from voice_stack.core.errors import InvalidAudioError

SEND_AUDIO: Final = "Send an audio file such as WAV, MP3, M4A, FLAC, OGG or WebM."

MIN_SAMPLE_RATE: Final = 1_000
MAX_SAMPLE_RATE: Final = 768_000
MAX_CHANNELS: Final = 64

_INPUT = re.compile(r"^Input #0, (\S+), from ", re.MULTILINE)
_DURATION = re.compile(r"^  Duration: (\d+):(\d\d):(\d\d\.\d+),", re.MULTILINE)
_MAPPING: Final = "Stream mapping:"
_AUDIO = re.compile(
    r"^  Stream #0:\d+(?:\[\w+\])?(?:\((?P<language>[^)\n]*)\))?: Audio: (?P<codec>\w+)(?P<details>[^\n]*)$",
    re.MULTILINE,
)
_RATE = re.compile(r", (\d+) Hz\b")
_LAYOUT = re.compile(r" Hz, ([^,]+)")
_CHANNELS = re.compile(r"(\d+) channels\b")
_BITRATE = re.compile(r", (\d+) kb/s")
# Only lines that tell something are kept: tags and chapters can be megabytes. Those are indented deeper.
_TELLING = re.compile(
    rb"^Input #0, |^  Duration: |^  Stream #0:|^Stream mapping:|Estimating duration|not on whitelist|matches no stream"
)
# The longest tag of a language that is worth telling.
_TAG_CHARS: Final = 35
_KEPT_BYTES: Final = 64 * 1024
_LINE_BYTES: Final = 4 * 1024


class Log:
    """Lines of FFmpeg's stderr, boiled down while they come.

    Attributes:
        header_complete: whether it has said all about its input.
        last_line: the last whole line.
    """

    def __init__(self) -> None:
        self.header_complete = False
        self._kept = bytearray()
        self._last = b""
        self._partial = b""

    def feed(self, data: bytes) -> None:
        """Take in a piece of stderr, which may end in the middle of a line."""
        *lines, self._partial = (self._partial + data).split(b"\n")
        self._partial = self._partial[:_LINE_BYTES]
        for line in lines:
            self._take(line[:_LINE_BYTES])

    @property
    def text(self) -> str:
        """The telling lines."""
        return self._kept.decode("utf-8", "replace")

    @property
    def last_line(self) -> str:
        """The last line, which is usually the reason of a failure."""
        return self._last.decode("utf-8", "replace").strip()

    def _take(self, line: bytes) -> None:
        self._last = line
        if len(self._kept) < _KEPT_BYTES and _TELLING.search(line):
            self._kept += line + b"\n"
            self.header_complete = self.header_complete or line.startswith(_MAPPING.encode())


@dataclass(frozen=True, slots=True)
class InputInfo:
    """The header of a file, by FFmpeg's words.

    Attributes:
        container: name of the demuxer.
        tracks: the audio tracks, in the file's order; one at least.
        duration: declared seconds, None when unknown.
        estimated: whether the duration is a guess from the size and the bit rate.
    """

    container: str
    tracks: tuple[Track, ...]
    duration: float | None
    estimated: bool


def parse_header(log: str) -> InputInfo | None:
    """Read FFmpeg's description of its input; None when it found no audio in it."""
    log = log.partition(_MAPPING)[0]
    source = _INPUT.search(log)
    if source is None:
        return None
    tracks = tuple(_track(number, match) for number, match in enumerate(_AUDIO.finditer(log, source.end())))
    if not tracks:
        return None
    duration = _DURATION.search(log, source.end())
    return InputInfo(
        container=source[1].rstrip(","),
        tracks=tracks,
        duration=int(duration[1]) * 3600 + int(duration[2]) * 60 + float(duration[3]) if duration else None,
        estimated="Estimating duration from bitrate" in log,
    )


def check_track(track: Track) -> None:
    """See that a track can be sound.

    Raises:
        InvalidAudioError: a header that no recorder writes: forged.
    """
    if track.sample_rate is not None and not MIN_SAMPLE_RATE <= track.sample_rate <= MAX_SAMPLE_RATE:
        raise InvalidAudioError(
            f"The file claims {track.sample_rate} samples a second; {MIN_SAMPLE_RATE} to {MAX_SAMPLE_RATE} are "
            "accepted."
        )
    channels = _CHANNELS.match(track.channels)
    if channels and int(channels[1]) > MAX_CHANNELS:
        raise InvalidAudioError(f"The file claims {channels[1]} channels; at most {MAX_CHANNELS} are accepted.")


def _track(number: int, match: re.Match[str]) -> Track:
    details = match["details"]
    rate, layout, bitrate = _RATE.search(details), _LAYOUT.search(details), _BITRATE.search(details)
    language = match["language"] or ""
    return Track(
        number=number,
        language="" if language == "und" else language[:_TAG_CHARS],
        codec=match["codec"],
        sample_rate=int(rate[1]) if rate else None,
        channels=layout[1].strip() if layout else "",
        bitrate=int(bitrate[1]) * 1000 if bitrate else None,
        default="(default)" in details,
    )


def refusal(log: str) -> InvalidAudioError:
    """The error for a file that FFmpeg gets no audio out of."""
    if "not on whitelist" in log:
        return InvalidAudioError(f"The file is of a kind that is not accepted as audio. {SEND_AUDIO}")
    if "matches no streams" in log:
        return InvalidAudioError(f"The file has no audio track. {SEND_AUDIO}")
    return InvalidAudioError(f"The file is no audio, or too damaged to be decoded. {SEND_AUDIO}")
