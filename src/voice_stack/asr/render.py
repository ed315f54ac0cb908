"""Transcripts as text in every format that clients ask for. Pure functions, and the formats that name them."""

import json
from collections.abc import Callable, Iterable
from enum import StrEnum

from voice_stack.asr.schemas import diarized_json, segment_json, verbose_json
from voice_stack.asr.subtitles.profiles import Shape
from voice_stack.asr.types import Segment, Task, Transcript
from voice_stack.text.subtitles import Cue, milliseconds, one_line, srt, vtt

Renderer = Callable[[Transcript], str]
"""A transcript as the body of a response or the contents of a file."""

Writer = Callable[[Iterable[Cue], str], str]
"""A file of subtitles: of cues, and of the code of their language, empty for one that nobody knows."""


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


def to_srt(cues: Iterable[Cue], _: str) -> str:
    """SubRip; see `text.subtitles.srt`. Lines that were broken here have marks of their direction."""
    from voice_stack.asr.subtitles.formats import directed

    return srt(directed(cues))


def to_vtt(cues: Iterable[Cue], _: str) -> str:
    """WebVTT; see `text.subtitles.vtt`."""
    return vtt(cues)


def to_ass(cues: Iterable[Cue], _: str) -> str:
    """Advanced SubStation Alpha."""
    from voice_stack.asr.subtitles.formats import ass

    return ass(cues)


def to_ttml(cues: Iterable[Cue], language: str) -> str:
    """TTML."""
    from voice_stack.asr.subtitles.formats import ttml

    return ttml(cues, language)


def to_lrc(cues: Iterable[Cue], _: str) -> str:
    """Lyrics, a time and a text a line."""
    from voice_stack.asr.subtitles.formats import lrc

    return lrc(cues)


def segments_as(writer: Writer) -> Renderer:
    """A renderer that writes each segment as a cue."""

    def rendered(transcript: Transcript) -> str:
        cues = (Cue(one.start, one.end, one.text, one.speaker or "") for one in transcript.segments)
        return writer(cues, written_language(transcript))

    return rendered


def written_language(transcript: Transcript) -> str:
    """The code of the language that a transcript is written in; empty for one that nobody knows."""
    if transcript.task is Task.TRANSLATE:
        return "en"
    return transcript.language.code if transcript.language else ""


def _spoken(segments: Iterable[Segment]) -> Iterable[Segment]:
    return (segment for segment in segments if segment.text.strip())


class TranscriptFormat(StrEnum):
    """Format of a transcript. All that there is to say about it stands in its row.

    Attributes:
        mime: content type of the body.
        suffix: customary file name suffix, with its dot.
        renderer: function that writes it.
        is_openai: True for one that `response_format` takes: OpenAI's, and what we have beside them.
        outputs: names in Bazarr's protocol; empty for one that it does not have.
        writer: of a format of subtitles, the function that writes cues, which profiles shape; else None.
    """

    # The Node SDK parses whatever is typed as JSON, so subtitles must not be; SubRip has a type of its own, but clients
    # look for text/*.
    JSON = "json", "application/json", ".json", to_json, True, ("json",)
    TEXT = "text", "text/plain; charset=utf-8", ".txt", to_text, True, ("txt", "text")
    SRT = "srt", "text/plain; charset=utf-8", ".srt", segments_as(lambda cues, _: srt(cues)), True, ("srt",), to_srt
    VTT = "vtt", "text/vtt; charset=utf-8", ".vtt", segments_as(to_vtt), True, ("vtt",), to_vtt
    VERBOSE_JSON = "verbose_json", "application/json", ".json", to_verbose_json, True, ()
    DIARIZED_JSON = "diarized_json", "application/json", ".json", to_diarized_json, True, ()
    TSV = "tsv", "text/tab-separated-values; charset=utf-8", ".tsv", to_tsv, False, ("tsv",)
    JSONL = "jsonl", "application/jsonl; charset=utf-8", ".jsonl", to_jsonl, False, ("jsonl",)
    ASS = "ass", "text/x-ass; charset=utf-8", ".ass", segments_as(to_ass), True, ("ass",), to_ass
    TTML = "ttml", "application/ttml+xml", ".ttml", segments_as(to_ttml), True, ("ttml",), to_ttml
    LRC = "lrc", "text/plain; charset=utf-8", ".lrc", segments_as(to_lrc), True, ("lrc",), to_lrc

    # The parts of a row.
    mime: str
    suffix: str
    renderer: Renderer
    is_openai: bool
    outputs: tuple[str, ...]
    writer: Writer | None

    def __new__(
        cls,
        value: str,
        mime: str,
        suffix: str,
        renderer: Renderer,
        is_openai: bool,
        outputs: tuple[str, ...],
        writer: Writer | None = None,
    ) -> "TranscriptFormat":
        member = str.__new__(cls, value)
        member._value_ = value
        member.mime = mime
        member.suffix = suffix
        member.renderer = renderer
        member.is_openai = is_openai
        member.outputs = outputs
        member.writer = writer
        return member


def render(transcript: Transcript, fmt: TranscriptFormat, shape: Shape | None = None) -> str:
    """A transcript as the body of a response or the contents of a file.

    Args:
        shape: of subtitles; of no meaning to other formats. None: segments as they are.
    """
    if fmt.writer is None or shape is None or shape.is_plain:
        return fmt.renderer(transcript)
    from voice_stack.asr.subtitles.shape import shaped

    return fmt.writer(shaped(transcript, shape).cues, written_language(transcript))
