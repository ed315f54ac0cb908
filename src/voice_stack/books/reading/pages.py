"""Pages of an EPUB to paragraphs: what is read aloud, in order, and where the anchors of a contents list are."""

import re
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from voice_stack.books.document import BREAK, Kind, Paragraph
from voice_stack.books.reading.markup import attribute, parse, text_of

_BLOCKS: Final = frozenset(
    {
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    }
)
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_SILENT: Final = frozenset(
    {
        "script",
        "style",
        "head",
        "template",
        "noscript",
        "iframe",
        "object",
        "embed",
        "audio",
        "video",
        "canvas",
        "form",
        "button",
        "select",
        "textarea",
        "map",
        "rt",
        "rp",
        "nav",
        "svg",
        "annotation",
        "annotation-xml",
    }
)
# Parts that a reader passes over: notes, which the text only points to, page numbers, and lists of contents.
_PASSED_OVER: Final = frozenset(
    {
        "footnote",
        "footnotes",
        "endnote",
        "endnotes",
        "rearnote",
        "rearnotes",
        "noteref",
        "pagebreak",
        "page-list",
        "toc",
        "landmarks",
        "loi",
        "lot",
        "index",
        "doc-footnote",
        "doc-endnote",
        "doc-endnotes",
        "doc-noteref",
        "doc-pagebreak",
        "doc-pagelist",
        "doc-toc",
        "doc-index",
        "doc-backlink",
    }
)
_NOTE: Final = frozenset({"footnote", "endnote", "rearnote", "doc-footnote", "doc-endnote"})
_NOTES: Final = frozenset({"footnotes", "endnotes", "rearnotes", "doc-endnotes"})
_NOTE_MARK: Final = re.compile(r"\s*[\[(]?\s*(?:\d{1,4}|[*†‡§¶]+|[a-z]|[ivxlc]{1,5})\s*[\])]?\s*", re.IGNORECASE)
_SCENE: Final = re.compile(r"[\s*•·⁂–—~#_=\-✦✻❦◆◇]+")
_WORDS_OF_A_PICTURE: Final = 3
_SPACES: Final = re.compile(r"[ \t\r\n\u00a0\u00ad\u200b\u2028\u2029\ufeff]+")


@dataclass(slots=True)
class Page:
    """A page.

    Attributes:
        paragraphs: what is read aloud.
        anchors: number of the paragraph at which each id stands.
        title: of its first heading, else of its head; empty where it has neither.
        has_heading: whether the title is a heading's.
        notes: footnotes and the like that were passed over.
    """

    paragraphs: list[Paragraph] = field(default_factory=list)
    anchors: dict[str, int] = field(default_factory=dict)
    title: str = ""
    has_heading: bool = False
    notes: int = 0


def read_page(data: bytes) -> Page | None:
    """The page of a file; None for one of which nothing can be made."""
    root = parse(data)
    if root is None:
        return None
    body = next(root.iter("body"), root)
    reader = _Reader()
    reader.read(body)
    page = reader.page
    if not page.title:
        page.title = text_of(next(root.iter("title"), None))
    return page


