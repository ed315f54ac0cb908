"""Chapters of plain text and of Markdown."""

from pathlib import Path

import pytest

from tests.books.epubs import png
from voice_stack.books.document import Book, Kind
from voice_stack.books.reading.book import read_book
from voice_stack.core.errors import InvalidRequestError, UnsupportedError


def read(tmp_path: Path, text: str | bytes, name: str = "book.txt") -> Book:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_book(path)


def titles(book: Book) -> list[str]:
    return [chapter.title for chapter in book.chapters]


@pytest.mark.parametrize(
    ("heads", "expected"),
    [
        (("Chapter 1", "Chapter 2"), ["Chapter 1", "Chapter 2"]),
        (("CHAPTER I.\n\nThe Road", "CHAPTER II.\n\nThe River"), ["CHAPTER I. The Road", "CHAPTER II. The River"]),
        (("Prologue", "Chapter One: Away", "Epilogue"), ["Prologue", "Chapter One: Away", "Epilogue"]),
        (("I.", "II.", "III."), ["I.", "II.", "III."]),
        (("1. The Start", "2. The End"), ["1. The Start", "2. The End"]),
        (("Erstes Kapitel", "Zweites Kapitel"), ["Erstes Kapitel", "Zweites Kapitel"]),
        (("Capítulo 1", "Capítulo 2"), ["Capítulo 1", "Capítulo 2"]),
        (("第一章 出会い", "第二章"), ["第一章 出会い", "第二章"]),
        (("\n\nThe Storm", "\n\nThe Calm"), ["The Storm", "The Calm"]),
    ],
)
def test_headings_of_plain_text_are_chapters(tmp_path: Path, heads: tuple[str, ...], expected: list[str]) -> None:
    text = "".join(f"{head}\n\nIt was a dark night, and it rained.\nThe wind blew.\n\n" for head in heads)
    book = read(tmp_path, text)
    assert titles(book) == expected
    assert book.chapters[0].paragraphs[0].kind is Kind.HEADING
    assert book.chapters[0].paragraphs[-1].text == "It was a dark night, and it rained.\nThe wind blew."


def test_text_without_headings_is_one_chapter(tmp_path: Path) -> None:
    book = read(tmp_path, "I said no.\n\nShe left in 1984.\n\n* * *\n\nMr. Smith stayed.", "My tale.txt")
    assert titles(book) == ["My tale"]
    assert [one.text for one in book.chapters[0].paragraphs] == [
        "I said no.",
        "She left in 1984.",
        "",
        "Mr. Smith stayed.",
    ]


def test_a_contents_list_is_not_spoken_and_gutenbergs_terms_are_not(tmp_path: Path) -> None:
    text = (
        "The Project Gutenberg eBook of The Road\n\nTitle: The Road\nAuthor: Ann Writer\nLanguage: English\n\n"
        "*** START OF THE PROJECT GUTENBERG EBOOK THE ROAD ***\n\nCONTENTS\n\n"
        "CHAPTER I. The Road\nCHAPTER II. The River\nCHAPTER III. The End\n\nCHAPTER I.\n\nThe Road\n\n"
        "He walked.\n\nCHAPTER II.\n\nThe River\n\nHe swam.\n\n"
        "CHAPTER III.\n\nThe End\n\nHe slept.\n\n*** END OF THE PROJECT GUTENBERG EBOOK THE ROAD ***\n\nTerms of use."
    )
    book = read(tmp_path, text)
    assert (book.title, book.author, book.language) == ("The Road", "Ann Writer", "en")
    assert titles(book) == ["CHAPTER I. The Road", "CHAPTER II. The River", "CHAPTER III. The End"]
    assert not any("Terms" in one.text for chapter in book.chapters for one in chapter.paragraphs)


def test_parts_stand_before_their_first_chapter(tmp_path: Path) -> None:
    text = "PART ONE\n\nChapter 1\n\nA dog barked at the man.\n\nPART TWO\n\nChapter 2\n\nIt barked again, twice."
    assert titles(read(tmp_path, text)) == ["PART ONE. Chapter 1", "PART TWO. Chapter 2"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_are_told(tmp_path: Path, encoding: str) -> None:
    assert read(tmp_path, "Grüße aus Köln.".encode(encoding)).chapters[0].paragraphs[0].text == "Grüße aus Köln."


def test_markdown_has_front_matter_cover_and_chapters_by_headings(tmp_path: Path) -> None:
    (tmp_path / "front.png").write_bytes(png())
    text = (
        "---\ntitle: The Road\nauthor: [Ann, Bob]\nlang: de\ncover: front.png\n---\n"
        "# One\n\nHello *there*, see [this](http://x.invalid)[^1].\n\n[^1]: A note.\n\n## Inner\n\n- a\n- b\n\n"
        "| x | y |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```\n\nTwo\n===\n\n![A big red dog](d.png) ran.\n"
    )
    book = read(tmp_path, text, "book.md")
    assert (book.title, book.author, book.language) == ("The Road", "Ann, Bob", "de")
    assert book.cover is not None
    assert titles(book) == ["One", "Two"]
    spoken = [one.text for one in book.chapters[0].paragraphs]
    assert spoken == ["One", "Hello there, see this.", "Inner", "a", "b", "x, y", "1, 2"]
    assert book.chapters[1].paragraphs[1].text == "A big red dog ran."
    assert len(book.warnings) == 2


def test_a_single_first_heading_is_the_books_title(tmp_path: Path) -> None:
    book = read(tmp_path, "# My Book\n\nWords before.\n\n## One\n\nA.\n\n## Two\n\nB.\n", "book.md")
    assert book.title == "My Book"
    assert titles(book) == ["My Book", "One", "Two"]


def test_a_cover_outside_the_folder_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(png())
    (tmp_path / "in").mkdir()
    for name in ("../secret.png", str(tmp_path / "secret.png")):
        (tmp_path / "in" / "book.md").write_text(f"---\ncover: {name}\n---\nText.\n")
        assert read_book(tmp_path / "in" / "book.md").cover is None


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("a.pdf", b"%PDF-1.7", UnsupportedError),
        ("a.txt", b"%PDF-1.7", UnsupportedError),
        ("a.mobi", b"BOOKMOBI", UnsupportedError),
        ("a.txt", b"", InvalidRequestError),
        ("a.txt", b"\x00\x01\x02", InvalidRequestError),
        ("a.md", b"```\ncode\n```", InvalidRequestError),
    ],
)
def test_what_is_no_book_is_refused(tmp_path: Path, name: str, data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        read(tmp_path, data, name)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match=r"gone\.epub"):
        read_book(tmp_path / "gone.epub")
