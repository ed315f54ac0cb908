"""Transcripts as text in every format that clients ask for. Pure functions."""

import json
import math
from collections.abc import Iterable
from enum import StrEnum

from voice_stack.asr.schemas import segment_json, verbose_json
from voice_stack.asr.types import Segment, Transcript


class TranscriptFormat(StrEnum):
    """The formats of a transcript; their facts hang on them."""

    # The Node SDK parses whatever is typed as JSON, so subtitles must not be; SubRip has a type of its own, but clients
    # look for text/*.
    JSON = "json", "application/json", ".json"
    TEXT = "text", "text/plain; charset=utf-8", ".txt"
    SRT = "srt", "text/plain; charset=utf-8", ".srt"
    VTT = "vtt", "text/vtt; charset=utf-8", ".vtt"
    VERBOSE_JSON = "verbose_json", "application/json", ".json"
    TSV = "tsv", "text/tab-separated-values; charset=utf-8", ".tsv"
    JSONL = "jsonl", "application/jsonl; charset=utf-8", ".jsonl"

    mime: str
    """The content type of the body."""
    suffix: str
    """The customary file name suffix, with its dot."""

    def __new__(cls, value: str, mime: str, suffix: str) -> "TranscriptFormat":
        member = str.__new__(cls, value)
        member._value_ = value
        member.mime = mime
        member.suffix = suffix
        return member


def render(transcript: Transcript, fmt: TranscriptFormat) -> str:
    """A transcript as the body of a response or the contents of a file."""
    match fmt:
        case TranscriptFormat.JSON:
            return json.dumps({"text": transcript.text}, ensure_ascii=False)
        case TranscriptFormat.TEXT:
            return transcript.text + "\n"
        case TranscriptFormat.SRT:
            return to_srt(transcript.segments)
        case TranscriptFormat.VTT:
            return to_vtt(transcript.segments)
        case TranscriptFormat.VERBOSE_JSON:
            return json.dumps(verbose_json(transcript, words=True, segments=True), ensure_ascii=False, allow_nan=False)
        case TranscriptFormat.TSV:
            return to_tsv(transcript.segments)
        case TranscriptFormat.JSONL:
            return to_jsonl(transcript.segments)


def to_srt(segments: Iterable[Segment]) -> str:
    """SubRip: counter from 1, `HH:MM:SS,mmm --> HH:MM:SS,mmm`, text, blank line."""
    cues = (
        f"{number}\n{timestamp(s.start, ',')} --> {timestamp(s.end, ',')}\n{_cue_text(s)}\n\n"
        for number, s in enumerate(_spoken(segments), start=1)
    )
    return "".join(cues)


def to_vtt(segments: Iterable[Segment]) -> str:
    """WebVTT: the header, then `HH:MM:SS.mmm --> HH:MM:SS.mmm`, text, blank line."""
    cues = (
        f"{timestamp(s.start, '.')} --> {timestamp(s.end, '.')}\n{_escape_vtt(_cue_text(s))}\n\n"
        for s in _spoken(segments)
    )
    return "WEBVTT\n\n" + "".join(cues)


def to_tsv(segments: Iterable[Segment]) -> str:
    """Tab-separated as openai-whisper writes it: start and end in integer milliseconds, then the text."""
    rows = (f"{_milliseconds(s.start)}\t{_milliseconds(s.end)}\t{_cue_text(s)}\n" for s in _spoken(segments))
    return "start\tend\ttext\n" + "".join(rows)


def to_jsonl(segments: Iterable[Segment]) -> str:
    """One JSON object a line for each segment."""
    return "".join(
        json.dumps(segment_json(number, segment, words=True), ensure_ascii=False, allow_nan=False) + "\n"
        for number, segment in enumerate(segments)
    )


def timestamp(seconds: float, decimal_mark: str) -> str:
    """`HH:MM:SS` with milliseconds behind `decimal_mark`; hours have two digits or more."""
    total = _milliseconds(seconds)
    hours, rest = divmod(total, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    whole, milliseconds = divmod(rest, 1000)
    return f"{hours:02d}:{minutes:02d}:{whole:02d}{decimal_mark}{milliseconds:03d}"


def _milliseconds(seconds: float) -> int:
    return max(0, math.floor(seconds * 1000 + 0.5))


def _spoken(segments: Iterable[Segment]) -> Iterable[Segment]:
    return (segment for segment in segments if segment.text.strip())


def _cue_text(segment: Segment) -> str:
    """One line: a blank line would end the cue, a tab the column, and an arrow would look like a time line."""
    return " ".join(segment.text.split()).replace("-->", "->")


def _escape_vtt(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
