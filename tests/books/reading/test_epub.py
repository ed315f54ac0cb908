"""EPUBs as they come: whole, old, broken, locked and hostile."""

import contextlib
import zipfile
from pathlib import Path

import pytest

from tests.books.epubs import PAGE, navigation, ncx, package, png, simple, write
from voice_stack.books.document import Kind
from voice_stack.books.reading.epub import read_epub
from voice_stack.core.errors import InvalidRequestError, UnsupportedError


def page(body: str, title: str = "") -> str:
    return PAGE.format(title=title, body=body)


def one_page(tmp_path: Path, body: str) -> list[str]:
    """What is read aloud of a book of one page."""
    files = {"OEBPS/book.opf": package(["a.xhtml"]), "OEBPS/a.xhtml": page(body)}
    return [one.text for chapter in read_epub(write(tmp_path / "a.epub", files)).chapters for one in chapter.paragraphs]


def test_a_whole_book_has_title_author_language_cover_and_chapters(tmp_path: Path) -> None:
    chapters = [("One", "<p>First.</p>"), ("Two", "<p>Second.</p><p>Third.</p>")]
    book = read_epub(simple(tmp_path / "a.epub", chapters, cover=png()))
    assert (book.title, book.author, book.language) == ("The Long Road", "Ann Writer", "en")
    assert book.cover is not None
    assert book.cover.mime == "image/png"
    assert [chapter.title for chapter in book.chapters] == ["One", "Two"]
    assert [one.text for one in book.chapters[1].paragraphs] == ["Two", "Second.", "Third."]
    assert [one.kind for one in book.chapters[0].paragraphs] == [Kind.HEADING, Kind.TEXT]
    assert not book.warnings


def test_chapters_of_an_ncx_inside_one_page_are_cut_at_their_anchors(tmp_path: Path) -> None:
    body = "<p>Before.</p><h2 id='one'>One</h2><p>First.</p><p><a id='two'/>Second begins.</p><p>Ends.</p>"
    files = {
        "OEBPS/book.opf": package(
            ["a.html"], items='<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>', toc="ncx"
        ),
        "OEBPS/a.html": page(body),
        "OEBPS/toc.ncx": ncx([("a.html#one", "One"), ("a.html#two", "Two")]),
    }
    book = read_epub(write(tmp_path / "a.epub", files))
    assert [(c.title, [p.text for p in c.paragraphs]) for c in book.chapters] == [
        ("The Long Road", ["Before."]),
        ("One", ["One", "First."]),
        ("Two", ["Second begins.", "Ends."]),
    ]


def test_sections_stay_in_their_chapter_and_parts_stand_before_theirs(tmp_path: Path) -> None:
    nav = (
        '<nav epub:type="toc"><ol><li><a href="part.xhtml">Part One</a><ol><li><a href="a.xhtml">Alpha</a><ol>'
        '<li><a href="a.xhtml#s">A section</a></li></ol></li><li><a href="b.xhtml">Beta</a></li></ol></li></ol></nav>'
    )
    files = {
        "OEBPS/book.opf": package(
            ["part.xhtml", "a.xhtml", "b.xhtml"],
            items='<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>',
        ),
        "OEBPS/nav.xhtml": page(nav),
        "OEBPS/part.xhtml": page("<h1>Part One</h1>"),
        "OEBPS/a.xhtml": page("<h2>Alpha</h2><p>One.</p><h3 id='s'>A section</h3><p>Two.</p>"),
        "OEBPS/b.xhtml": page("<h2>Beta</h2><p>Three.</p>"),
    }
    book = read_epub(write(tmp_path / "a.epub", files))
    assert [chapter.title for chapter in book.chapters] == ["Part One. Alpha", "Beta"]
    assert [one.text for one in book.chapters[0].paragraphs] == ["Part One", "Alpha", "One.", "A section", "Two."]


def test_without_a_contents_list_headings_are_the_chapters(tmp_path: Path) -> None:
    files = {
        "OEBPS/book.opf": package(["a.xhtml", "b.xhtml", "c.xhtml"]),
        "OEBPS/a.xhtml": page("<h1>One</h1><p>First.</p>"),
        "OEBPS/b.xhtml": page("<p>Cut off by a converter.</p>"),
        "OEBPS/c.xhtml": page("<h1>Two</h1><p>Second.</p>"),
    }
    book = read_epub(write(tmp_path / "a.epub", files))
    assert [chapter.title for chapter in book.chapters] == ["One", "Two"]
    assert book.chapters[0].paragraphs[-1].text == "Cut off by a converter."
    assert any("no contents list" in warning for warning in book.warnings)


