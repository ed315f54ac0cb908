"""Markdown to books: chapters by headings."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import yaml

from voice_stack.books.document import BREAK, Book, Chapter, Cover, Kind, Paragraph, cover_of, trimmed
from voice_stack.books.reading.markup import decode
from voice_stack.core.errors import InvalidRequestError
from voice_stack.language.codes import find_language

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER: Final = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_NOTE: Final = re.compile(r"^\[\^[^\]\n]{1,60}\]:.*(?:\n[ \t]+.*)*\n?", re.MULTILINE)
_NOTE_MARK: Final = re.compile(r"\[\^[^\]\n]{1,60}\]")
_MOST_COVER: Final = 32 * 2**20

Block = tuple[int, Paragraph]
"""Level of a heading, 0 for what is none; and the paragraph."""


def read_markdown(path: Path) -> Book:
    """The book of a file. Title, author, language and cover come from its front matter, where it has one.

    Raises:
        InvalidRequestError: there is no text in it.
    """
    text = decode(path.read_bytes()).replace("\r\n", "\n").replace("\r", "\n")
    known, text = _front_matter(text)
    notes = len(_NOTE.findall(text))
    blocks, code = _blocks(_NOTE_MARK.sub("", _NOTE.sub("", text)))
    title, chapters = _chapters(blocks, known.get("title", ""), path.stem)
    if not chapters:
        raise InvalidRequestError(f"There is nothing to read aloud in {path.name}.")
    language = known.get("language") or known.get("lang")
    warnings = [f"Footnotes are left out ({notes})."] if notes else []
    warnings += [f"Blocks of code and HTML are left out ({code})."] if code else []
    return Book(
        title=title,
        author=known.get("author", ""),
        language=find_language(language) if language else None,
        chapters=tuple(chapters),
        cover=_cover(path, known.get("cover-image") or known.get("cover") or ""),
        warnings=tuple(warnings),
    )


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """Texts of the YAML before a text, by their names in lower case; and the rest."""
    match = _FRONT_MATTER.match(text)
    if match is None:
        return {}, text
    try:
        found = yaml.safe_load(match[1])
    except (yaml.YAMLError, RecursionError, ValueError):
        return {}, text
    if not isinstance(found, dict):
        return {}, text
    known = {}
    for name, value in found.items():
        parts = value if isinstance(value, list) else [value]
        known[str(name).lower()] = ", ".join(str(part) for part in parts if isinstance(part, str | int | float))
    return known, text[match.end() :]


def _blocks(text: str) -> tuple[list[Block], int]:
    """Blocks that are read aloud, and how many of code and HTML are not."""
    from markdown_it import MarkdownIt

    found: list[Block] = []
    left_out, level = 0, 0
    row: list[str] | None = None
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "heading_open":
            level = int(token.tag[1:])
        elif token.type == "heading_close":
            level = 0
        elif token.type == "tr_open":
            row = []
        elif token.type == "tr_close" and row is not None:
            if spoken := ", ".join(cell for cell in row if cell):
                found.append((0, Paragraph(spoken)))
            row = None
        elif token.type == "hr":
            found.append((0, BREAK))
        elif token.type in ("fence", "code_block", "html_block"):
            left_out += 1
        elif token.type == "inline":
            spoken = _inline(token.children or ())
            if row is not None:
                row.append(spoken)
            elif spoken:
                found.append((level, Paragraph(spoken, Kind.HEADING if level else Kind.TEXT)))
    return found, left_out


def _inline(children: "Sequence[Token]") -> str:
    parts = []
    for child in children:
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type == "softbreak":
            parts.append(" ")
        elif child.type == "hardbreak":
            parts.append("\n")
        elif child.type == "image":
            parts.append(_inline(child.children or ()))
    return "\n".join(" ".join(line.split()) for line in "".join(parts).split("\n")).strip()


def _chapters(blocks: Sequence[Block], title: str, name: str) -> tuple[str, list[Chapter]]:
    """Title of the book, and its chapters: by the outermost headings, but for a single one that is the book's own."""
    levels = sorted({level for level, _ in blocks if level})
    outermost = [paragraph.text for level, paragraph in blocks if levels and level == levels[0]]
    if len(outermost) == 1 and len(levels) > 1 and blocks[0][0] == levels[0]:
        title = title or outermost[0]
        levels = levels[1:]
    title = title or name
    return title, list(_cut(blocks, levels[0] if levels else 0, title))


def _cut(blocks: Sequence[Block], level: int, title: str) -> Iterator[Chapter]:
    name, paragraphs = title, list[Paragraph]()
    for depth, paragraph in blocks:
        if depth and depth == level:
            # Headings with nothing behind them stand before the next chapter's.
            if any(one.kind is Kind.TEXT for one in paragraphs):
                yield Chapter(name, trimmed(paragraphs))
                paragraphs = []
            name = paragraph.text
        paragraphs.append(paragraph)
    if any(one.text for one in paragraphs):
        yield Chapter(name, trimmed(paragraphs))


def _cover(path: Path, name: str) -> Cover | None:
    """The picture that a text names, where it lies beside the text or below: nothing else of the machine's is read."""
    folder = path.resolve().parent
    picture = (folder / name).resolve()
    if not name or not picture.is_relative_to(folder) or not picture.is_file():
        return None
    return cover_of(picture.read_bytes()) if picture.stat().st_size <= _MOST_COVER else None
