"""Chapters to the finished file: one encoder, with marks, titles and the cover."""

import base64
import contextlib
import os
import struct
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from voice_stack.audio.clip import to_s16le
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.audio.ffmpeg import child_environment, ffmpeg_path
from voice_stack.books.document import Book, Cover
from voice_stack.books.making.folder import WorkFolder
from voice_stack.books.making.formats import BookFormat, Marks
from voice_stack.books.making.plan import SAMPLE_RATE, PlannedChapter
from voice_stack.core.durable import replace_durably, write_durably
from voice_stack.core.errors import AudioProcessingError, ServiceUnavailableError
from voice_stack.language.aliases import three_letters

_CHUNK_S: Final = 10.0
_LONGEST_CHAPTER_S: Final = 86_400.0
_ESCAPED: Final = str.maketrans({character: f"\\{character}" for character in "=;#\\\n"})


@dataclass(frozen=True, slots=True)
class Mark:
    """A chapter in the finished file.

    Attributes:
        start, end: seconds.
    """

    title: str
    start: float
    end: float


def assemble(
    work: WorkFolder,
    book: Book,
    chapters: Sequence[PlannedChapter],
    output: Path,
    book_format: BookFormat,
    spoken_by: str,
) -> list[Mark]:
    """Write the file whole, and then give it its name. Ten seconds of sound are in memory.

    Args:
        chapters: all of them done.
        spoken_by: said in the comment: who hears it shall be able to know.

    Returns:
        The marks.

    Raises:
        AudioProcessingError: FFmpeg failed; the disk may be full.
        ServiceUnavailableError: there is no FFmpeg.
    """
    marks = _marks(work, chapters)
    facts = work.part("facts.txt")
    write_durably(facts, [_metadata(book, marks, book_format, spoken_by).encode("utf-8", "replace")])
    cover = None
    if book.cover is not None and book_format.picture:
        cover = work.part(f"cover{book.cover.suffix}")
        write_durably(cover, [book.cover.data])
    part = work.part(f"book{book_format.suffix}")
    _encode(_command(facts, cover, book_format, part, book.language), _sound(work, chapters), work.part("ffmpeg.log"))
    with part.open("rb") as file:
        os.fsync(file.fileno())
    output.parent.mkdir(parents=True, exist_ok=True)
    part.chmod(0o644)
    replace_durably(part, output)
    return marks


def _marks(work: WorkFolder, chapters: Sequence[PlannedChapter]) -> list[Mark]:
    marks, at = [], 0
    for chapter in chapters:
        end = at + (work.samples_of(chapter.key) or 0)
        marks.append(Mark(chapter.title, at / SAMPLE_RATE, end / SAMPLE_RATE))
        at = end
    return marks


def _metadata(book: Book, marks: Sequence[Mark], book_format: BookFormat, spoken_by: str) -> str:
    """FFmpeg's own format for facts about a file."""
    facts = {
        "title": book.title,
        "album": book.title,
        "artist": book.author,
        "album_artist": book.author,
        "genre": "Audiobook",
        "comment": f"Read aloud by a synthetic voice: {spoken_by}.",
    }
    if book_format.muxer == "ipod":
        facts["media_type"] = "2"  # players file it under books
    if book_format is BookFormat.OPUS and book.cover is not None:
        facts["METADATA_BLOCK_PICTURE"] = base64.b64encode(_picture(book.cover)).decode()
    if book_format.marks is Marks.COMMENTS:
        # FFmpeg (seen in 9.0) rounds the seconds of a chapter up, and keeps its thousandths: 2.780 becomes 3.780.
        for number, mark in enumerate(marks):
            facts |= {f"CHAPTER{number:03d}": _clock(mark.start), f"CHAPTER{number:03d}NAME": mark.title}
    lines = [";FFMETADATA1", *(f"{name}={_escaped(value)}" for name, value in facts.items() if value)]
    for mark in marks if book_format.marks is Marks.NATIVE else ():
        times = (f"START={round(mark.start * 1000)}", f"END={round(mark.end * 1000)}")
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", *times, f"title={_escaped(mark.title)}"]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return " ".join(text.split()).translate(_ESCAPED)


def _clock(seconds: float) -> str:
    """`00:01:02.345`."""
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def _picture(cover: Cover) -> bytes:
    """FLAC's picture block, which Ogg files carry as text: front cover, without a description and a size."""
    mime = cover.mime.encode()
    head = struct.pack(">II", 3, len(mime)) + mime + struct.pack(">IIIIII", 0, 0, 0, 0, 0, len(cover.data))
    return head + cover.data


def _command(facts: Path, cover: Path | None, book_format: BookFormat, part: Path, language: str | None) -> list[str]:
    """The command line; sound comes on stdin as s16le. The cover is copied as it is: nothing of it is decoded."""
    command = [ffmpeg_path(), "-nostdin", "-hide_banner", "-nostats", "-loglevel", "error", "-y"]
    command += ["-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", "1", "-protocol_whitelist", "pipe", "-i", "pipe:0"]
    command += ["-f", "ffmetadata", "-protocol_whitelist", "file", "-i", str(facts)]
    if cover is not None:
        demuxer = "png_pipe" if cover.suffix == ".png" else "jpeg_pipe"
        command += ["-f", demuxer, "-protocol_whitelist", "file", "-i", str(cover), "-map", "0:a", "-map", "2:v"]
        command += ["-c:v", "copy", "-disposition:v:0", "attached_pic", "-metadata:s:v", "title=Cover"]
    else:
        command += ["-map", "0:a"]
    command += ["-map_metadata", "1", "-map_chapters", "1" if book_format.marks is Marks.NATIVE else "-1"]
    command += ["-metadata:s:a:0", f"language={three_letters(language or '') or 'und'}", *book_format.options]
    return [*command, "-fflags", "+bitexact", "-f", book_format.muxer, str(part)]


def _sound(work: WorkFolder, chapters: Sequence[PlannedChapter]) -> Iterator[bytes]:
    limits = DecodeLimits(_LONGEST_CHAPTER_S)
    for chapter in chapters:
        with work.chapter(chapter.key).open("rb") as file:
            with open_audio(file, limits, sample_rate=SAMPLE_RATE) as stream:
                while len((clip := stream.read(_CHUNK_S)).samples):
                    yield to_s16le(clip.samples)


def _encode(command: Sequence[str], sound: Iterator[bytes], log: Path) -> None:
    with log.open("wb") as errors:
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors, env=child_environment()
            )
        except OSError as error:
            raise ServiceUnavailableError(f"FFmpeg could not be started: {error.strerror}.") from error
        assert process.stdin is not None
        try:
            _feed(process.stdin, sound)
            status = process.wait()
        except BaseException:
            process.kill()
            process.wait()
            raise
    if status:
        said = log.read_text("utf-8", "replace").strip().splitlines() or [f"exit status {status}"]
        raise AudioProcessingError(f"FFmpeg could not write the book: {said[-1][:300]}")


def _feed(stdin: IO[bytes], sound: Iterator[bytes]) -> None:
    # What it says when it ends early tells more than a broken pipe does.
    with contextlib.suppress(BrokenPipeError), stdin:
        for piece in sound:
            stdin.write(piece)
