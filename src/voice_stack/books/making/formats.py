"""Containers of a spoken book."""

from enum import StrEnum
from pathlib import Path

from voice_stack.core.errors import InvalidRequestError


class Marks(StrEnum):
    """Way in which a container holds chapters."""

    NATIVE = "native"
    COMMENTS = "comments"
    NONE = "none"


class BookFormat(StrEnum):
    """Container that a book is written in, by the suffix of its file.

    Attributes:
        muxer: FFmpeg's name.
        options: for FFmpeg: codec and container.
        marks: how chapters are written: by FFmpeg itself, as comments that players of Ogg and FLAC read, or not at all.
        picture: whether a cover goes in as a stream of its own.
    """

    muxer: str
    options: tuple[str, ...]
    marks: Marks
    picture: bool

    def __new__(
        cls,
        value: str,
        muxer: str = "",
        options: tuple[str, ...] = (),
        marks: Marks | None = None,
        picture: bool = True,
    ) -> "BookFormat":
        member = str.__new__(cls, value)
        member._value_ = value
        member.muxer = muxer
        member.options = options
        member.marks = marks or Marks.NATIVE
        member.picture = picture
        return member

    # The fast search serves speech better than the default one, see `audio.formats`. The index goes to the front, so
    # that a player that streams the file finds the chapters at once.
    M4B = ("m4b", "ipod", ("-c:a", "aac", "-b:a", "64k", "-aac_coder", "fast", "-movflags", "+faststart"))
    M4A = ("m4a", "ipod", ("-c:a", "aac", "-b:a", "64k", "-aac_coder", "fast", "-movflags", "+faststart"))
    MP3 = ("mp3", "mp3", ("-c:a", "libmp3lame", "-b:a", "64k", "-id3v2_version", "3"))
    OPUS = ("opus", "ogg", ("-c:a", "libopus", "-b:a", "32k"), Marks.COMMENTS, False)
    FLAC = ("flac", "flac", ("-c:a", "flac"), Marks.COMMENTS)
    WAV = ("wav", "wav", ("-c:a", "pcm_s16le", "-rf64", "auto"), Marks.NONE, False)

    @property
    def suffix(self) -> str:
        """Of file names."""
        return f".{self.value}"


def format_of(output: Path) -> BookFormat:
    """The container that a file's suffix means.

    Raises:
        InvalidRequestError: none.
    """
    for book_format in BookFormat:
        if output.suffix.lower() == book_format.suffix:
            return book_format
    suffixes = ", ".join(book_format.suffix for book_format in BookFormat)
    raise InvalidRequestError(f"{output.name!r} ends with none of {suffixes}.")
