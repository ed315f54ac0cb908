"""Captions of a speech: when its sentences and words are said, told from where the sound of each was put."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from voice_stack.audio.recogniser import HeardWord
from voice_stack.text.subtitles import Cue, srt, vtt


class Timestamps(StrEnum):
    """Things whose times are wanted."""

    SENTENCE = "sentence"
    WORD = "word"


class CaptionFormat(StrEnum):
    """Format of captions."""

    JSON = "json"
    SRT = "srt"
    VTT = "vtt"

    @property
    def mime(self) -> str:
        """Content type of a part with them."""
        match self:
            case CaptionFormat.VTT:
                return "text/vtt"
            case CaptionFormat.SRT:
                return "application/x-subrip"
            case _:
                return "application/json"

    @property
    def suffix(self) -> str:
        """Customary file name suffix, with its dot."""
        return f".{self.value}"


@dataclass(frozen=True, slots=True)
class Caption:
    """A sentence and its times.

    Attributes:
        start_s, end_s: seconds from the first sample that is sent.
        text: as it was written; of SSML, as it is spoken.
        voice: id of who says it.
        words: with their times, as they were written; None where they were not wanted or could not be told.
    """

    text: str
    start_s: float
    end_s: float
    voice: str
    words: tuple[HeardWord, ...] | None = None


@dataclass(frozen=True, slots=True)
class Captions:
    """Captions of a whole speech.

    Attributes:
        kind: what was asked for.
        duration: seconds of the speech.
        words_by: who timed the words; empty for nobody. Where the engine could not tell those of all sentences, who
            was asked then.
    """

    kind: Timestamps
    sentences: tuple[Caption, ...]
    duration: float
    words_by: str = ""


ENGINE: Final = "engine"
"""`words_by` of words that the engine of the speech has timed."""
ALIGNMENT: Final = "alignment"
"""`words_by` of words that a recogniser has found in the sound."""


def captions_json(captions: Captions) -> dict[str, Any]:
    """`speech.timestamps`: the sentences, each with its words where they are wanted; null: they could not be told."""
    body: dict[str, Any] = {
        "object": "speech.timestamps",
        "granularity": captions.kind.value,
        "duration": round(captions.duration, 3),
        "sentences": [_sentence(caption, captions.kind) for caption in captions.sentences],
    }
    return body | ({"words_by": captions.words_by} if captions.kind is Timestamps.WORD else {})


def render_captions(captions: Captions, fmt: CaptionFormat) -> str:
    """Captions as the contents of a file: of subtitles a cue for each sentence, or word."""
    if fmt is CaptionFormat.JSON:
        return json.dumps(captions_json(captions), ensure_ascii=False, allow_nan=False)
    cues = [cue for caption in captions.sentences for cue in _cues(caption)]
    return srt(cues) if fmt is CaptionFormat.SRT else vtt(cues)


def _cues(caption: Caption) -> Sequence[Cue]:
    if caption.words is None:
        return [Cue(caption.start_s, caption.end_s, caption.text)]
    return [Cue(word.start, word.end, word.text) for word in caption.words]


def _sentence(caption: Caption, kind: Timestamps) -> dict[str, Any]:
    body: dict[str, Any] = {"text": caption.text, **_times(caption.start_s, caption.end_s), "voice": caption.voice}
    if kind is Timestamps.SENTENCE:
        return body
    words = caption.words
    return body | {"words": None if words is None else [{"word": w.text, **_times(w.start, w.end)} for w in words]}


def _times(start: float, end: float) -> dict[str, float]:
    return {"start": round(start, 3), "end": round(end, 3)}
