"""Files of subtitles, read back by parsers that others wrote."""

import importlib
import importlib.util
import io
from html import unescape
from xml.etree import ElementTree

import pysubs2
import pytest
import webvtt

from tests.asr.subtitles.test_shape import spoken, transcript
from voice_stack.asr.render import TranscriptFormat, render
from voice_stack.asr.subtitles.profiles import Profile, Shape
from voice_stack.asr.subtitles.shape import shaped
from voice_stack.asr.types import Segment, Transcript

TEXT = (
    'Tom & Jerry said <never> to "us", and that\'s all that they had to say about it before the war began. '
    "Nobody else did, I'm afraid. It costs 5 > 3 euros, 100% sure; doesn't it?"
)
SHAPES = [Shape(), *(Shape(profile) for profile in Profile if profile is not Profile.NONE)]

Read = list[tuple[int, int, list[str]]]


@pytest.fixture(scope="module")
def heard() -> Transcript:
    return transcript(spoken(TEXT), spoken("Ende.", 3700.25), spoken("עברית, שלום.", 3710.0), language=None)


def expected(heard: Transcript, shape: Shape) -> Read:
    """Start, end, and lines."""
    return [
        (
            round(cue.start * 1000),
            round(cue.end * 1000),
            [line.strip() for line in cue.lines or (" ".join(cue.text.split()),)],
        )
        for cue in shaped(heard, shape).cues
    ]


def by_pysubs2(text: str, fmt: str) -> Read:
    file = pysubs2.SSAFile.from_string(text, fmt, keep_unknown_html_tags=True) if fmt == "srt" else None
    file = file or pysubs2.SSAFile.from_string(text, fmt)
    return [(event.start, event.end, event.plaintext.split("\n")) for event in file]


def without_marks(read: Read) -> Read:
    return [(start, end, [line.strip("\u202b\u202c") for line in lines]) for start, end, lines in read]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.profile)
def test_srt_is_read_back(heard: Transcript, shape: Shape) -> None:
    text = render(heard, TranscriptFormat.SRT, shape)
    assert without_marks(by_pysubs2(text, "srt")) == expected(heard, shape)
    if importlib.util.find_spec("pysrt"):  # GPL-3: asked where somebody has it, and installed by nothing here
        pysrt = importlib.import_module("pysrt")
        items = pysrt.from_string(text)
        found = [(item.start.ordinal, item.end.ordinal, item.text.split("\n")) for item in items]
        assert without_marks(found) == expected(heard, shape)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.profile)
def test_vtt_is_read_back(heard: Transcript, shape: Shape) -> None:
    text = render(heard, TranscriptFormat.VTT, shape)
    wanted = expected(heard, shape)
    found = webvtt.from_buffer(io.StringIO(text)).captions
    assert [unescape(caption.text).split("\n") for caption in found] == [lines for _, _, lines in wanted]
    times = [(milliseconds(caption.start), milliseconds(caption.end)) for caption in found]
    assert times == [(start, end) for start, end, _ in wanted]
    assert [(start, end) for start, end, _ in by_pysubs2(text, "vtt")] == times


def milliseconds(time: str) -> int:
    hours, minutes, seconds = time.split(":")
    return int(hours) * 3_600_000 + int(minutes) * 60_000 + round(float(seconds) * 1000)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.profile)
def test_ass_is_read_back_in_hundredths(heard: Transcript, shape: Shape) -> None:
    found = by_pysubs2(render(heard, TranscriptFormat.ASS, shape), "ass")
    assert found == [((s + 5) // 10 * 10, (e + 5) // 10 * 10, lines) for s, e, lines in expected(heard, shape)]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.profile)
def test_ttml_is_read_back_and_says_its_language(heard: Transcript, shape: Shape) -> None:
    text = render(heard, TranscriptFormat.TTML, shape)
    assert by_pysubs2(text, "ttml") == expected(heard, shape)
    root = ElementTree.fromstring(text.encode())
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == ""
    named = {one.get("{http://www.w3.org/XML/1998/namespace}id") for one in root.iter()}
    body = root.find("{http://www.w3.org/ns/ttml}body")
    assert body is not None
    assert {body.get("style"), body.get("region")} <= named


def test_lyrics_have_a_time_a_line(heard: Transcript) -> None:
    read = render(heard, TranscriptFormat.LRC, Shape(Profile.NETFLIX)).splitlines()
    assert read[0].startswith("[00:01.00]Tom & Jerry said")
    assert "[61:40.25]Ende." in read
    assert "[61:41.08]" in read, "what was said is not shown until the next is"
    assert len(read[-1]) == len("[61:50.00]")


def test_no_text_is_a_command_of_ass_or_breaks_xml() -> None:
    nasty = transcript(Segment(0, 2, r" {\b1}bold\N new \x00 ]]> <p> & line".replace(r"\x00", "\x00\x0b")))
    text = render(nasty, TranscriptFormat.ASS, Shape(Profile.NETFLIX))
    assert r"\{" in text
    assert r"\N" not in text.split("Dialogue:")[1]
    root = ElementTree.fromstring(render(nasty, TranscriptFormat.TTML, Shape(Profile.NETFLIX)))
    assert "".join("".join(root.itertext()).split()) == r"{\b1}bold\Nnew]]><p>&line"


@pytest.mark.parametrize("fmt", [fmt for fmt in TranscriptFormat if fmt.writer])
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.profile)
def test_silence_is_an_empty_file(fmt: TranscriptFormat, shape: Shape) -> None:
    text = render(transcript(), fmt, shape)
    if fmt is TranscriptFormat.VTT:
        assert text == "WEBVTT\n\n"
    elif fmt in (TranscriptFormat.ASS, TranscriptFormat.TTML):
        assert by_pysubs2(text, fmt.value) == []
    else:
        assert text == ""
