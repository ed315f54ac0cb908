"""Audio tracks of a file, and which of them is heard."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Track:
    """One audio track, by its container's words.

    Attributes:
        number: among the audio tracks, from 0.
        language: tag as the container has it, often ISO 639-2; empty when it has none.
        codec: FFmpeg's name.
        sample_rate: Hz, None when unknown.
        channels: as FFmpeg names them (`stereo`, `5.1`, `3 channels`); empty when unknown.
        bitrate: bits a second, None when unknown.
        default: whether the container marks it as the one to play.
    """

    number: int
    language: str = ""
    codec: str = ""
    sample_rate: int | None = None
    channels: str = ""
    bitrate: int | None = None
    default: bool = False

    def __str__(self) -> str:
        facts = [self.language or "no language", self.codec, self.channels, "default" if self.default else ""]
        return f"{self.number} ({', '.join(filter(None, facts))})"


TrackChoice = Callable[[Sequence[Track]], Track]
"""Says which of a file's tracks is heard; of one at least."""


def main_track(tracks: Sequence[Track]) -> Track:
    """The first track that the container marks as default, else the first."""
    return next((track for track in tracks if track.default), tracks[0])
