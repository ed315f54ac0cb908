"""EPUBs made to measure: whole ones, and such as strangers send."""

import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

CONTAINER = (
    '<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
PAGE = (
    '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml" '
    'xmlns:epub="http://www.idpf.org/2007/ops"><head><title>{title}</title></head><body>{body}</body></html>'
)


def png() -> bytes:
    """A picture of one point."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + part(b"IHDR", head)
        + part(b"IDAT", zlib.compress(b"\x00\xff\x00\x00"))
        + part(b"IEND", b"")
    )


def navigation(entries: Sequence[tuple[str, str]]) -> str:
    """A contents list of EPUB 3, flat."""
    points = "".join(f'<li><a href="{href}">{title}</a></li>' for href, title in entries)
    return PAGE.format(title="Contents", body=f'<nav epub:type="toc"><ol>{points}</ol></nav>')


def ncx(entries: Sequence[tuple[str, str]]) -> str:
    """A contents list of EPUB 2."""
    points = "".join(
        f'<navPoint id="p{n}" playOrder="{n}"><navLabel><text>{title}</text></navLabel>'
        f'<content src="{href}"/></navPoint>'
        for n, (href, title) in enumerate(entries, start=1)
    )
    return f'<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1"><navMap>{points}</navMap></ncx>'


def package(
    pages: Sequence[str], *, metadata: str = "", items: str = "", toc: str = "", spine: Sequence[str] | None = None
) -> str:
    """A package document; page N has the id `pN`."""
    listed = "".join(
        f'<item id="p{n}" href="{name}" media-type="application/xhtml+xml"/>' for n, name in enumerate(pages, start=1)
    )
    order = "".join(spine if spine is not None else [f'<itemref idref="p{n}"/>' for n in range(1, len(pages) + 1)])
    about = metadata or (
        "<dc:title>The Long Road</dc:title><dc:creator>Ann Writer</dc:creator><dc:language>en-GB</dc:language>"
    )
    return (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/">{about}</metadata><manifest>{listed}{items}</manifest>'
        f"<spine{f' toc={chr(34)}{toc}{chr(34)}' if toc else ''}>{order}</spine></package>"
    )


def write(path: Path, files: Mapping[str, str | bytes], *, container: str | None = CONTAINER) -> Path:
    """A file of these members."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        if container is not None:
            archive.writestr("META-INF/container.xml", container)
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def simple(path: Path, chapters: Sequence[tuple[str, str]], *, cover: bytes | None = None) -> Path:
    """A book with a page a chapter, of its title and the HTML behind its heading."""
    names = [f"c{number}.xhtml" for number in range(1, len(chapters) + 1)]
    files: dict[str, str | bytes] = {
        f"OEBPS/{name}": PAGE.format(title=title, body=f"<h1>{title}</h1>{body}")
        for name, (title, body) in zip(names, chapters, strict=True)
    }
    items = '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
    if cover is not None:
        items += '<item id="cover" href="cover.png" media-type="image/png" properties="cover-image"/>'
        files["OEBPS/cover.png"] = cover
    files["OEBPS/nav.xhtml"] = navigation([(n, t) for n, (t, _) in zip(names, chapters, strict=True)])
    files["OEBPS/book.opf"] = package(names, items=items)
    return write(path, files)
