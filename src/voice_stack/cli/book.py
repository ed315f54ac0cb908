"""`voice-stack speak --book`: a book to one sound file with chapters, by the running speech service."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from voice_stack.cli.console import complain, remark, stderr_console
from voice_stack.core.errors import VoiceStackError

if TYPE_CHECKING:
    from rich.console import Console

    from voice_stack.books.document import Book
    from voice_stack.books.making.make import MadeBook
    from voice_stack.books.making.plan import Narration, PlannedChapter
    from voice_stack.client import VoiceStackClient


@dataclass(frozen=True, slots=True)
class BookWishes:
    """Wishes of the user about a book, as they are typed.

    Attributes:
        url: of the speech service, with its `/v1`; None: the one that the settings name, on this machine.
        chapters: choice such as `1,3-5`; None for all.
        only_list: show the chapters, speak none.
        as_json: the result, or the list, as JSON on stdout.
        any_engine, keep_work: see `BookMaker`.
    """

    path: Path
    output: Path | None
    voice: str
    model: str | None
    language: str | None
    speed: float
    url: str | None
    chapters: str | None
    only_list: bool
    as_json: bool
    any_engine: bool
    keep_work: bool


def speak_book(wishes: BookWishes) -> None:
    """Make the book, or show its chapters. Exit status 1 when it could not be made; what is spoken is kept."""
    from voice_stack.books.making.formats import Marks, format_of
    from voice_stack.books.making.plan import chapter_numbers, plan_book
    from voice_stack.books.reading.book import read_book

    console = stderr_console()
    book = read_book(wishes.path)
    output = wishes.output or wishes.path.with_suffix(".m4b")
    book_format = format_of(output)
    for warning in book.warnings:
        remark(console, warning)
    narration = _narration(wishes, book)
    chapters = plan_book(book, chapter_numbers(wishes.chapters, len(book.chapters)), narration)
    if wishes.only_list:
        _show(book, chapters, narration, output, as_json=wishes.as_json)
        return
    if book_format.marks is Marks.NONE:
        remark(console, f"{book_format.suffix} holds no chapter marks; .m4b, .mp3, .opus and .flac do.")
    made = _make(wishes, book, chapters, narration, output, console)
    kept = f", {made.kept} of the pieces from an earlier run" if made.kept else ""
    remark(
        console,
        f"{output}: {_clock(made.seconds)}, {len(made.marks)} chapters, {made.engine}, voice {narration.voice}{kept}",
    )
    if wishes.as_json:
        facts: dict[str, object] = {
            "output": str(output),
            "title": book.title,
            "author": book.author,
            "language": narration.language,
        }
        facts |= {"engine": made.engine, "seconds": round(made.seconds, 3), "spoken": made.spoken, "kept": made.kept}
        typer.echo(json.dumps({**facts, "chapters": [asdict(mark) for mark in made.marks]}, ensure_ascii=False))


def _make(
    wishes: BookWishes,
    book: "Book",
    chapters: "Sequence[PlannedChapter]",
    narration: "Narration",
    output: Path,
    console: "Console",
) -> "MadeBook":
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from voice_stack.books.making.make import BookMaker, Watcher
    from voice_stack.books.making.narrator import Narrator

    total = sum(chapter.characters for chapter in chapters)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress, _client(wishes) as client:
        shown = progress.add_task(f"{book.title[:40]}", total=total)

        def tell(chapter: "PlannedChapter", done: int) -> None:
            progress.update(shown, completed=done, description=f"{chapter.number}. {chapter.title[:40]}")

        def waits(reason: str, seconds: float) -> None:
            remark(console, f"{reason} Next try in {seconds:.0f} s.")

        narrator = Narrator(client, narration, on_wait=waits)
        watcher = Watcher(
            remark=lambda line: remark(console, line),
            progress=tell,
            assembling=lambda: progress.update(shown, description="putting the chapters together"),
        )
        maker = BookMaker(book, narrator, narration, watcher, any_engine=wishes.any_engine, keep_work=wishes.keep_work)
        try:
            return maker.make(chapters, output)
        except (VoiceStackError, OSError) as error:
            progress.stop()
            complain(console, error.message if isinstance(error, VoiceStackError) else str(error))
            remark(console, "What is spoken is kept: the same command goes on where it was.")
            raise typer.Exit(1) from error
        except KeyboardInterrupt:
            progress.stop()
            remark(console, "What is spoken is kept: the same command goes on where it was.")
            raise


def _client(wishes: BookWishes) -> "VoiceStackClient":
    from voice_stack.client import VoiceStackClient
    from voice_stack.core.settings import load_settings
    from voice_stack.tts.settings import TtsSettings

    settings = load_settings(TtsSettings)
    url = wishes.url or f"http://127.0.0.1:{settings.tts_port}{settings.web.api_v1_str}"
    return VoiceStackClient(url, api_key=settings.web.api_key)


def _narration(wishes: BookWishes, book: "Book") -> "Narration":
    from voice_stack.books.making.plan import Narration
    from voice_stack.tts.service import DEFAULT_MODEL

    language = wishes.language or book.language or _told_language(book)
    return Narration(wishes.voice, wishes.model or DEFAULT_MODEL, language, wishes.speed)


def _told_language(book: "Book") -> str:
    """The language of a book that does not say it: one for all, since a short paragraph alone tells little."""
    from voice_stack.language.codes import LANGUAGES
    from voice_stack.language.detect import detect_language

    longest = max(book.chapters, key=lambda chapter: chapter.characters)
    sample = " ".join(paragraph.text for paragraph in longest.paragraphs[:20])
    return detect_language(sample, frozenset(LANGUAGES), "en") or "en"


def _show(
    book: "Book", chapters: "Sequence[PlannedChapter]", narration: "Narration", output: Path, *, as_json: bool
) -> None:
    from rich.console import Console
    from rich.table import Table

    from voice_stack.books.making.folder import done_share, folder_of

    work = folder_of(output)
    rows = [(one, one.estimated_s(narration.speed), done_share(work, one)) for one in chapters]
    if as_json:
        facts = {"title": book.title, "author": book.author, "language": narration.language}
        found = [
            {
                "number": one.number,
                "title": one.title,
                "characters": one.characters,
                "estimated_seconds": round(seconds),
                "spoken": round(share, 3),
            }
            for one, seconds, share in rows
        ]
        cover = None if book.cover is None else book.cover.mime
        typer.echo(json.dumps({**facts, "cover": cover, "chapters": found}, ensure_ascii=False))
        return
    table = Table("", "CHAPTER", "CHARACTERS", "ABOUT", "SPOKEN", box=None, pad_edge=False)
    for column in (0, 2, 3, 4):
        table.columns[column].justify = "right"
    for one, seconds, share in rows:
        table.add_row(
            str(one.number), one.title, f"{one.characters:,}", _clock(seconds), f"{share:.0%}" if share else ""
        )
    shown = Console(highlight=False, markup=False)
    shown.print(f"{book.title}{f', by {book.author}' if book.author else ''} ({narration.language})")
    shown.print(table)
    shown.print(f"{len(rows)} chapters, about {_clock(sum(seconds for _, seconds, _ in rows))}.")


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
