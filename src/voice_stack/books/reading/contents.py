"""Contents lists of EPUBs: the navigation document of EPUB 3 and the NCX of EPUB 2."""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from voice_stack.books.reading.markup import attribute, parse, text_of

_MOST_ENTRIES = 20_000


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a contents list.

    Attributes:
        title: with single blanks.
        href: as it is written; empty for a title that leads nowhere.
        depth: 0 for the outermost.
    """

    title: str
    href: str
    depth: int


def read_navigation(data: bytes) -> list[Entry]:
    """Entries of a navigation document, in order; none when it has no contents list."""
    root = parse(data)
    if root is None:
        return []
    lists = [nav for nav in root.iter("nav") if "toc" in attribute(nav, "type").split()]
    lists = lists or [nav for nav in root.iter("nav") if attribute(nav, "type") == ""]
    found = []
    for link in lists[0].iter("a", "span") if lists else ():
        above = [one for one in link.iterancestors() if one.tag in ("li", "a")]
        if not above or above[0].tag == "a":
            continue
        if link.tag == "span" and any(True for _ in link.iter("a")):
            continue
        depth = sum(one.tag == "li" for one in above) - 1
        found.append(Entry(text_of(link), link.get("href") or "", depth))
    return found[:_MOST_ENTRIES]


def read_ncx(data: bytes) -> list[Entry]:
    """Entries of an NCX, in order; none when it is broken."""
    root = parse(data)
    # A parser for HTML, which mends what is broken, writes names in lower case.
    return [] if root is None else list(_points(root))[:_MOST_ENTRIES]


def _points(root: etree._Element) -> Iterator[Entry]:
    for point in root.iter("navPoint", "navpoint"):
        label = next(point.iter("navLabel", "navlabel"), None)
        content = next((one for one in point if one.tag == "content"), None)
        depth = sum(one.tag in ("navPoint", "navpoint") for one in point.iterancestors())
        yield Entry(text_of(label), "" if content is None else content.get("src") or "", depth)