def test_the_spine_says_the_order_and_what_is_outside_it_is_left_out(tmp_path: Path) -> None:
    spine = ['<itemref idref="p2"/>', '<itemref idref="p1"/>', '<itemref idref="p3" linear="no"/>']
    files = {
        "OEBPS/book.opf": package(["a.xhtml", "b.xhtml", "c.xhtml"], spine=spine),
        "OEBPS/a.xhtml": page("<h1>Last</h1><p>A.</p>"),
        "OEBPS/b.xhtml": page("<h1>First</h1><p>B.</p>"),
        "OEBPS/c.xhtml": page("<h1>Answers</h1><p>C.</p>"),
    }
    book = read_epub(write(tmp_path / "a.epub", files))
    assert [chapter.title for chapter in book.chapters] == ["First", "Last"]
    assert any("outside the order" in warning for warning in book.warnings)


def test_notes_page_numbers_scripts_and_bare_pictures_are_not_read(tmp_path: Path) -> None:
    body = (
        '<p>The <i>old</i> road<sup><a href="#n1">1</a></sup> went <span epub:type="pagebreak" title="7">7</span>on.'
        '<a epub:type="noteref" href="#n2">*</a></p><script>alert(1)</script><p hidden="hidden">no</p>'
        '<img alt="cover" src="x.png"/><p><img alt="A dog by the river" src="y.png"/></p>'
        '<aside epub:type="footnote" id="n1"><p>Never spoken.</p></aside><p>See chapter <a href="#c">2</a>.</p>'
    )
    assert one_page(tmp_path, body) == ["The old road went on.", "A dog by the river.", "See chapter 2."]


def test_tables_lists_verses_and_scenes_are_read_in_order(tmp_path: Path) -> None:
    body = (
        "<table><tr><th>Day</th><th>Rain</th></tr><tr><td>Monday</td><td><p>much</p></td></tr></table>"
        "<ul><li>bread</li><li>milk</li></ul><p>Roses are red,<br/>violets blue.</p><p>* * *</p>"
        "<blockquote>Quoted.</blockquote><math alttext='x squared'><mi>x</mi></math>"
        "<ruby>漢<rt>kan</rt></ruby>"
    )
    assert one_page(tmp_path, body) == [
        *("Day, Rain", "Monday, much", "bread", "milk", "Roses are red,\nviolets blue.", ""),
        *("Quoted.", "x squared 漢"),
    ]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (
            "<?xml version='1.0' encoding='iso-8859-1'?><html><body><p>Grüße</p></body></html>".encode("latin-1"),
            "Grüße",
        ),
        ("<html><head><meta charset='windows-1251'></head><body><p>Привет</p>".encode("cp1251"), "Привет"),
        ("\ufeff<html><body><p>Zażółć</p></body></html>".encode("utf-16"), "Zażółć"),
        ("<html><body><p>naïve</p></body></html>".encode("cp1252"), "naïve"),
        (b"<html><body><p>One&nbsp;&mdash; two &unknown;&amp; three</p></body></html>", "One — two & three"),
        (b"<html><body><p>Open <b>bold</p><p>and <i>on", "Open bold"),
    ],
)
def test_encodings_entities_and_broken_markup_are_mended(tmp_path: Path, data: bytes, text: str) -> None:
    files: dict[str, str | bytes] = {"OEBPS/book.opf": package(["a.xhtml"]), "OEBPS/a.xhtml": data}
    book = read_epub(write(tmp_path / "a.epub", files))
    assert book.chapters[0].paragraphs[0].text == text


def test_entities_of_a_documents_own_are_never_expanded(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("TOP SECRET")
    bomb = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    body = (
        f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY l0 "boom">{bomb}<!ENTITY file SYSTEM "file://{secret}">'
        '<!ENTITY net SYSTEM "http://127.0.0.1:9/x">]><html><body><p>Safe &l9; &file; &net; text.</p></body></html>'
    )
    files = {"OEBPS/book.opf": package(["a.xhtml"]), "OEBPS/a.xhtml": body}
    (chapter,) = read_epub(write(tmp_path / "a.epub", files)).chapters
    assert [one.text for one in chapter.paragraphs] == ["Safe text."]


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "OEBPS/book.opf": package(["a.xhtml"]),
        "OEBPS/a.xhtml": b"<p>" + b" " * (70 * 2**20),
    }
    path = write(tmp_path / "a.epub", files)
    assert path.stat().st_size < 2**20
    with pytest.raises(InvalidRequestError, match="unpacks to too much"):
        read_epub(path)


