"""SSML: what it is read into, what is refused and where, and that hostile documents do nothing."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_stack.core.errors import InvalidRequestError, UnsupportedError
from voice_stack.text.markup.pauses import PARAGRAPH_PAUSE_S, SENTENCE_PAUSE_S
from voice_stack.text.markup.spans import Pause, SayAs, Span, TextSpan
from voice_stack.text.markup.ssml import is_ssml, parse_ssml

IPA = "təˈmeɪtoʊ"


@pytest.mark.parametrize(
    "text",
    [
        "<speak>Hi</speak>",
        "  \n<speak>Hi</speak>",
        "<speak version='1.1' xml:lang='en'>Hi",
        "<speak/>",
        '\ufeff<?xml version="1.0"?>\n<!-- a note -->\n<speak>Hi</speak>',
        "<ssml:speak>Hi</ssml:speak>",
        "<!DOCTYPE speak SYSTEM 'x'><speak>Hi</speak>",
    ],
)
def test_ssml_is_known_by_its_beginning(text: str) -> None:
    assert is_ssml(text)


@pytest.mark.parametrize(
    "text", ["", "Hello", "<p>Hi</p>", "Say <speak>", "<speaker>Hi</speaker>", "<!DOCTYPE html>", "<!--" * 20_000]
)
def test_other_text_is_not_ssml(text: str) -> None:
    assert not is_ssml(text)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Hello", [TextSpan("Hello")]),
        ("", []),
        ("  a \n\t b  ", [TextSpan("a b")]),
        ("a &amp; b &lt;c&gt; &#233;", [TextSpan("a & b <c> é")]),
        ("<![CDATA[1 < 2]]>", [TextSpan("1 < 2")]),
        ("a<!-- not said --> b", [TextSpan("a b")]),
        ('A <break time="1.5s"/> B', [TextSpan("A"), Pause(1.5), TextSpan("B")]),
        ('A<break time="300ms"/>', [TextSpan("A"), Pause(0.3)]),
        ('<break time="1s"/><break time="1s"/>A', [Pause(2.0), TextSpan("A")]),
        ('A<break strength="none"/>B', [TextSpan("A"), Pause(0.0), TextSpan("B")]),
        ("A<break/>B", [TextSpan("A"), Pause(0.4), TextSpan("B")]),
        ("<p>A</p><p>B</p>", [TextSpan("A"), Pause(PARAGRAPH_PAUSE_S), TextSpan("B")]),
        ("<p><s>A</s> <s>B</s></p>", [TextSpan("A"), Pause(SENTENCE_PAUSE_S), TextSpan("B")]),
        ("<p>A</p>\n<p><s>B</s></p> C", [TextSpan("A"), Pause(0.6), TextSpan("B"), Pause(0.6), TextSpan("C")]),
        ('<s>A</s><break time="2s"/><s>B</s>', [TextSpan("A"), Pause(2.0), TextSpan("B")]),
        ('the <sub alias="World Wide Web">WWW</sub>!', [TextSpan("the World Wide Web!")]),
        (f'a <phoneme alphabet="ipa" ph="{IPA}">tomato</phoneme>', [TextSpan("a "), TextSpan("tomato", phoneme=IPA)]),
        (f'<phoneme ph="{IPA}"/>', [TextSpan("", phoneme=IPA)]),
        ('<say-as interpret-as="spell-out">ab</say-as>', [TextSpan("ab", say_as=SayAs.CHARACTERS)]),
        (
            '<say-as interpret-as="date" format="dmy">1/2/3</say-as>',
            [TextSpan("1/2/3", say_as=SayAs.DATE, say_as_format="dmy")],
        ),
        ('<prosody rate="slow">a</prosody> b', [TextSpan("a", rate=0.75), TextSpan(" b")]),
        ('<prosody rate="80%">a</prosody>', [TextSpan("a", rate=0.8)]),
        ('<prosody rate="+50%">a</prosody>', [TextSpan("a", rate=1.5)]),
        ('<prosody rate="-50%">a</prosody>', [TextSpan("a", rate=0.5)]),
        ('<prosody rate="1.25">a</prosody>', [TextSpan("a", rate=1.25)]),
        ('<prosody volume="+6dB">a</prosody>', [TextSpan("a", gain_db=6.0)]),
        ('<prosody volume="soft">a</prosody>', [TextSpan("a", gain_db=-6.0)]),
        ('<prosody volume="silent">a</prosody>', [TextSpan("a", gain_db=-math.inf)]),
        ('<prosody volume="10">a</prosody>', [TextSpan("a", gain_db=-20.0)]),
        ('<prosody pitch="medium">a</prosody>', [TextSpan("a")]),
        (
            '<prosody rate="2"><prosody rate="150%" volume="-3dB">a</prosody>b</prosody>',
            [TextSpan("a", rate=3.0, gain_db=-3.0), TextSpan("b", rate=2.0)],
        ),
        ('<emphasis level="none">a</emphasis>b', [TextSpan("ab")]),
        ("<lang xml:lang='fr'>Oui</lang> <voice name='x'>non</voice>", [TextSpan("Oui non")]),
        ("<mstts:express-as style='sad'>a</mstts:express-as>", [TextSpan("a")]),
        ("<audio src='file:///etc/passwd'>a sound</audio>", [TextSpan("a sound")]),
        ("<metadata><x>secret</x></metadata>a<desc>b</desc>", [TextSpan("a")]),
    ],
)
def test_elements_become_spans(body: str, expected: list[Span]) -> None:
    assert parse_ssml(f"<speak>{body}</speak>") == expected


def test_marked_sentences_end_and_bare_breaks_do_not() -> None:
    spans = parse_ssml("<speak><s>A</s><s>B</s><break time='1s'/><p>C</p>D<break/>E<break/></speak>")
    assert [span.ends_sentence for span in spans if isinstance(span, Pause)] == [True, True, True, False, False]


def test_emphasis_is_slower_and_louder_and_keeps_its_full_stop() -> None:
    stressed, rest = parse_ssml('<speak><emphasis level="strong">now</emphasis>. Then</speak>')
    assert isinstance(stressed, TextSpan)
    assert stressed.text == "now."
    assert stressed.rate < 1
    assert stressed.gain_db > 0
    assert rest == TextSpan(" Then")


def test_a_declared_encoding_is_void() -> None:
    assert parse_ssml('<?xml version="1.0" encoding="utf-16"?><speak>é</speak>') == [TextSpan("é")]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("<speak>a & b</speak>", 1, 11),
        ("<speak>\n<p>a</s></speak>", 2, 7),
        ("<speak>äöü <break</speak>", 1, 18),
        ("<speak>a", 1, 9),
        ("<speak>a</speak>b", 1, 17),
        ("<speak>&nbsp;</speak>", 1, 8),
        ('\n\n<speak>\n  é <break time="soon"/></speak>', 4, 5),
        ('<?xml version="1.0"?>\n<speak><sub>x</sub></speak>', 2, 8),
        ("<speak><s>a <say-as>1</say-as></s></speak>", 1, 13),
    ],
)
def test_mistakes_are_refused_with_line_and_column(text: str, line: int, column: int) -> None:
    with pytest.raises(InvalidRequestError, match=rf"line {line}, column {column}:") as caught:
        parse_ssml(text)
    assert (caught.value.status, caught.value.param) == (400, "input")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('<break time="11s"/>', "10 s is the most"),
        ('<break time="6s"/><break time="6s"/>', "12 s is too long"),
        ('<break time="-1s"/>', "no duration"),
        ('<break time="1 s"/>', "no duration"),
        ('<prosody rate="quick">a</prosody>', "x-slow, slow"),
        ('<prosody rate="5">a</prosody>', "from 0.25 to 4"),
        ('<prosody rate="x-slow"><prosody rate="x-slow"><prosody rate="0.9">a</prosody></prosody></prosody>', "0.225"),
        ('<prosody volume="+20dB">a</prosody>', r"\+12 dB"),
        ('<prosody volume="120">a</prosody>', "no decibels"),
        ('<sub alias=" ">a</sub>', "needs an alias"),
        ("<phoneme>a</phoneme>", "needs ph"),
        ('<phoneme ph="a"><emphasis>b</emphasis></phoneme>', "only text"),
    ],
)
def test_values_without_sense_are_refused(body: str, message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message) as caught:
        parse_ssml(f"<speak>{body}</speak>")
    assert caught.value.code is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('<prosody pitch="high">a</prosody>', "pitch is not supported"),
        ('<phoneme alphabet="x-sampa" ph="a">a</phoneme>', "ipa is"),
        ('<say-as interpret-as="expletive">a</say-as>', "characters, cardinal"),
        ('<emphasis level="huge">a</emphasis>', "strong, moderate"),
        ('<break strength="huge"/>', "none, x-weak"),
    ],
)
def test_what_is_not_supported_is_said_with_what_is(body: str, message: str) -> None:
    with pytest.raises(UnsupportedError, match=message):
        parse_ssml(f"<speak>{body}</speak>")


def test_another_root_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="has to be <speak>"):
        parse_ssml("<html>a</html>")


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "text",
    [
        f'<!DOCTYPE speak [<!ENTITY l0 "lol">{LAUGHS}]><speak>&l9;</speak>',
        '<!DOCTYPE speak [<!ENTITY x SYSTEM "file:///etc/passwd">]><speak>&x;</speak>',
        '<!DOCTYPE speak [<!ENTITY % p SYSTEM "http://127.0.0.1:1/">%p;]><speak/>',
        '<!DOCTYPE speak SYSTEM "http://127.0.0.1:1/ssml.dtd"><speak>a</speak>',
    ],
    ids=["billion laughs", "external entity", "parameter entity", "external subset"],
)
def test_document_types_are_refused_before_they_act(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="document type is not allowed"):
        parse_ssml(text)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="nested more than"):
        parse_ssml("<speak>" + "<p>" * 50_000)


@pytest.mark.parametrize("text", ["<speak>\ud800</speak>", "<speak>\x00</speak>", "<speak>\x1b[0m</speak>"])
def test_characters_that_xml_forbids_are_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError):
        parse_ssml(text)


TAGS = ["<p>", "</p>", "<s>", "</s>", "<break/>", "<emphasis>", "</emphasis>", "<prosody rate='fast'>", "</prosody>"]


@given(
    st.lists(
        st.sampled_from([*TAGS, "<sub alias='x'>", "</sub>", "<phoneme ph='x'>", "</phoneme>", "word", " ", "&", "<"])
    )
)
def test_any_document_gives_spans_or_a_refusal(parts: list[str]) -> None:
    outcome = read(f"<speak>{''.join(parts)}</speak>")
    if isinstance(outcome, str):
        assert "line" in outcome
    else:
        assert all(isinstance(span, Pause) or span.text or span.phoneme for span in outcome)


def read(text: str) -> list[Span] | str:
    """The spans of a document, or why it was refused."""
    try:
        return parse_ssml(text)
    except InvalidRequestError as error:
        return error.message
