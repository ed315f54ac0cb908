"""Transcripts of an upstream, read from its JSON. Pure functions; nothing in it is believed without a look."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from voice_stack.asr.types import LanguageGuess, Segment, Word
from voice_stack.core.errors import EngineError
from voice_stack.language.codes import LANGUAGES, find_language
from voice_stack.language.detect import detect_language

# Languages that are written without spaces between words.
_WITHOUT_SPACES = frozenset({"bo", "ja", "km", "lo", "my", "th", "yue", "zh"})
_LOWEST = -100.0


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer for one clip.

    Attributes:
        segments: in order of time, within the clip; none with a blank text.
        language: what was heard; None when nothing was, or when it cannot be told.
    """

    segments: tuple[Segment, ...]
    language: LanguageGuess | None


def read_answer(body: Mapping[str, Any], duration: float, *, asked: str | None = None) -> Heard:
    """The segments of `verbose_json`, or one for the text of `json`.

    Args:
        duration: of the clip, in seconds: no time is beyond it.
        asked: ISO 639-1 code that the upstream was told, or None.

    Raises:
        EngineError: there is neither a text nor a segment in it.
    """
    text, listed = body.get("text"), _objects(body.get("segments"))
    if not isinstance(text, str) and not isinstance(body.get("segments"), list):
        raise EngineError("The upstream's answer holds no text.")
    whole = text if isinstance(text, str) else "".join(str(one.get("text") or "") for one in listed)
    if not whole.strip():
        return Heard((), None)
    language = LanguageGuess(asked, 1.0) if asked else _language(body, whole)
    spaced = language is None or language.code not in _WITHOUT_SPACES
    if not listed:
        only = _led(whole.strip(), spaced)
        return Heard((Segment(0.0, duration, only, _fitted(_words(body, duration), only)),), language)
    segments = []
    for one, own in zip(listed, _spread(_words(body, duration), listed, duration), strict=True):
        said = one.get("text")
        if isinstance(said, str) and said.strip():
            segments.append(_segment(one, _led(said.rstrip(), spaced), own, duration))
    return Heard(tuple(sorted(segments, key=lambda segment: segment.start)), language)


def _segment(one: Mapping[str, Any], text: str, words: Sequence[Word], duration: float) -> Segment:
    start = _within(one.get("start"), 0.0, duration, 0.0)
    own = _words(one, duration) or words
    return Segment(
        start=start,
        end=_within(one.get("end"), start, duration, duration),
        text=text,
        words=_fitted(own, text),
        tokens=tuple(token for token in _list(one.get("tokens")) if type(token) is int),
        seek=round(_within(one.get("seek"), 0.0, duration * 100, 0.0)),
        temperature=_within(one.get("temperature"), 0.0, 1.0, 0.0),
        avg_logprob=_within(one.get("avg_logprob"), _LOWEST, 0.0, 0.0),
        compression_ratio=_within(one.get("compression_ratio"), 0.0, -_LOWEST, 1.0),
        no_speech_prob=_within(one.get("no_speech_prob"), 0.0, 1.0, 0.0),
    )


def _words(body: Mapping[str, Any], duration: float) -> Sequence[Word]:
    found = []
    for one in _objects(body.get("words")):
        said = one.get("word", one.get("text"))
        if not isinstance(said, str) or not said.strip():
            continue
        start = _within(one.get("start"), 0.0, duration, 0.0)
        probability = one.get("probability")
        found.append(
            Word(
                said,
                start,
                _within(one.get("end"), start, duration, start),
                _within(probability, 0.0, 1.0, 0.0) if isinstance(probability, int | float) else None,
            )
        )
    return found


def _spread(words: Sequence[Word], segments: Sequence[Mapping[str, Any]], duration: float) -> Iterator[Sequence[Word]]:
    """The words of each segment, where the upstream lists them for all together: by the middle of their times."""
    left = list(words)
    for number, one in enumerate(segments):
        is_last = number == len(segments) - 1
        end = _within(one.get("end"), 0.0, duration, duration)
        taken = (
            len(left) if is_last else next((i for i, w in enumerate(left) if (w.start + w.end) / 2 > end), len(left))
        )
        yield left[:taken]
        del left[:taken]


def _fitted(words: Sequence[Word], text: str) -> tuple[Word, ...]:
    """Words whose texts concatenate to the segment's text: OpenAI's come without spaces and punctuation.

    Words that are not in the text as they stand keep their own, after a space.
    """
    if not words or "".join(word.text for word in words) == text:
        return tuple(words)
    starts, position = [], 0
    for word in words:
        found = text.find(word.text.strip(), position)
        if found < 0:
            return tuple(Word(f" {w.text.strip()}", w.start, w.end, w.probability) for w in words)
        starts.append(found)
        position = found + len(word.text.strip())
    # What stands before a word without a space (a quotation mark, a hyphen) belongs to it, all else to the one before.
    bounds = [0, *(_beginning(text, start) for start in starts[1:]), len(text)]
    return tuple(
        Word(text[bounds[i] : bounds[i + 1]], word.start, word.end, word.probability) for i, word in enumerate(words)
    )


def _beginning(text: str, start: int) -> int:
    space = text.rfind(" ", 0, start)
    return space if space >= 0 and not any(map(str.isalnum, text[space:start])) else start


def _led(text: str, spaced: bool) -> str:
    """With the leading space that lets segments concatenate."""
    return f" {text}" if spaced and not text[0].isspace() else text


def _language(body: Mapping[str, Any], text: str) -> LanguageGuess | None:
    named = body.get("language_code") or body.get("language")
    code = find_language(named) if isinstance(named, str) else None
    if code is not None:
        # Most tell no probability; that they were sure enough to say it must do.
        return LanguageGuess(code, _within(body.get("language_probability"), 0.01, 1.0, 1.0))
    told = detect_language(text, LANGUAGES)
    return LanguageGuess(told, 1.0) if told else None


def _within(value: object, low: float, high: float, otherwise: float) -> float:
    """A finite number in a range; `otherwise` for anything that is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        return otherwise
    return float(min(max(value, low), high))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [one for one in _list(value) if isinstance(one, dict)]