class _Reader:
    """Walks a page without recursion, since a hostile one may be nested deeply."""

    def __init__(self) -> None:
        self.page = Page()
        self._text: list[str] = []
        self._heading: str | None = None
        self._cells: list[str] | None = None
        self._pre = 0

    def read(self, body: etree._Element) -> None:
        walk = etree.iterwalk(body, events=("start", "end"))
        for event, element in walk:
            if not isinstance(element.tag, str):  # an entity of the document's own
                if event == "start":
                    self._add(element.tail)
                continue
            if event == "start":
                if element is not body and self._is_silent(element):
                    if element.tag == "math":
                        self._text.append(f" {element.get('alttext') or ''} ")
                    walk.skip_subtree()  # its end comes all the same
                    continue
                self._start(element)
            else:
                if element is body or not self._is_silent(element, count=False):
                    self._end(element)
                if element is not body:
                    self._add(element.tail)
        self._flush()

    def _is_silent(self, element: etree._Element, *, count: bool = True) -> bool:
        tag = element.tag
        passed = bool(_kinds(element) & _PASSED_OVER)
        silent = (
            tag in _SILENT
            or passed
            or element.get("hidden") is not None
            or element.get("aria-hidden") == "true"
            or tag == "math"
            or _is_note_mark(element)
        )
        if silent and count:
            self.page.notes += _notes(element) if passed else 0
            for inner in element.iter():
                if isinstance(inner.tag, str):
                    self._anchor(inner)
        return silent

    def _start(self, element: etree._Element) -> None:
        tag = str(element.tag)
        if tag in _BLOCKS and self._cells is None:
            self._flush()
        self._anchor(element)
        if tag in _HEADINGS:
            self._heading = tag
        elif tag == "tr":
            self._flush()
            self._cells = []
        elif tag in ("td", "th") and self._cells is not None:
            self._text = []
        elif tag == "br":
            self._text.append("\n")
        elif tag == "hr":
            self._flush()
            self._scene()
        elif tag == "img":
            self._picture(element)
        elif tag == "pre":
            self._pre += 1
        self._add(element.text)

    def _end(self, element: etree._Element) -> None:
        tag = str(element.tag)
        if tag in ("td", "th") and self._cells is not None:
            if cell := _clean("".join(self._text)):
                self._cells.append(cell)
            self._text = []
        elif tag == "tr" and self._cells is not None:
            cells, self._cells, self._text = self._cells, None, []
            if cells:
                self._text = [", ".join(cells)]
                self._flush()
        elif tag in _BLOCKS and self._cells is None:
            self._flush()
        elif tag in _BLOCKS:
            self._text.append(" ")
        if tag in _HEADINGS:
            self._heading = None
        elif tag == "pre":
            self._pre -= 1

    def _add(self, text: str | None) -> None:
        if text:
            self._text.append(text if self._pre else _SPACES.sub(" ", text))

    def _picture(self, element: etree._Element) -> None:
        """A description of a picture; "cover" and "image 3" are none."""
        alt = _clean(element.get("alt") or "")
        if len(alt.split()) >= _WORDS_OF_A_PICTURE:
            self._text.append(f" {alt if alt[-1] in '.!?…' else alt + '.'} ")

    def _anchor(self, element: etree._Element) -> None:
        for name in (element.get("id"), element.get("name") if element.tag == "a" else None):
            if name:
                self.page.anchors.setdefault(name, len(self.page.paragraphs))

    def _flush(self) -> None:
        text = _clean("".join(self._text))
        self._text = []
        if not text:
            return
        if _SCENE.fullmatch(text):
            self._scene()
            return
        if self._heading and not self.page.has_heading:
            self.page.title, self.page.has_heading = " ".join(text.split()), True
        kind = Kind.HEADING if self._heading else Kind.TEXT
        self.page.paragraphs.append(Paragraph(text, kind))

    def _scene(self) -> None:
        if self.page.paragraphs and self.page.paragraphs[-1] != BREAK:
            self.page.paragraphs.append(BREAK)


def _notes(element: etree._Element) -> int:
    """Number of the notes in a part that is passed over: those that are called so, else the items of their list."""
    if _kinds(element) & _NOTE:
        return 1
    if not _kinds(element) & _NOTES:
        return 0
    inner = [one for one in element.iter() if isinstance(one.tag, str)]
    return sum(bool(_kinds(one) & _NOTE) for one in inner) or sum(one.tag == "li" for one in inner) or 1


def _kinds(element: etree._Element) -> set[str]:
    return {*attribute(element, "type").split(), *attribute(element, "role").split()}


def _is_note_mark(element: etree._Element) -> bool:
    """True for a raised number that leads to a note, where the book does not say that it is one."""
    if element.tag == "a":
        raised = any(str(one.tag) == "sup" for one in (element.getparent(), *element) if one is not None)
        return raised and "#" in (element.get("href") or "") and bool(_NOTE_MARK.fullmatch(text_of(element) or "x x"))
    return False


def _clean(text: str) -> str:
    """Lines without blanks around them, and without empty ones."""
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)
