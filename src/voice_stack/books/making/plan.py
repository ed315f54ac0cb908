"""A book to the pieces that are spoken one by one, each with an identity by which it is found again."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from voice_stack.books.document import Book, Chapter, Kind, Paragraph
from voice_stack.core.errors import InvalidRequestError
from voice_stack.text.cutting.sentences import split_sentences

PIECE_CHARACTERS: Final = 1000
"""Characters that are asked for at once, at most: a paragraph, mostly. What a power cut costs is one of them."""

SAMPLE_RATE: Final = 24_000
"""Hz of the sound while it is kept: what OpenAI's contract says of headerless PCM."""

CHARACTERS_A_SECOND: Final = 15.0
"""Speech at its natural tempo, about."""

# How it is put together; another number makes every piece and chapter a new one.
_VERSION: Final = 1
_PAUSES_S: Final = {Kind.TEXT: 0.6, Kind.HEADING: 1.2, Kind.BREAK: 1.6}
_CHAPTER_S: Final = 2.0
_RANGE: Final = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")


@dataclass(frozen=True, slots=True)
class Narration:
    """Manner in which a book is spoken.

    Attributes:
        voice, model: as the service knows them.
        language: ISO 639-1 code.
        speed: 0.25 to 4; 1 is natural.
        loudness_lufs: that chapters are brought to.
    """

    voice: str
    model: str
    language: str
    speed: float = 1.0
    loudness_lufs: float = -19.0


@dataclass(frozen=True, slots=True)
class Piece:
    """Text that is asked for in one request.

    Attributes:
        key: the same for the same words spoken in the same way.
        pause_s: silence behind it.
    """

    key: str
    text: str
    pause_s: float


@dataclass(frozen=True, slots=True)
class PlannedChapter:
    """A chapter in pieces.

    Attributes:
        number: in the book, from 1.
        key: the same for the same pieces at the same loudness.
    """

    number: int
    title: str
    key: str
    pieces: tuple[Piece, ...]

    @property
    def characters(self) -> int:
        """Characters of text."""
        return sum(len(piece.text) for piece in self.pieces)

    def estimated_s(self, speed: float) -> float:
        """Seconds that it will last, about."""
        return self.characters / CHARACTERS_A_SECOND / speed + sum(piece.pause_s for piece in self.pieces)


def plan_book(book: Book, numbers: Sequence[int], narration: Narration) -> list[PlannedChapter]:
    """The chapters with these numbers, in pieces."""
    return [_plan_chapter(book.chapters[number - 1], number, narration) for number in numbers]


def chapter_numbers(choice: str | None, count: int) -> list[int]:
    """Numbers of chapters that a choice such as `1,3-5` means; all for none.

    Raises:
        InvalidRequestError: it cannot be read, or names chapters that there are not.
    """
    if choice is None:
        return list(range(1, count + 1))
    found: set[int] = set()
    for part in choice.replace(" ", "").split(","):
        match = _RANGE.fullmatch(part)
        if match is None:
            raise InvalidRequestError(f"{choice!r} is no choice of chapters: 3, 3-5 or 1,3-5 is one.")
        first, last = int(match[1]), int(match[2] or match[1])
        if not 1 <= first <= last <= count:
            raise InvalidRequestError(f"There are no chapters {part}: the book has 1 to {count}.")
        found |= set(range(first, last + 1))
    return sorted(found)


def halves(text: str, language: str) -> list[str]:
    """A text in two, at the end of a sentence where there is one, else between words."""
    return list(_cut(text, language, max(1, len(text) * 2 // 3)))


def _plan_chapter(chapter: Chapter, number: int, narration: Narration) -> PlannedChapter:
    pieces: list[Piece] = []
    for paragraph in chapter.paragraphs:
        if paragraph.kind is Kind.BREAK:
            if pieces:
                last = pieces[-1]
                pieces[-1] = Piece(last.key, last.text, _PAUSES_S[Kind.BREAK])
            continue
        *texts, last_text = _cut(_plain(paragraph), narration.language, PIECE_CHARACTERS)
        pieces += [Piece(_key(text, narration), text, 0.3) for text in texts]
        pieces.append(Piece(_key(last_text, narration), last_text, _PAUSES_S[paragraph.kind]))
    last = pieces[-1]
    pieces[-1] = Piece(last.key, last.text, _CHAPTER_S)
    key = _hash([_VERSION, narration.loudness_lufs, [[piece.key, piece.pause_s] for piece in pieces]])
    return PlannedChapter(number, chapter.title, key, tuple(pieces))


def _plain(paragraph: Paragraph) -> str:
    """Its text; a book's words are no SSML, even where they look like it."""
    text = paragraph.text
    return text.replace("<", "").replace(">", "") if text.lstrip().lower().startswith("<speak") else text


def _cut(text: str, language: str, most: int) -> Iterator[str]:
    """Parts of at most `most` characters, of whole sentences where they are not longer than that."""
    if len(text) <= most:
        yield text
        return
    part = ""
    for sentence in split_sentences(text, language):
        for words in _words(sentence.strip(), most):
            if part and len(part) + 1 + len(words) > most:
                yield part
                part = ""
            part = f"{part} {words}".strip()
    if part:
        yield part


def _words(sentence: str, most: int) -> Iterator[str]:
    """A sentence that is too long, cut between words; in scripts without blanks, anywhere."""
    while len(sentence) > most:
        at = sentence.rfind(" ", most // 2, most + 1)
        at = at if at > 0 else most
        yield sentence[:at].strip()
        sentence = sentence[at:].strip()
    if sentence:
        yield sentence


def _key(text: str, narration: Narration) -> str:
    how = asdict(narration)
    del how["loudness_lufs"]  # of a chapter
    return _hash([_VERSION, how, text])


def _hash(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
