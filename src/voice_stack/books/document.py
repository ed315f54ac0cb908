"""A book as it is spoken: chapters of paragraphs."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Kind of a paragraph: what it is decides how long the silence behind it is."""

    TEXT = "text"
    HEADING = "heading"
    BREAK = "break"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text that is spoken in one go.

    Attributes:
        text: without blanks around it; empty for a break, which is a silence between two scenes.
    """

    text: str
    kind: Kind = Kind.TEXT


BREAK = Paragraph("", Kind.BREAK)


def trimmed(paragraphs: Sequence[Paragraph]) -> tuple[Paragraph, ...]:
    """Paragraphs without breaks at the edges and behind each other."""
    kept: list[Paragraph] = []
    for paragraph in paragraphs:
        if paragraph != BREAK or (kept and kept[-1] != BREAK):
            kept.append(paragraph)
    return tuple(kept[:-1] if kept and kept[-1] == BREAK else kept)


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter.

    Attributes:
        title: what its mark says.
        paragraphs: what is spoken, its heading included.
    """

    title: str
    paragraphs: tuple[Paragraph, ...]

    @property
    def characters(self) -> int:
        """Characters of text."""
        return sum(len(paragraph.text) for paragraph in self.paragraphs)


@dataclass(frozen=True, slots=True)
class Cover:
    """A picture for the front.

    Attributes:
        data: the file.
        mime: image/jpeg or image/png.
    """

    data: bytes
    mime: str

    @property
    def suffix(self) -> str:
        """Of its file."""
        return ".png" if self.mime == "image/png" else ".jpg"


def cover_of(data: bytes) -> Cover | None:
    """A cover of a file's bytes; None for what is neither JPEG nor PNG."""
    if data.startswith(b"\xff\xd8\xff"):
        return Cover(data, "image/jpeg")
    return Cover(data, "image/png") if data.startswith(b"\x89PNG\r\n\x1a\n") else None


@dataclass(frozen=True, slots=True)
class Book:
    """A book that was read.

    Attributes:
        title, author: empty where it does not say.
        language: ISO 639-1 code, or None.
        chapters: in order; each has something to say.
        warnings: what was left out or mended, for its reader.
    """

    title: str
    author: str
    language: str | None
    chapters: tuple[Chapter, ...]
    cover: Cover | None = None
    warnings: tuple[str, ...] = ()
