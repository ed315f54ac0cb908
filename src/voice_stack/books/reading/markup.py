"""XML and XHTML from strangers as trees: entities are never expanded, nothing is fetched, what is broken is mended."""

import codecs
import html
import re
from html.entities import html5
from typing import Final

from lxml import etree

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED: Final = re.compile(
    rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})|<meta[^>]{0,200}?charset\s*=\s*["']?([\w.:-]{1,40})""",
    re.IGNORECASE,
)
_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]*\?>")
# With an internal subset it may hold brackets; without one it ends at the first bracket.
_DOCTYPE: Final = re.compile(r"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)
_ENTITY: Final = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_XML_ENTITIES: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})
_UNUSABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def decode(data: bytes) -> str:
    """Text of bytes, by their mark, by what they declare, else as UTF-8, else as Windows writes Latin letters."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace").lstrip("\ufeff")
    declared = _DECLARED.search(data[:2048])
    names = [name.decode("ascii") for name in declared.groups() if name] if declared else []
    for encoding in (*names, "utf-8"):
        try:
            return data.decode(encoding)
        except (LookupError, UnicodeError, ValueError):
            continue
    return data.decode("cp1252", "replace")


def parse(data: bytes) -> etree._Element | None:
    """The root of a document; None when nothing can be made of it.

    Entities of a document's own are left out, whatever they stand for. Names of elements have no namespace.
    """
    text = _UNUSABLE.sub("", decode(data))
    text = _ENTITY.sub(_entity, _DOCTYPE.sub("", _DECLARATION.sub("", text, count=1), count=1))
    if not text.strip():
        return None
    source = text.encode("utf-8")
    root: etree._Element | None = None
    try:
        root = etree.fromstring(source, _xml_parser())
    except (etree.XMLSyntaxError, ValueError):
        try:
            root = etree.fromstring(source, _html_parser())
        except (etree.ParserError, etree.XMLSyntaxError, ValueError):
            return None
    if root is None:
        return None
    for element in root.iter():
        if isinstance(element.tag, str) and "}" in element.tag:
            element.tag = element.tag.rpartition("}")[2]
    return root


def _xml_parser() -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8", resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True, remove_pis=True
    )


def _html_parser() -> etree.HTMLParser:
    return etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)


def attribute(element: etree._Element, name: str) -> str:
    """An attribute by its name without namespace or prefix (`epub:type` is `type`); empty when there is none."""
    for key, value in element.attrib.items():
        plain = str(key).rpartition("}")[2].rpartition(":")[2]
        if plain == name:
            return str(value)
    return ""


def text_of(element: etree._Element | None) -> str:
    """All text of an element, with single blanks."""
    return "" if element is None else " ".join("".join(map(str, element.itertext())).split())


def _entity(match: re.Match[str]) -> str:
    name = match[1]
    if name in _XML_ENTITIES:
        return match[0]
    return html.unescape(match[0]) if f"{name};" in html5 else ""
