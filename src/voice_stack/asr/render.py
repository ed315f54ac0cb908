"""Transcripts as text in every format that clients ask for. Pure functions, and the formats that name them."""

import json
from collections.abc import Callable, Iterable
from enum import StrEnum

from voice_stack.asr.schemas import diarized_json, segment_json, verbose_json
from voice_stack.asr.types import Segment, Transcript
from voice_stack.text.subtitles import Cue, milliseconds, one_line, srt, vtt

Renderer = Callable[[Transcript], str]
"""A transcript as the body of a response or the contents of a file."""


def to_json(transcript: Transcript) -> str:
    """OpenAI's smallest JSON: the text alone."""
    return json.dumps({"text": transcript.text}, ensure_ascii=False)


def to_text(transcript: Transcript) -> str:
    """The text alone, on one line."""
    return transcript.text + "\n"


def to_verbose_json(transcript: Transcript) -> str:
    """OpenAI's largest JSON, with segments and words."""
    return json.dumps(verbose_json(transcript, words=True, segments=True), ensure_ascii=False, allow_nan=False)


def to_diarized_json(transcript: Transcript) -> str:
    """OpenAI's JSON of segments with speakers."""
    return json.dumps(diarized_json(transcript), ensure_ascii=False, allow_nan=False)


def to_srt(transcript: Transcript) -> str:
    """SubRip; see `text.subtitles.srt`."""
    return srt(_cues(transcript))


def to_vtt(transcript: Transcript) -> str:
    """WebVTT; see `text.subtitles.vtt`."""
    return vtt(_cues(transcript))


def to_tsv(transcript: Transcript) -> str:
    """Tab-separated as openai-whisper writes it: start and end in integer milliseconds, then the text."""
    rows = (
        f"{milliseconds(s.start)}\t{milliseconds(s.end)}\t{one_line(s.text)}\n" for s in _spoken(transcript.segments)
    )
    return "start\tend\ttext\n" + "".join(rows)


def to_jsonl(transcript: Transcript) -> str:
    """One JSON object a line for each segment."""
    return "".join(
        json.dumps(segment_json(number, segment, words=True), ensure_ascii=False, allow_nan=False) + "\n"
        for number, segment in enumerate(transcript.segments)
    )


def _spoken(segments: Iterable[Segment]) -> Iterable[Segment]:
    return (segment for segment in segments if segment.text.strip())


def _cues(transcript: Transcript) -> Iterable[Cue]:
    return (Cue(segment.start, segment.end, segment.text, segment.speaker or "") for segment in transcript.segments)


class TranscriptFormat(StrEnum):
    """Format of a transcript. All that there is to say about it stands in its row.

    Attributes:
        mime: content type of the body.
        suffix: customary file name suffix, with its dot.
        renderer: function that writes it.
        is_openai: True for one that OpenAI's `response_format` takes.
        outputs: names in Bazarr's protocol; empty for one that it does not have.
    """

    # The Node SDK parses whatever is typed as JSON, so subtitles must not be; SubRip has a type of its own, but clients
    # look for text/*.
    JSON = "json", "application/json", ".json", to_json, True, ("json",)
    TEXT = "text", "text/plain; charset=utf-8", ".txt", to_text, True, ("txt", "text")
    SRT = "srt", "text/plain; charset=utf-8", ".srt", to_srt, True, ("srt",)
    VTT = "vtt", "text/vtt; charset=utf-8", ".vtt", to_vtt, True, ("vtt",)
    VERBOSE_JSON = "verbose_json", "application/json", ".json", to_verbose_json, True, ()
    DIARIZED_JSON = "diarized_json", "application/json", ".json", to_diarized_json, True, ()
    TSV = "tsv", "text/tab-separated-values; charset=utf-8", ".tsv", to_tsv, False, ("tsv",)
    JSONL = "jsonl", "application/jsonl; charset=utf-8", ".jsonl", to_jsonl, False, ("jsonl",)

    mime: str
    suffix: str
    renderer: Renderer
    is_openai: bool
    outputs: tuple[str, ...]

    def __new__(
        cls, value: str, mime: str, suffix: str, renderer: Renderer, is_openai: bool, outputs: tuple[str, ...]
    ) -> "TranscriptFormat":
        member = str.__new__(cls, value)
        member._value_ = value
        member.mime = mime
        member.suffix = suffix
        member.renderer = renderer
        member.is_openai = is_openai
        member.outputs = outputs
        return member


def render(transcript: Transcript, fmt: TranscriptFormat) -> str:
    """A transcript as the body of a response or the contents of a file."""
    return fmt.renderer(transcript)