def test_names_that_lead_out_of_the_archive_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "outside.xhtml").write_text(page("<p>Outside.</p>"))
    files = {
        "OEBPS/book.opf": package(["../../outside.xhtml", "/etc/passwd", "a.xhtml"]),
        "OEBPS/a.xhtml": page("<p>Inside.</p>"),
    }
    (tmp_path / "in").mkdir()
    book = read_epub(write(tmp_path / "in" / "a.epub", files))
    assert [one.text for chapter in book.chapters for one in chapter.paragraphs] == ["Inside."]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["in", "outside.xhtml"]


def test_a_page_nested_beyond_reason_costs_itself_alone(tmp_path: Path) -> None:
    files = {
        "OEBPS/book.opf": package(["a.xhtml", "b.xhtml"]),
        "OEBPS/a.xhtml": page("<div>" * 30_000 + "Deep." + "</div>" * 30_000),
        "OEBPS/b.xhtml": page("<div>" * 200 + "After." + "</div>" * 200),
    }
    book = read_epub(write(tmp_path / "a.epub", files))
    assert book.chapters[-1].paragraphs[-1].text == "After."


def test_a_locked_book_is_refused_and_scrambled_fonts_are_not(tmp_path: Path) -> None:
    def locked(method: str) -> Path:
        encryption = (
            '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData '
            f'xmlns="http://www.w3.org/2001/04/xmlenc#"><EncryptionMethod Algorithm="{method}"/></EncryptedData>'
            "</encryption>"
        )
        files = {
            "OEBPS/book.opf": package(["a.xhtml"]),
            "OEBPS/a.xhtml": page("<p>Text.</p>"),
            "META-INF/encryption.xml": encryption,
        }
        return write(tmp_path / "a.epub", files)

    with pytest.raises(UnsupportedError, match="DRM"):
        read_epub(locked("http://www.w3.org/2001/04/xmlenc#aes128-cbc"))
    assert read_epub(locked("http://www.idpf.org/2008/embedding")).chapters


def test_a_lost_container_a_lost_spine_and_a_lost_page_are_mended(tmp_path: Path) -> None:
    files = {"x/book.opf": package(["a.xhtml", "gone.xhtml"], spine=[]), "x/a.xhtml": page("<p>Text.</p>")}
    book = read_epub(write(tmp_path / "a.epub", files, container=None))
    assert book.chapters[0].paragraphs[0].text == "Text."


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04 no zip", b"plain text"], ids=["empty", "a zip's head alone", "something else"]
)
def test_what_is_no_epub_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.epub").write_bytes(data)
    with pytest.raises(InvalidRequestError, match="no EPUB"):
        read_epub(tmp_path / "a.epub")


def test_a_damaged_book_never_breaks_the_reader(tmp_path: Path) -> None:
    """Every byte of the list, and a few of each member, turned over: an error of ours, or a book."""
    whole = simple(tmp_path / "whole.epub", [("One", "<p>First.</p>"), ("Two", "<p>Second.</p>")]).read_bytes()
    path = tmp_path / "damaged.epub"
    for at in [*range(0, len(whole), 37), len(whole) - 10]:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        with contextlib.suppress(InvalidRequestError):
            assert read_epub(path).chapters
    with zipfile.ZipFile(path, "w"):
        pass
    with pytest.raises(InvalidRequestError):
        read_epub(path)


def test_a_contents_list_that_leads_nowhere_is_passed_over(tmp_path: Path) -> None:
    files = {
        "OEBPS/book.opf": package(
            ["a.xhtml"], items='<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
        ),
        "OEBPS/nav.xhtml": navigation([("gone.xhtml", "One"), ("", "Two")]),
        "OEBPS/a.xhtml": page("<h1>Real</h1><p>Text.</p>"),
    }
    assert [chapter.title for chapter in read_epub(write(tmp_path / "a.epub", files)).chapters] == ["Real"]


