"""The folder beside a book that is being made: what is spoken, kept so that nothing but the piece under way is lost.

    book.json           how it is spoken, and by which engine
    pieces/KEY.pcm      s16le of a piece, at 24 kHz
    chapters/KEY.flac   a chapter at its loudness, with its pauses
    chapters/KEY.json   how long it is; written last: without it there is no chapter

Every file is written whole under another name, synced, and then named.
"""

import contextlib
import fcntl
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, Self

from voice_stack.books.making.plan import SAMPLE_RATE, Narration, PlannedChapter
from voice_stack.core.durable import make_private, open_private, replace_durably, sync_folder, write_durably
from voice_stack.core.errors import InvalidRequestError

_NAMES: Final = ("book.json", "pieces", "chapters", "lock", "parts")


def folder_of(output: Path) -> Path:
    """The folder of what becomes `output`."""
    return output.with_name(f"{output.name}.work")


class WorkFolder:
    """The folder, held by one process at a time. Use it as a context manager.

    Args:
        path: it is made where there is none.

    Raises:
        InvalidRequestError: another process makes this book, or there is something else of that name.
    """

    def __init__(self, path: Path) -> None:
        if path.exists() and not path.is_dir():
            raise InvalidRequestError(f"{path} is in the way.")
        if path.is_dir() and (strange := [one.name for one in path.iterdir() if one.name not in _NAMES]):
            raise InvalidRequestError(f"{path} holds what is no part of a book: {strange[0][:60]!r}.")
        self.path = path
        self._parts = path / "parts"
        for folder in (path, path / "pieces", path / "chapters", self._parts):
            make_private(folder)
        self._lock = open_private(path / "lock", "ab")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise InvalidRequestError(f"Another process is making this book (it holds {path}).") from error
        for part in self._parts.iterdir():  # of a process that was killed
            part.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.close()

    def part(self, name: str) -> Path:
        """Place for a file that is not whole yet."""
        return self._parts / name

    def has_piece(self, key: str) -> bool:
        """True for a piece that was spoken."""
        return self.piece(key).is_file()

    def piece(self, key: str) -> Path:
        """File of a piece."""
        return self.path / "pieces" / f"{key}.pcm"

    def keep_piece(self, key: str, pcm: bytes) -> None:
        """Keep a piece for good.

        Args:
            pcm: s16le at 24 kHz.
        """
        self._keep(self.piece(key), [pcm])

    def chapter(self, key: str) -> Path:
        """File of a chapter's sound."""
        return self.path / "chapters" / f"{key}.flac"

    def samples_of(self, key: str) -> int | None:
        """Samples of a chapter that is done, at 24 kHz; None for one that is not."""
        found = read_object(self.path / "chapters" / f"{key}.json")
        samples = found.get("samples")
        return samples if isinstance(samples, int) and samples > 0 and self.chapter(key).is_file() else None

    def keep_chapter(self, key: str, part: Path, samples: int) -> None:
        """Keep a chapter for good.

        Args:
            part: its sound, synced, in a place that `part` gave.
            samples: how many it has.
        """
        replace_durably(part, self.chapter(key))
        facts = {"samples": samples, "sample_rate": SAMPLE_RATE}
        self._keep(self.path / "chapters" / f"{key}.json", [json.dumps(facts).encode()])

    def forget_pieces(self, done: Iterable[str], needed: Iterable[str]) -> None:
        """Remove pieces that are in a chapter, but for those that others need."""
        for key in set(done) - set(needed):
            self.piece(key).unlink(missing_ok=True)
        sync_folder(self.path / "pieces")

    def note(self, narration: Narration, engine: str) -> None:
        """Write down how the book is spoken, and by whom.

        Args:
            engine: with its model; empty while nobody has spoken.
        """
        facts = {"version": 1, "narration": asdict(narration), "engine": engine}
        self._keep(self.path / "book.json", [json.dumps(facts, ensure_ascii=False, indent=1).encode()])

    @property
    def noted(self) -> Mapping[str, Any]:
        """Facts that were written down; none for a new book."""
        return read_object(self.path / "book.json")

    def remove(self) -> None:
        """Remove the folder: the book is made."""
        shutil.rmtree(self.path)

    def _keep(self, path: Path, parts: Sequence[bytes]) -> None:
        part = self.part(path.name)
        write_durably(part, parts)
        replace_durably(part, path)


def changes(noted: Mapping[str, Any], narration: Narration) -> list[str]:
    """Settings that are others than when the book was begun: `voice: alloy, now nova`."""
    before = noted.get("narration")
    if not isinstance(before, dict):
        return []
    now = asdict(narration)
    return [f"{name}: {before.get(name)}, now {now[name]}" for name in now if before.get(name) != now[name]]


def done_share(path: Path, chapter: PlannedChapter) -> float:
    """Share of a chapter that is spoken, 0 to 1. Looks only; locks nothing."""
    if (path / "chapters" / f"{chapter.key}.json").is_file():
        return 1.0
    spoken = sum(len(one.text) for one in chapter.pieces if (path / "pieces" / f"{one.key}.pcm").is_file())
    return spoken / max(1, chapter.characters)


def read_object(path: Path) -> Mapping[str, Any]:
    """The JSON object of a file; empty where there is none, or it is damaged."""
    with contextlib.suppress(OSError, ValueError, RecursionError):
        found = json.loads(path.read_bytes())
        if isinstance(found, dict):
            return found
    return {}
