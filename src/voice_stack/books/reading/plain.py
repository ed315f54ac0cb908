"""Plain text to books: chapters by headings, and by blank lines where there are none."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from voice_stack.books.document import BREAK, Book, Chapter, Kind, Paragraph, trimmed
from voice_stack.books.reading.headings import LONGEST, is_chapter, numeral
from voice_stack.books.reading.markup import decode
from voice_stack.core.errors import InvalidRequestError
from voice_stack.language.codes import find_language

# Blank lines before what may be a heading, where no line is one by its words.
_WIDE_GAP: Final = 3
_RULE: Final = re.compile(r"[\s*•·⁂–—~#_=\-.✦]+")
_START: Final = re.compile(r"^\*\*\*\s*START OF (?:THE|THIS) PROJECT GUTENBERG.*$", re.MULTILINE | re.IGNORECASE)
_END: Final = re.compile(
    r"^(?:\*\*\*\s*END OF (?:THE|THIS) PROJECT GUTENBERG|End of (?:the )?Project Gutenberg).*$",
    re.MULTILINE | re.IGNORECASE,
)
_FIELD: Final = re.compile(r"^(Title|Author|Language):\s*(\S.*)$", re.MULTILINE)
_CONTENTS: Final = frozenset(
    {
        "contents",
        "table of contents",
        "inhalt",
        "inhaltsverzeichnis",
        "table des matières",
        "índice",
        "indice",
        "sommario",
    }
)
_SENTENCE_END: Final = (".", "!", "?", "…", ",", ";", ":", "”", '"', "»", "。", "！", "？")


def read_plain(path: Path) -> Book:
    """The book of a file.

    Raises:
        InvalidRequestError: there is no text in it.
    """
    data = path.read_bytes()
    if b"\x00" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InvalidRequestError(f"{path.name} is no text.")
    text = decode(data).replace("\r\n", "\n").replace("\r", "\n")
    known, text = _front_matter(text)
    chapters = tuple(_chapters(list(_blocks(text)), known.get("Title", path.stem)))
    if not chapters:
        raise InvalidRequestError(f"There is nothing to read aloud in {path.name}.")
    language = known.get("Language")
    return Book(
        title=known.get("Title", path.stem),
        author=known.get("Author", ""),
        language=find_language(language) if language else None,
        chapters=chapters,
    )


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """Facts that Project Gutenberg tells before its texts, and the text without its terms."""
    start = _START.search(text)
    if start is None:
        return {}, text
    known = {match[1]: match[2].strip() for match in _FIELD.finditer(text[: start.start()])}
    end = _END.search(text, start.end())
    return known, text[start.end() : end.start() if end else len(text)]


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Lines that stand together, and how many blank ones are before them."""
    blank = _WIDE_GAP
    lines: list[str] = []
    for line in [*text.split("\n"), ""]:
        if line.strip():
            lines.append(line.strip())
            continue
        if lines:
            yield blank, lines
            blank, lines = 0, []
        blank += 1


def _chapters(blocks: Sequence[tuple[int, list[str]]], title: str) -> Iterator[Chapter]:
    blocks = [block for block in blocks if not _is_contents(block[1])]
    heads = _heads(blocks)
    names = [title]
    bodies: list[tuple[bool, tuple[Paragraph, ...]]] = []
    for first, last in pairwise([-1, *heads, len(blocks)]):
        begin = max(first, 0)
        if first >= 0:
            lines = [*blocks[first][1]]
            begin = first + 1
            if begin < last and _is_title_line(blocks, begin, lines):
                lines += blocks[begin][1]
                begin += 1
            names.append(" ".join(lines))
        bodies.append((first >= 0, trimmed([_paragraph(lines) for _, lines in blocks[begin:last]])))
    waiting: list[str] = []
    for number, (name, (has_heading, body)) in enumerate(zip(names, bodies, strict=True)):
        if not body:
            # "PART ONE", right before "CHAPTER 1"; unless it is a line of a contents list.
            if has_heading and _letters(name) not in map(_letters, names[number + 1 :]):
                waiting.append(name)
            continue
        spoken = [*waiting, name] if has_heading else waiting
        yield Chapter(". ".join([*waiting, name]), (*(Paragraph(one, Kind.HEADING) for one in spoken), *body))
        waiting = []


def _is_contents(lines: Sequence[str]) -> bool:
    """True for a contents list, and for the word above it."""
    if len(lines) == 1 and lines[0].strip(" .:").casefold() in _CONTENTS:
        return True
    return len(lines) > 2 and sum(is_chapter(line) or bool(numeral(line)) for line in lines) * 3 >= len(lines) * 2


def _heads(blocks: Sequence[tuple[int, list[str]]]) -> list[int]:
    """Numbers of the blocks that are headings: by their words; else numerals that count; else behind wide gaps."""
    short = [number for number, (_, lines) in enumerate(blocks) if len(lines) <= 2 and len(lines[0]) <= LONGEST]
    named = [number for number in short if is_chapter(blocks[number][1][0])]
    counted = [number for number in short if numeral(blocks[number][1][0]) and number not in named]
    if named:
        return sorted(named)
    values = [numeral(blocks[number][1][0]) or 0 for number in counted]
    kept = [number for number, value, before in zip(counted, values, [0, *values], strict=False) if value == before + 1]
    if len(kept) >= 2:
        return kept
    wide = [
        number
        for number in short
        if blocks[number][0] >= _WIDE_GAP and len(blocks[number][1]) == 1 and _looks_like_title(blocks[number][1][0])
    ]
    return wide if len(wide) >= 2 else []


def _is_title_line(blocks: Sequence[tuple[int, list[str]]], number: int, heading: Sequence[str]) -> bool:
    """True for a line behind "CHAPTER 1" that is the chapter's title."""
    lines = blocks[number][1]
    is_bare = len(heading) == 1 and len(heading[0].split()) <= 3
    return is_bare and len(lines) == 1 and number + 1 < len(blocks) and _looks_like_title(lines[0])


def _looks_like_title(line: str) -> bool:
    return len(line) <= LONGEST and not line.endswith(_SENTENCE_END) and bool(re.search(r"\w", line))


def _paragraph(lines: Sequence[str]) -> Paragraph:
    text = "\n".join(lines)
    return BREAK if _RULE.fullmatch(text) else Paragraph(text)


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())