def test_a_numbered_part_does_not_swallow_what_stands_beside_it(tmp_path: Path) -> None:
    """As in a large anthology on one page: authors that lead nowhere, tales, and numbered parts of one of them."""
    tales = [
        ("a", "A Clover"),
        ("a1", "I. The Rabbi"),
        ("a2", "II. Friendship"),
        ("b", "The Princess"),
        ("c", "The Fox"),
    ]
    body = "<h1 id='s'>Fairy Tales</h1><p>About them.</p>" + "".join(
        f"<h3 id='{id}'>{title}</h3><p>Text of {title}.</p>" for id, title in tales
    )
    links = {id: f'<a href="all.xhtml#{id}">{title}</a>' for id, title in tales}
    toc = (
        '<nav epub:type="toc"><ol><li><a href="all.xhtml#s">Fairy Tales</a><ol>'
        f"<li><span>Ann</span><ol><li>{links['a']}<ol><li>{links['a1']}</li><li>{links['a2']}</li></ol></li></ol></li>"
        f"<li><span>Ben</span><ol><li>{links['b']}</li><li>{links['c']}</li></ol></li></ol></li></ol></nav>"
    )
    items = '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
    files = {
        "OEBPS/book.opf": package(["all.xhtml"], items=items),
        "OEBPS/all.xhtml": page(body),
        "OEBPS/nav.xhtml": page(toc, "Contents"),
    }
    chapters = read_epub(write(tmp_path / "a.epub", files)).chapters
    assert [chapter.title for chapter in chapters] == [
        *("Fairy Tales", "I. The Rabbi", "II. Friendship", "The Princess", "The Fox")
    ]


@pytest.mark.parametrize(
    ("notes", "count"),
    [
        (
            '<div epub:type="rearnotes"><p epub:type="rearnote">1</p><p epub:type="rearnote">2</p></div>',
            2,
        ),
        ('<section epub:type="endnotes"><h2>Notes</h2><ol><li><p>1</p></li><li>2</li><li>3</li></ol></section>', 3),
        ('<section role="doc-endnotes"><p>All in one.</p></section>', 1),
        ('<aside epub:type="footnote">1</aside><p>Between.</p><aside epub:type="footnote">2</aside>', 2),
    ],
    ids=["rear notes", "a list of a maker that calls only the whole so", "a part without items", "one by one"],
)
def test_notes_that_are_left_out_are_told_however_a_maker_marks_them(tmp_path: Path, notes: str, count: int) -> None:
    files = {"OEBPS/book.opf": package(["a.xhtml"]), "OEBPS/a.xhtml": page(f"<p>Text.</p>{notes}")}
    book = read_epub(write(tmp_path / "a.epub", files))
    assert f"Footnotes are left out ({count})." in book.warnings


def test_a_converted_book_of_the_second_version_is_read_whole(tmp_path: Path) -> None:
    """As converters make them: split files, a cover page of SVG, a nested NCX, and the cover by its old name."""
    cover = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">'
        '<image xlink:href="cover.png"/></svg>'
    )
    points = (
        '<navPoint id="a" playOrder="1"><navLabel><text>Part One</text></navLabel><content src="x_split_000.html"/>'
        '<navPoint id="b" playOrder="2"><navLabel><text>Dawn</text></navLabel><content src="x_split_001.html#id2"/>'
        '</navPoint><navPoint id="c" playOrder="3"><navLabel><text>Noon</text></navLabel>'
        '<content src="x_split_002.html"/></navPoint></navPoint>'
    )
    about = (
        "<dc:title>Rubies</dc:title><dc:language>ja</dc:language><dc:creator opf:role='aut' "
        "xmlns:opf='http://www.idpf.org/2007/opf'>Writer, Ann</dc:creator><meta name='cover' content='cover'/>"
    )
    items = (
        '<item id="cover" href="cover.png" media-type="image/png"/>'
        '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
    )
    names = ["titlepage.xhtml", "x_split_000.html", "x_split_001.html", "x_split_002.html"]
    files: dict[str, str | bytes] = {
        "OEBPS/book.opf": package(names, metadata=about, items=items, toc="ncx").replace('"3.0"', '"2.0"'),
        "OEBPS/titlepage.xhtml": page(cover),
        "OEBPS/x_split_000.html": page("<h1>Part One</h1>"),
        "OEBPS/x_split_001.html": page(
            "<p id='id2'><ruby>夜明<rp>(</rp><rt>よあけ</rt><rp>)</rp></ruby>&nbsp;&mdash; 一。</p>"
        ),
        "OEBPS/x_split_002.html": page("<p>Tom &amp; Ann.</p>"),
        "OEBPS/toc.ncx": f'<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>{points}</navMap></ncx>',
        "OEBPS/cover.png": png(),
    }
    book = read_epub(write(tmp_path / "a.epub", files))
    assert (book.title, book.author, book.language) == ("Rubies", "Writer, Ann", "ja")
    assert book.cover is not None
    assert [chapter.title for chapter in book.chapters] == ["Part One. Dawn", "Noon"]
    assert [one.text for one in book.chapters[0].paragraphs] == ["Part One", "夜明 — 一。"]
    assert [one.text for one in book.chapters[1].paragraphs] == ["Tom & Ann."]
