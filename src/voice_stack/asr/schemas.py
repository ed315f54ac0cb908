"""The JSON of OpenAI's audio API: what leaves on the wire, key for key."""

import math
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from voice_stack.asr.types import Segment, Transcript, Word
from voice_stack.language.codes import language_name

Json = dict[str, Any]

# OpenAI's word entries carry no punctuation.
_PUNCTUATION = ' \t\n.,!?;:"()[]{}…“”‘’«»„、。！？；：，（）「」¿¡'
# `language` is required in verbose_json; this is said when nobody spoke and no language was named.
UNKNOWN_LANGUAGE = "unknown"


def plain_json(transcript: Transcript, *, logprobs: bool) -> Json:
    """`response_format=json`: `{text, logprobs?, usage}`."""
    body: Json = {"text": transcript.text}
    if logprobs:
        body["logprobs"] = logprob_entries(transcript.segments)
    body["usage"] = duration_usage(transcript.duration)
    return body


def translation_json(transcript: Transcript) -> Json:
    """`response_format=json` of a translation: `{text}`."""
    return {"text": transcript.text}


def verbose_json(transcript: Transcript, *, words: bool, segments: bool) -> Json:
    """`response_format=verbose_json`."""
    body: Json = {
        "task": transcript.task.value,
        "language": "english" if transcript.task == "translate" else spoken_language(transcript),
        "duration": round(transcript.duration, 3),
        "text": transcript.text,
    }
    if words:
        body["words"] = [_spoken_word(word, segment) for segment in transcript.segments for word in segment.words]
    if segments:
        body["segments"] = [segment_json(number, s) for number, s in enumerate(transcript.segments)]
    if transcript.task == "transcribe":
        body["usage"] = duration_usage(transcript.duration)
    return body


def full_json(transcript: Transcript, facts: Mapping[str, object]) -> Json:
    """Everything that is known about a transcript: our own route `/audio/transcriptions/verbose`.

    Args:
        facts: what the run tells beyond the transcript (times, device, fallback).
    """
    body = verbose_json(transcript, words=True, segments=False)
    body["segments"] = [segment_json(number, s, words=True) for number, s in enumerate(transcript.segments)]
    language = transcript.language
    return body | {
        "language_code": language.code if language else None,
        "language_probability": round(language.probability, 4) if language else None,
        "engine": transcript.engine,
        "model": transcript.model,
        **facts,
    }


def alignment_json(transcript: Transcript) -> Json:
    """`audio.alignment`: every word of the client's text as it is written, and the lines that they make.

    `score` is left out where the engine has none.
    """
    segments = transcript.segments
    words = [_aligned_word(word) for segment in segments for word in segment.words]
    return {
        "object": "audio.alignment",
        "language": transcript.language.code if transcript.language else "und",
        "duration": round(transcript.duration, 3),
        "engine": transcript.engine,
        "model": transcript.model,
        "words": words,
        "segments": [
            {"id": number, "start": round(s.start, 3), "end": round(s.end, 3), "text": s.text.strip()}
            for number, s in enumerate(segments)
        ],
    }


def _aligned_word(word: Word) -> Json:
    body: Json = {"word": word.text.strip(), "start": round(word.start, 3), "end": round(word.end, 3)}
    return body if word.probability is None else body | {"score": round(word.probability, 4)}


def spoken_language(transcript: Transcript) -> str:
    """The English name of the language that was heard."""
    return language_name(transcript.language.code) if transcript.language else UNKNOWN_LANGUAGE


def segment_json(number: int, segment: Segment, *, words: bool = False) -> Json:
    """One segment with the ten keys of the contract; with `words`, those of the segment as the engine wrote them."""
    body: Json = {
        "id": number,
        "seek": segment.seek,
        "start": round(segment.start, 3),
        "end": round(segment.end, 3),
        "text": segment.text,
        "tokens": list(segment.tokens),
        "temperature": float(segment.temperature),
        "avg_logprob": float(segment.avg_logprob),
        "compression_ratio": float(segment.compression_ratio),
        "no_speech_prob": float(segment.no_speech_prob),
    }
    if segment.speaker is not None:
        body["speaker"] = segment.speaker
    if words and segment.words:
        body["words"] = [
            {"word": w.text, "start": round(w.start, 3), "end": round(w.end, 3), "probability": w.probability}
            for w in segment.words
        ]
    return body


