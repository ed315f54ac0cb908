"""What both Whisper engines do alike, with the tiny model for spoken digits."""

import itertools
import math
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.asr.engines.conftest import joined, segments_of, silence
from tests.tiny_whisper.exact import EXACT
from voice_stack.asr.engines.base import ASREngine
from voice_stack.asr.types import RecognitionRequest, Segment, Task
from voice_stack.audio.clip import AudioClip

Exact = Callable[[str], AudioClip]
WORDS = RecognitionRequest(language="en", word_timestamps=True)


@pytest.mark.parametrize("name", ["en-sentence-1", "de-sentence-1"])
def test_digits_are_transcribed_and_their_language_detected(whisper_engine: ASREngine, exact: Exact, name: str) -> None:
    recognition = whisper_engine.transcribe(exact(name), RecognitionRequest(), threading.Event())
    assert "".join(segment.text for segment in recognition.segments).strip() == EXACT[name].text
    assert recognition.language.code == EXACT[name].language
    assert 0.5 < recognition.language.probability <= 1


@pytest.mark.parametrize("language", ["en", "de"])
def test_language_detection_ranks_all_languages(whisper_engine: ASREngine, exact: Exact, language: str) -> None:
    guesses = whisper_engine.detect_language(exact(f"{language}-sentence-1"))
    assert guesses[0].code == language
    assert {guess.code for guess in guesses} <= whisper_engine.capabilities.languages
    assert all(a.probability >= b.probability for a, b in itertools.pairwise(guesses))
    assert sum(guess.probability for guess in guesses) == pytest.approx(1, abs=0.01)


def test_segments_lie_in_the_clip_and_in_order(whisper_engine: ASREngine, exact: Exact) -> None:
    first, second = exact("en-sentence-1"), exact("en-sentence-2")
    clip = joined(first, silence(2.0), second, silence(0.5))
    segments = segments_of(whisper_engine, clip, RecognitionRequest(language="en"))
    assert len(segments) >= 2
    assert all(0 <= segment.start < segment.end <= clip.duration + 0.1 for segment in segments)
    assert all(a.end <= b.start + 0.02 for a, b in itertools.pairwise(segments))
    assert segments[-1].start == pytest.approx(first.duration + 2.0, abs=1.0)


def test_segments_carry_whispers_numbers(whisper_engine: ASREngine, exact: Exact) -> None:
    (segment,) = segments_of(whisper_engine, exact("en-sentence-1"), RecognitionRequest(language="en"))
    assert segment.text.startswith(" ")
    assert segment.tokens
    assert segment.words == ()
    assert (segment.seek, segment.temperature) == (0, 0.0)
    assert -1 < segment.avg_logprob <= 0
    assert 0 <= segment.no_speech_prob <= 1
    numbers = (segment.start, segment.end, segment.avg_logprob, segment.compression_ratio, segment.no_speech_prob)
    assert all(type(number) is float and math.isfinite(number) for number in numbers)


def test_words_spell_the_segment_and_have_times(whisper_engine: ASREngine, exact: Exact) -> None:
    clip = exact("en-sentence-3")
    (segment,) = segments_of(whisper_engine, clip, WORDS)
    assert "".join(word.text for word in segment.words) == segment.text
    assert [word.text.strip() for word in segment.words] == EXACT["en-sentence-3"].text.split()
    assert all(0 <= word.start <= word.end <= clip.duration for word in segment.words)
    assert all(a.start <= b.start for a, b in itertools.pairwise(segment.words))
    assert all(type(word.probability) is float and 0 < word.probability <= 1 for word in segment.words)


def test_single_temperature_replaces_the_ladder(whisper_engine: ASREngine, exact: Exact) -> None:
    request = RecognitionRequest(language="en", temperature=0.3)
    assert {segment.temperature for segment in segments_of(whisper_engine, exact("en-sentence-1"), request)} == {0.3}


def test_detecting_the_language_belongs_to_the_first_unit(whisper_engine: ASREngine, exact: Exact) -> None:
    costs: list[float] = []
    clip = exact("de-sentence-1")
    list(whisper_engine.transcribe(clip, RecognitionRequest(), threading.Event(), costs.append).segments)
    assert costs == [30.0]
    costs.clear()
    # Its first window is the one that was listened to, its second a unit of its own.
    longer = joined(clip, silence(32.0 - clip.duration), clip)
    list(whisper_engine.transcribe(longer, RecognitionRequest(), threading.Event(), costs.append).segments)
    assert len(costs) >= 2


def test_named_language_is_not_detected_again(whisper_engine: ASREngine, exact: Exact) -> None:
    request = RecognitionRequest(language="de")
    recognition = whisper_engine.transcribe(exact("en-sentence-1"), request, threading.Event())
    assert (recognition.language.code, recognition.language.probability) == ("de", 1.0)
    recognition.segments.close()  # type: ignore[attr-defined]


def test_translation_runs(whisper_engine: ASREngine, exact: Exact) -> None:
    request = RecognitionRequest(task=Task.TRANSLATE, language="de")
    segments = segments_of(whisper_engine, exact("de-sentence-1"), request)
    assert all(segment.text.strip() for segment in segments)


def told(segment: Segment) -> tuple[object, ...]:
    """Texts, tokens and times; the last bits of the numbers depend on what else a machine does."""
    return segment.start, segment.end, segment.tokens, [(w.text, w.start, w.end) for w in segment.words]


def test_every_window_is_a_unit_that_may_be_kept_waiting(whisper_engine: ASREngine, exact: Exact) -> None:
    clip = joined(exact("en-sentence-1"), silence(40.0), exact("en-sentence-2"), silence(1.0))
    alone = segments_of(whisper_engine, clip, WORDS)
    costs: list[float] = []
    other = RecognitionRequest(word_timestamps=True)
    with ThreadPoolExecutor(1) as thread:

        def next_unit(cost_s: float) -> None:
            costs.append(cost_s)
            # What another request does to the model meanwhile must not be seen in this one's transcript.
            assert thread.submit(segments_of, whisper_engine, exact("de-sentence-1"), other).result(60)

        recognition = whisper_engine.transcribe(clip, WORDS, threading.Event(), next_unit)
        assert costs == []
        found = list(recognition.segments)
    assert [told(segment) for segment in found] == [told(segment) for segment in alone]
    assert set(costs) == {30.0}
    assert 2 <= len(costs) <= 4
    assert whisper_engine.capabilities.cost_s(clip.duration) == 60.0


def test_concurrent_requests_give_what_each_gives_alone(whisper_engine: ASREngine, exact: Exact) -> None:
    names = ["en-sentence-1", "en-sentence-2", "en-sentence-3", "de-sentence-1"]
    alone = {name: segments_of(whisper_engine, exact(name), RecognitionRequest(word_timestamps=True)) for name in names}
    with ThreadPoolExecutor(4) as threads:
        tasks = [
            (name, threads.submit(segments_of, whisper_engine, exact(name), RecognitionRequest(word_timestamps=True)))
            for name in names * 2
        ]
        for name, task in tasks:
            together = task.result(300)
            assert [segment.text for segment in together] == [segment.text for segment in alone[name]]
            assert [w.start for s in together for w in s.words] == [w.start for s in alone[name] for w in s.words]
