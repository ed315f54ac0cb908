"""Books of files: what a file is, its contents decide, and its name where they do not."""

from pathlib import Path

from voice_stack.books.document import Book
from voice_stack.core.errors import InvalidRequestError, UnsupportedError

_MARKDOWN = frozenset({".md", ".markdown", ".mdown"})
_OTHERS = frozenset({".pdf", ".mobi", ".azw", ".azw3", ".docx", ".doc", ".odt", ".rtf", ".fb2", ".html", ".htm"})
_MOST_TEXT = 64 * 2**20


def read_book(path: Path) -> Book:
    """The book of an EPUB, a Markdown file or a plain text.

    Raises:
        InvalidRequestError: there is no such file, it is damaged, or there is nothing in it to read aloud.
        UnsupportedError: it is locked (DRM), or of another kind.
    """
    try:
        with path.open("rb") as file:
            head = file.read(4)
        size = path.stat().st_size
    except OSError as error:
        raise InvalidRequestError(f"{path}: {error.strerror or error}.") from error
    suffix = path.suffix.lower()
    if head.startswith(b"PK") or suffix == ".epub":
        from voice_stack.books.reading.epub import read_epub

        return read_epub(path)
    if suffix in _OTHERS or head == b"%PDF":
        raise UnsupportedError(
            f"{path.name} is neither EPUB, Markdown nor plain text. Calibre's `ebook-convert` makes an EPUB of "
            "most others."
        )
    if size > _MOST_TEXT:
        raise InvalidRequestError(f"{path.name} has more than {_MOST_TEXT / 2**20:.0f} MiB of text.")
    if suffix in _MARKDOWN:
        from voice_stack.books.reading.marked import read_markdown

        return read_markdown(path)
    from voice_stack.books.reading.plain import read_plain

    return read_plain(path)
