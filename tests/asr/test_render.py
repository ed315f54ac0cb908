"""Transcripts in every format, byte for byte."""

import json

import pytest

from voice_stack.asr.render import TranscriptFormat, render
from voice_stack.asr.types import LanguageGuess, Segment, Task, Transcript, Word
from voice_stack.text.subtitles import timestamp


def transcript(*segments: Segment, task: Task = Task.TRANSCRIBE) -> Transcript:
    return Transcript(
        task=task,
        segments=segments,
        language=LanguageGuess("en", 0.9),
        duration=8.47,
        engine="pocketsphinx",
        model="pocketsphinx",
    )


TWO = transcript(
    Segment(0.0, 1.5, " Hello there.", words=(Word(" Hello", 0.0, 0.7, 0.5), Word(" there.", 0.7, 1.5, 0.25))),
    Segment(3661.0, 3662.2504, " Second <b>line</b> & more"),
)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "00:00:00,000"),
        (1.0005, "00:00:01,001"),
        (59.9996, "00:01:00,000"),
        (3599.9999, "01:00:00,000"),
        (360000, "100:00:00,000"),
        (-0.2, "00:00:00,000"),
    ],
)
def test_timestamp_rounds_to_milliseconds_and_carries(seconds: float, text: str) -> None:
    assert timestamp(seconds, ",") == text


def test_srt_counts_from_one_with_commas() -> None:
    assert render(TWO, TranscriptFormat.SRT) == (
        "1\n00:00:00,000 --> 00:00:01,500\nHello there.\n\n"
        "2\n01:01:01,000 --> 01:01:02,250\nSecond <b>line</b> & more\n\n"
    )


def test_vtt_has_its_header_and_escapes_markup() -> None:
    assert render(TWO, TranscriptFormat.VTT) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nHello there.\n\n"
        "01:01:01.000 --> 01:01:02.250\nSecond &lt;b&gt;line&lt;/b&gt; &amp; more\n\n"
    )


def test_tsv_has_integer_milliseconds() -> None:
    body = render(transcript(Segment(0.5, 1.25, " tab\there")), TranscriptFormat.TSV)
    assert body == "start\tend\ttext\n500\t1250\ttab here\n"


def test_text_ends_with_a_newline_and_has_no_leading_space() -> None:
    assert render(TWO, TranscriptFormat.TEXT) == "Hello there. Second <b>line</b> & more\n"


def test_jsonl_has_a_segment_a_line_with_its_words() -> None:
    lines = render(TWO, TranscriptFormat.JSONL).splitlines()
    assert len(lines) == 2
    assert json.loads(lines[0])["words"][1] == {"word": " there.", "start": 0.7, "end": 1.5, "probability": 0.25}


def test_a_cue_cannot_be_broken_by_its_text() -> None:
    nasty = transcript(Segment(0, 1, " a\n\n2\n00:00:09,000 --> 00:00:10,000\nfake"))
    body = render(nasty, TranscriptFormat.SRT)
    assert body.count("-->") == 1
    assert body.split("\n\n", 1)[1] == ""


def test_segments_without_text_are_no_cues() -> None:
    silent = transcript(Segment(0, 1, "  "), Segment(1, 2, " word"))
    assert render(silent, TranscriptFormat.SRT).startswith("1\n00:00:01,000")


def test_silence_renders_in_every_format() -> None:
    empty = Transcript(Task.TRANSCRIBE, (), None, 3.0, "whisper", "tiny")
    assert render(empty, TranscriptFormat.SRT) == ""
    assert render(empty, TranscriptFormat.VTT) == "WEBVTT\n\n"
    assert render(empty, TranscriptFormat.TEXT) == "\n"
    assert render(empty, TranscriptFormat.TSV) == "start\tend\ttext\n"
    assert json.loads(render(empty, TranscriptFormat.JSON)) == {"text": ""}
    assert json.loads(render(empty, TranscriptFormat.VERBOSE_JSON))["language"] == "unknown"


def test_node_parses_only_what_is_json() -> None:
    for fmt in TranscriptFormat:
        body = render(TWO, fmt)
        if fmt.mime == "application/json":
            json.loads(body)
        elif fmt is not TranscriptFormat.JSONL:
            assert fmt.mime.startswith("text/") or fmt is TranscriptFormat.TTML
