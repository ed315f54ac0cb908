"""The package document of an EPUB: what the book is called, and which pages it has, in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from voice_stack.books.document import Cover, cover_of
from voice_stack.books.reading.archive import Archive
from voice_stack.books.reading.contents import Entry, read_navigation, read_ncx
from voice_stack.books.reading.markup import attribute, parse, text_of
from voice_stack.core.errors import InvalidRequestError, UnsupportedError

_CONTAINER: Final = "META-INF/container.xml"
_ENCRYPTION: Final = "META-INF/encryption.xml"
# These only scramble fonts.
_FONT_SCRAMBLERS: Final = frozenset({"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"})
_PAGES: Final = frozenset({"application/xhtml+xml", "text/html", "text/x-oeb1-document", "application/html+xml"})
_NCX: Final = "application/x-dtbncx+xml"
_FALLBACKS: Final = 8


@dataclass(frozen=True, slots=True)
class Item:
    """A file of the manifest.

    Attributes:
        name: in the archive.
        properties: of EPUB 3 (`nav`, `cover-image` ...).
        fallback: id of another one to read instead.
    """

    id: str
    name: str
    mime: str
    properties: tuple[str, ...] = ()
    fallback: str = ""


@dataclass(frozen=True, slots=True)
class Package:
    """A package document that was read.

    Attributes:
        pages: names of the files to read aloud, in order.
        contents: of the contents list, with the name of each entry's file in the place of its href's path.
        passed_over: pages outside the order of reading (linear="no").
    """

    title: str
    author: str
    language: str
    pages: tuple[str, ...]
    contents: tuple[tuple[Entry, str, str], ...]
    cover: Cover | None
    passed_over: int


def read_package(archive: Archive) -> Package:
    """The package document of an archive.

    Raises:
        UnsupportedError: the book is locked (DRM).
        InvalidRequestError: it is no EPUB, or has no pages.
    """
    _check_locks(archive)
    name = _package_name(archive)
    root = parse(archive.read(name) or b"")
    if root is None:
        raise InvalidRequestError("The file is no EPUB: its package document is missing or cannot be read.")
    items = _manifest(archive, name, root)
    spine = next(root.iter("spine"), None)
    pages, passed_over = _spine(spine, items)
    if not pages:
        # Some converters forget the spine: the manifest's order is better than nothing.
        pages = [item.name for item in items.values() if item.mime in _PAGES and "nav" not in item.properties]
    if not pages:
        raise InvalidRequestError("The EPUB has no pages that could be read aloud.")
    return Package(
        title=_first(root, "title"),
        author=", ".join(_creators(root)),
        language=_first(root, "language"),
        pages=tuple(pages),
        contents=tuple(_contents(archive, spine, items)),
        cover=_cover(archive, root, items),
        passed_over=passed_over,
    )


def _check_locks(archive: Archive) -> None:
    data = archive.read(_ENCRYPTION)
    if data is None:
        return
    root = parse(data)
    methods = [] if root is None else [one.get("Algorithm") or "" for one in root.iter("EncryptionMethod")]
    locked = root is None or any(method not in _FONT_SCRAMBLERS for method in methods)
    if locked and (methods or root is None):
        raise UnsupportedError(
            "The book is protected (DRM): its pages are encrypted, and only the shop's own reader opens them. "
            "Ask for an edition without protection."
        )


def _package_name(archive: Archive) -> str:
    container = parse(archive.read(_CONTAINER) or b"")
    for rootfile in () if container is None else container.iter("rootfile"):
        name = archive.find("", rootfile.get("full-path") or "")
        if name is not None:
            return name
    found = [name for name in archive.names if name.lower().endswith(".opf")]
    if not found:
        raise InvalidRequestError("The file is no EPUB: it has no package document (.opf).")
    return min(found, key=len)


def _manifest(archive: Archive, base: str, root: etree._Element) -> dict[str, Item]:
    items = {}
    for element in root.iter("item"):
        name = archive.find(base, element.get("href") or "")
        if name is not None and element.get("id"):
            items[str(element.get("id"))] = Item(
                str(element.get("id")),
                name,
                (element.get("media-type") or "").partition(";")[0].strip().lower(),
                tuple((element.get("properties") or "").split()),
                element.get("fallback") or "",
            )
    return items


def _spine(spine: etree._Element | None, items: Mapping[str, Item]) -> tuple[list[str], int]:
    pages: list[str] = []
    passed_over = 0
    for reference in () if spine is None else spine.iter("itemref"):
        item = _page(items.get(reference.get("idref") or ""), items)
        if item is None or "nav" in item.properties or item.name in pages:
            continue
        if reference.get("linear") == "no":
            passed_over += 1
        else:
            pages.append(item.name)
    return pages, passed_over


def _page(item: Item | None, items: Mapping[str, Item]) -> Item | None:
    """An item that is a page, or the first of its fallbacks that is one."""
    for _ in range(_FALLBACKS):
        if item is None or item.mime in _PAGES:
            return item
        item = items.get(item.fallback)
    return None


def _contents(
    archive: Archive, spine: etree._Element | None, items: Mapping[str, Item]
) -> Sequence[tuple[Entry, str, str]]:
    for item in items.values():
        if "nav" in item.properties:
            found = _resolved(archive, item.name, read_navigation(archive.read(item.name) or b""))
            if found:
                return found
    named = items.get("" if spine is None else spine.get("toc") or "")
    for item in ([named] if named else []) + [item for item in items.values() if item.mime == _NCX]:
        found = _resolved(archive, item.name, read_ncx(archive.read(item.name) or b""))
        if found:
            return found
    return []


def _resolved(archive: Archive, base: str, entries: Sequence[Entry]) -> list[tuple[Entry, str, str]]:
    """Entries with the name of their file and their fragment; those that lead nowhere have neither."""
    found = []
    for entry in entries:
        name = archive.find(base, entry.href) if entry.href else None
        found.append((entry, name or "", entry.href.partition("#")[2] if name else ""))
    return found if any(name for _, name, _ in found) else []


def _cover(archive: Archive, root: etree._Element, items: Mapping[str, Item]) -> Cover | None:
    candidates = [item.name for item in items.values() if "cover-image" in item.properties]
    for meta in root.iter("meta"):
        if meta.get("name") == "cover" and (item := items.get(meta.get("content") or "")):
            candidates.append(item.name)
    candidates += [i.name for i in items.values() if "cover" in i.id.lower() and i.mime.startswith("image/")]
    for name in candidates:
        cover = cover_of(archive.read(name) or b"")
        if cover is not None:
            return cover
    return None


def _first(root: etree._Element, name: str) -> str:
    metadata = next(root.iter("metadata"), root)
    # The HTML parser keeps the prefix: `dc:title`.
    return next((text for one in metadata.iter(name, f"dc:{name}") if (text := text_of(one))), "")


def _creators(root: etree._Element) -> list[str]:
    """Names of the authors; of everybody who is named when nobody is called one."""
    metadata = next(root.iter("metadata"), root)
    roles = {
        (one.get("refines") or "").lstrip("#"): text_of(one)
        for one in metadata.iter("meta")
        if one.get("property") == "role"
    }
    people = []
    for one in metadata.iter("creator", "dc:creator"):
        role = attribute(one, "role") or roles.get(one.get("id") or "", "aut")
        people.append((text_of(one), role))
    authors = [name for name, role in people if role == "aut" and name]
    return list(dict.fromkeys(authors or [name for name, _ in people if name]))
