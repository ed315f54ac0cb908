"""EPUB, 2 and 3: pages in the order of the spine, cut into chapters as the contents list has them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from voice_stack.books.document import Book, Chapter, Paragraph, trimmed
from voice_stack.books.reading.archive import Archive
from voice_stack.books.reading.contents import Entry
from voice_stack.books.reading.headings import is_chapter, numeral
from voice_stack.books.reading.package import read_package
from voice_stack.books.reading.pages import Page, read_page
from voice_stack.core.errors import InvalidRequestError
from voice_stack.language.codes import find_language

_UNTITLED: Final = "Part"


@dataclass(slots=True)
class _Mark:
    """Beginning of a chapter: a page, and the paragraph in it."""

    title: str
    page: int
    at: int


def read_epub(path: Path) -> Book:
    """The book of a file.

    Raises:
        InvalidRequestError: it is damaged, no EPUB, or has nothing to read aloud.
        UnsupportedError: it is locked (DRM).
    """
    warnings: list[str] = []
    with Archive(path) as archive:
        package = read_package(archive)
        pages: list[tuple[str, Page]] = []
        for name in package.pages:
            page = read_page(archive.read(name) or b"")
            if page is None:
                warnings.append(f"A page could not be read and is left out: {name[:80]}.")
            else:
                pages.append((name, page))
    marks = _from_contents(package.contents, pages) or _from_pages(pages)
    chapters = tuple(_chapters(marks, [page for _, page in pages], package.title))
    if not chapters:
        raise InvalidRequestError(
            "There is nothing to read aloud in the book: it holds no text, perhaps only pictures."
        )
    if not package.contents:
        warnings.append("The book has no contents list that could be read; its chapters are those of its headings.")
    if notes := sum(page.notes for _, page in pages):
        warnings.append(f"Footnotes are left out ({notes}).")
    if package.passed_over:
        warnings.append(f"Pages outside the order of reading are left out ({package.passed_over}).")
    return Book(
        title=package.title or path.stem,
        author=package.author,
        language=find_language(package.language) if package.language else None,
        chapters=chapters,
        cover=package.cover,
        warnings=tuple(warnings),
    )


def _from_contents(contents: Sequence[tuple[Entry, str, str]], pages: Sequence[tuple[str, Page]]) -> list[_Mark]:
    """Beginnings of chapters by the contents list, in the order of reading."""
    numbers = {name: number for number, (name, _) in reversed(list(enumerate(pages)))}
    marks: dict[tuple[int, int], _Mark] = {}
    begun: set[str] = set()
    depth = 0  # of the chapter that the last mark begins
    for entry, name, fragment in contents:
        if name not in numbers or not entry.title:
            continue
        # Inside a page, an entry under a chapter is a section of that, unless it is called a chapter.
        is_section = entry.depth > depth and name in begun and not (is_chapter(entry.title) or numeral(entry.title))
        begun.add(name)
        if is_section:
            continue
        depth = entry.depth
        number = numbers[name]
        at = pages[number][1].anchors.get(fragment, 0) if fragment else 0
        marks.setdefault((number, at), _Mark(entry.title, number, at))
    return [marks[place] for place in sorted(marks)]


def _from_pages(pages: Sequence[tuple[str, Page]]) -> list[_Mark]:
    """Beginnings by headings: a page without one goes on with the chapter before, as converters cut them."""
    titled = [_Mark(page.title, number, 0) for number, (_, page) in enumerate(pages) if page.has_heading]
    if titled:
        return titled
    # Some cut by the page and name each in its head alone.
    return [
        _Mark(page.title or f"{_UNTITLED} {number + 1}", number, 0)
        for number, (_, page) in enumerate(pages)
        if page.paragraphs
    ]


def _chapters(marks: Sequence[_Mark], pages: Sequence[Page], book: str) -> Iterator[Chapter]:
    """Chapters between the marks; what comes before the first has the book's title."""
    if not marks or (marks[0].page, marks[0].at) > (0, 0):
        marks = [_Mark(book or _UNTITLED, 0, 0), *marks]
    ends = [(mark.page, mark.at) for mark in marks[1:]] + [(len(pages), 0)]
    # A title whose page holds nothing else ("Part One") stands before the next one's.
    waiting: list[str] = []
    carried: list[Paragraph] = []
    for mark, end in zip(marks, ends, strict=True):
        paragraphs = carried + _between(pages, (mark.page, mark.at), end)
        titles = [*waiting, mark.title]
        waiting, carried = [], []
        spoken = [paragraph for paragraph in paragraphs if paragraph.text]
        if not spoken:
            continue
        if end != (len(pages), 0) and all(_same(one.text, " ".join(titles)) for one in spoken):
            waiting, carried = titles, paragraphs
            continue
        yield Chapter(". ".join(dict.fromkeys(titles)), trimmed(paragraphs))


def _between(pages: Sequence[Page], start: tuple[int, int], end: tuple[int, int]) -> list[Paragraph]:
    found: list[Paragraph] = []
    for number in range(start[0], min(end[0] + 1, len(pages))):
        first = start[1] if number == start[0] else 0
        last = end[1] if number == end[0] else None
        found += pages[number].paragraphs[first:last]
    return found


def _same(text: str, title: str) -> bool:
    """True for a text that is no more than a part of a title."""
    return _letters(text) in _letters(title)


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())
