"""The JSON of the contract, key for key."""

import json
import math

from voice_stack.asr.schemas import delta_event, done_event, logprob_entries, plain_json, verbose_json
from voice_stack.asr.types import LanguageGuess, Segment, Task, Transcript, Word

SEGMENTS = (
    Segment(
        0.0,
        1.5,
        " Hello there.",
        words=(Word(" Hello", 0.0, 0.7, 0.5), Word(" there.", 0.7, 1.5, 0.0)),
        tokens=(1, 2),
        avg_logprob=-0.5,
    ),
    Segment(1.5, 2.0, " Ja, „ähm“.", words=(Word(" Ja,", 1.5, 1.7, 1.0), Word(" „ähm“.", 1.7, 2.0, None))),
)
TRANSCRIPT = Transcript(Task.TRANSCRIBE, SEGMENTS, LanguageGuess("de", 0.8), 8.4701, "faster-whisper", "tiny")


def test_json_has_text_and_duration_usage() -> None:
    assert plain_json(TRANSCRIPT, logprobs=False) == {
        "text": "Hello there. Ja, „ähm“.",
        "usage": {"type": "duration", "seconds": 9},
    }


def test_verbose_json_has_the_ten_segment_keys_and_the_language_name() -> None:
    body = verbose_json(TRANSCRIPT, words=False, segments=True)
    assert body["language"] == "german"
    assert body["duration"] == 8.47
    assert body["task"] == "transcribe"
    assert "words" not in body
    assert set(body["segments"][0]) == {
        "id",
        "seek",
        "start",
        "end",
        "text",
        "tokens",
        "temperature",
        "avg_logprob",
        "compression_ratio",
        "no_speech_prob",
    }
    assert [s["id"] for s in body["segments"]] == [0, 1]


def test_verbose_words_have_no_spaces_and_no_punctuation() -> None:
    body = verbose_json(TRANSCRIPT, words=True, segments=False)
    assert [w["word"] for w in body["words"]] == ["Hello", "there", "Ja", "ähm"]
    assert "segments" not in body


def test_a_translation_is_english_and_without_usage() -> None:
    translated = Transcript(Task.TRANSLATE, SEGMENTS, LanguageGuess("de", 0.8), 8.0, "whisper", "tiny")
    body = verbose_json(translated, words=False, segments=True)
    assert (body["task"], body["language"]) == ("translate", "english")
    assert "usage" not in body


def test_logprobs_spell_the_text_and_are_finite() -> None:
    entries = logprob_entries(SEGMENTS)
    assert b"".join(bytes(e["bytes"]) for e in entries).decode() == TRANSCRIPT.text
    assert all(math.isfinite(e["logprob"]) and e["logprob"] <= 0 for e in entries)
    json.dumps(entries, allow_nan=False)


def test_deltas_and_their_logprobs_concatenate_to_the_final_text() -> None:
    events = [delta_event(s, at_start=i == 0, logprobs=True) for i, s in enumerate(SEGMENTS)]
    done = done_event(TRANSCRIPT, logprobs=True)
    assert "".join(e["delta"] for e in events) == done["text"]
    assert [entry for e in events for entry in e["logprobs"]] == done["logprobs"]
    assert "usage" not in done
