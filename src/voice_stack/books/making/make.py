"""The making of a book: spoken, kept, put together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from voice_stack.books.document import Book
from voice_stack.books.making.assembly import Mark, assemble
from voice_stack.books.making.chapters import write_chapter
from voice_stack.books.making.folder import WorkFolder, changes, folder_of
from voice_stack.books.making.formats import format_of
from voice_stack.books.making.narrator import Narrator
from voice_stack.books.making.plan import Narration, PlannedChapter
from voice_stack.core.errors import EngineUnavailableError, VoiceStackError


@dataclass(frozen=True, slots=True)
class Watcher:
    """Somebody who is told how the making goes on.

    Attributes:
        remark: a line for the user.
        progress: chapter that is under way, and characters that are spoken of all.
        waiting: called before the chapters are put together.
    """

    remark: Callable[[str], None] = lambda line: None
    progress: Callable[[PlannedChapter, int], None] = lambda chapter, done: None
    assembling: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class MadeBook:
    """A book that was made.

    Attributes:
        engine: with its model, who has spoken it.
        spoken: pieces that were spoken now.
        kept: pieces that an earlier run had spoken.
    """

    output: Path
    marks: tuple[Mark, ...]
    engine: str
    spoken: int
    kept: int

    @property
    def seconds(self) -> float:
        """Length of the whole."""
        return self.marks[-1].end if self.marks else 0.0


class BookMaker:
    """Makes one book. What it has spoken before, in the folder beside the output, is not spoken again.

    Args:
        narrator: speaks.
        narration: how.
        any_engine: go on when another engine answers than the one that has begun the book.
        keep_work: leave the folder when the book is made.
    """

    def __init__(
        self,
        book: Book,
        narrator: Narrator,
        narration: Narration,
        watcher: Watcher,
        *,
        any_engine: bool = False,
        keep_work: bool = False,
    ) -> None:
        self._book = replace(book, language=narration.language)
        self._narrator = narrator
        self._narration = narration
        self._watcher = watcher
        self._any_engine = any_engine
        self._keep_work = keep_work
        self._engine = ""
        self._spoken = self._kept = self._characters = 0

    def make(self, chapters: Sequence[PlannedChapter], output: Path) -> MadeBook:
        """Make the book of these chapters.

        Raises:
            InvalidRequestError: the output's suffix is none of a book's, or another process makes this book.
            EngineUnavailableError: another engine answers than the one that has begun it.
            VoiceStackError: the service or FFmpeg failed; what is spoken stays, for the next run.
        """
        book_format = format_of(output)
        with WorkFolder(folder_of(output)) as work:
            self._begin(work)
            for number, chapter in enumerate(chapters):
                self._do_chapter(
                    work, chapter, {piece.key for later in chapters[number + 1 :] for piece in later.pieces}
                )
            self._watcher.assembling()
            spoken_by = f"{self._engine}, voice {self._narration.voice}"
            marks = assemble(work, self._book, chapters, output, book_format, spoken_by)
            if not self._keep_work:
                work.remove()
        return MadeBook(output, tuple(marks), self._engine, self._spoken, self._kept)

    def _begin(self, work: WorkFolder) -> None:
        noted = work.noted
        engine = noted.get("engine")
        self._engine = engine if isinstance(engine, str) else ""
        if changed := changes(noted, self._narration):
            self._watcher.remark(f"Spoken anew, for it was begun otherwise: {'; '.join(changed)}.")
            if not any(line.startswith("loudness") for line in changed) or len(changed) > 1:
                self._engine = ""
        work.note(self._narration, self._engine)

    def _do_chapter(self, work: WorkFolder, chapter: PlannedChapter, needed: set[str]) -> None:
        if work.samples_of(chapter.key) is not None:
            self._kept += len(chapter.pieces)
            self._count(chapter, chapter.characters)
            return
        for number, piece in enumerate(chapter.pieces, start=1):
            if work.has_piece(piece.key):
                self._kept += 1
            else:
                try:
                    self._speak(work, piece.key, piece.text)
                except VoiceStackError:
                    # Which one: a text that cannot be spoken has to be found.
                    self._watcher.remark(
                        f"Stopped at chapter {chapter.number}, piece {number} of {len(chapter.pieces)}."
                    )
                    raise
                self._spoken += 1
            self._count(chapter, len(piece.text))
        write_chapter(work, chapter, self._narration.loudness_lufs)
        work.forget_pieces((piece.key for piece in chapter.pieces), needed)

    def _speak(self, work: WorkFolder, key: str, text: str) -> None:
        spoken = self._narrator.speak(text)
        if self._engine and spoken.engine != self._engine and not self._any_engine:
            why = f" ({spoken.fallback})" if spoken.fallback else ""
            raise EngineUnavailableError(
                f"The book was begun by {self._engine}, and now {spoken.engine} answers{why}. Run it again when the "
                "first one is back; with --any-engine it goes on with another."
            )
        if spoken.engine != self._engine:
            if spoken.fallback:
                self._watcher.remark(f"{spoken.engine} speaks in place of the configured engine: {spoken.fallback}")
            self._engine = spoken.engine
            work.note(self._narration, self._engine)
        work.keep_piece(key, spoken.pcm)

    def _count(self, chapter: PlannedChapter, characters: int) -> None:
        self._characters += characters
        self._watcher.progress(chapter, self._characters)