def diarized_json(transcript: Transcript) -> Json:
    """`response_format=diarized_json`: the text has a line for each speaker's part, `Speaker: words`."""
    segments = [segment for segment in transcript.segments if segment.text.strip()]
    lines = [
        f"{who}: {''.join(segment.text for segment in said).strip()}"
        for who, said in groupby(segments, key=lambda segment: segment.speaker)
    ]
    return {
        "task": transcript.task.value,
        "duration": round(transcript.duration, 3),
        "text": "\n".join(lines),
        "segments": [speaker_segment(number, segment) for number, segment in enumerate(segments, start=1)],
        "usage": duration_usage(transcript.duration),
    }


def speaker_segment(number: int, segment: Segment) -> Json:
    """`transcript.text.segment`: an entry of diarized_json, and an event of its stream. Numbers begin with 1."""
    return {
        "type": "transcript.text.segment",
        "id": segment_id(number),
        "start": round(segment.start, 3),
        "end": round(segment.end, 3),
        "text": segment.text.strip(),
        "speaker": segment.speaker or "",
    }


def segment_id(number: int) -> str:
    """Id of a segment of diarized_json: `seg_001`."""
    return f"seg_{number:03d}"


def _spoken_word(word: Word, segment: Segment) -> Json:
    body = word_json(word)
    return body if segment.speaker is None else body | {"speaker": segment.speaker}


def word_json(word: Word) -> Json:
    """`{word, start, end}` of verbose_json, the word without spaces and punctuation."""
    text = word.text.strip(_PUNCTUATION) or word.text.strip()
    return {"word": text, "start": round(word.start, 3), "end": round(word.end, 3)}


def logprob_entries(segments: Iterable[Segment], *, at_start: bool = True) -> list[Json]:
    """`{token, logprob, bytes}` for each word; the tokens concatenate to the text.

    The engines give probabilities of words, so a word is the token here. Words without a probability count as
    certain.

    Args:
        at_start: whether the text begins here: its first token then has no leading space, as the text has none.
    """
    entries: list[Json] = []
    for word in (word for segment in segments for word in segment.words):
        token = word.text.lstrip() if at_start and not entries else word.text
        # log 0 is no JSON number
        probability = 1.0 if word.probability is None else min(1.0, max(word.probability, 1e-10))
        entries.append({"token": token, "logprob": math.log(probability), "bytes": list(token.encode())})
    return entries


def duration_usage(seconds: float) -> Json:
    """The `duration` variant of usage: whole seconds, as OpenAI bills them."""
    return {"type": "duration", "seconds": math.ceil(seconds)}


def delta_event(segment: Segment, *, at_start: bool, logprobs: bool, number: int | None = None) -> Json:
    """`transcript.text.delta`: a segment's text; without its leading space where the text begins.

    Args:
        number: of the segment of diarized_json that it is of.
    """
    event: Json = {"type": "transcript.text.delta", "delta": segment.text.lstrip() if at_start else segment.text}
    if number is not None:
        event["segment_id"] = segment_id(number)
    if logprobs:
        event["logprobs"] = logprob_entries([segment], at_start=at_start)
    return event


def done_event(transcript: Transcript, *, logprobs: bool) -> Json:
    """`transcript.text.done`: the whole text. `usage` is left out: its only variant here counts tokens of a kind
    that these engines do not have."""
    event: Json = {"type": "transcript.text.done", "text": transcript.text}
    if logprobs:
        event["logprobs"] = logprob_entries(transcript.segments)
    return event
