"""What must hold for every recogniser."""

import itertools
import json
import math
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.engines.subject import RATE, Checks, Recogniser, about, is_share, joined, of_much_sound, promised, silence
from tests.tiny_whisper.evaluate import edits
from voice_stack.asr.engines.base import UnitMemory
from voice_stack.asr.types import Segment, Task
from voice_stack.audio.clip import AudioClip
from voice_stack.core.errors import CancelledWorkError, UnsupportedError
from voice_stack.serving.attempt import Record

# Whisper lets segments overlap by a frame, and reach beyond the clip by less than this.
SLACK_S = 0.1
FRAME_S = 0.02
UNIT_S = 30.0
WAIT_S = 120.0

CHECKS: Checks[Recogniser] = Checks()


def text_of(segments: list[Segment]) -> str:
    return "".join(segment.text for segment in segments).strip()


def heard(segments: list[Segment]) -> list[tuple[object, ...]]:
    """Texts, tokens and times; the last bits of the other numbers depend on what else a machine does."""
    return [(s.start, s.end, s.text, s.tokens, [(w.text, w.start, w.end) for w in s.words]) for s in segments]


@CHECKS
def the_words_of_a_clip_are_heard(subject: Recogniser) -> None:
    case = subject.case
    said = case.text.split()
    found = text_of(subject.alone())
    assert edits(said, found.split()) <= case.most_wrong * len(said), found
    if not case.most_wrong:
        assert found == case.text


@CHECKS
def the_language_is_told(subject: Recogniser) -> None:
    known = subject.engine.capabilities.languages
    others = [language for language in ("en", "de") if language in known - {subject.case.language}]
    for asked in (subject.case.language, None, *others):
        guess = subject.engine.transcribe(subject.clip, subject.ask(language=asked), threading.Event()).language
        assert guess.code in known
        assert is_share(guess.probability)
        if asked is not None:
            assert (guess.code, guess.probability) == (asked, 1.0), "a language that is named was guessed"


@CHECKS
def the_likeliest_languages_are_ranked(subject: Recogniser) -> None:
    if not subject.engine.capabilities.detects_language:
        with pytest.raises(UnsupportedError):
            subject.engine.detect_language(subject.clip)
        promised(False, "it cannot tell languages, and says so")
    recognition = subject.engine.transcribe(subject.clip, subject.ask(language=None), threading.Event())
    guesses = subject.engine.detect_language(subject.clip)
    assert guesses[0].code == recognition.language.code == subject.case.language
    assert {guess.code for guess in guesses} <= subject.engine.capabilities.languages
    assert all(is_share(guess.probability) for guess in guesses)
    assert all(a.probability >= b.probability for a, b in itertools.pairwise(guesses))
    assert sum(guess.probability for guess in guesses) <= 1.01


@CHECKS
def a_language_that_it_does_not_know_is_refused(subject: Recogniser) -> None:
    with pytest.raises(UnsupportedError) as raised:
        list(subject.engine.transcribe(silence(1.0), subject.ask(language="xx"), threading.Event()).segments)
    assert raised.value.param == "language"


@CHECKS
@of_much_sound
def segments_are_in_order_and_within_the_clip(subject: Recogniser) -> None:
    clip, segments = subject.long, subject.alone(long=True)
    assert len(segments) >= 2
    assert all(0 <= segment.start < segment.end <= clip.duration + SLACK_S for segment in segments)
    assert all(a.end <= b.start + FRAME_S for a, b in itertools.pairwise(segments))
    quiet = clip.slice(segments[-1].end, clip.duration)
    assert quiet.duration < clip.duration / 2, "the end was not heard"


@CHECKS
@of_much_sound
def segments_join_to_the_text(subject: Recogniser) -> None:
    segments = subject.alone(long=True)
    assert all(segment.text.strip() for segment in segments)
    assert all(segment.text.startswith(" ") and segment.text == segment.text.rstrip() for segment in segments)


@CHECKS
def segments_carry_plain_finite_numbers(subject: Recogniser) -> None:
    for segment in subject.alone():
        times = (segment.start, segment.end)
        numbers = (*times, segment.avg_logprob, segment.compression_ratio, segment.no_speech_prob, segment.temperature)
        assert all(type(number) is float and math.isfinite(number) for number in numbers)
        assert segment.avg_logprob <= 0
        assert segment.compression_ratio > 0
        assert is_share(segment.no_speech_prob)
        assert is_share(segment.temperature)
        assert type(segment.seek) is int
        assert 0 <= segment.seek <= round(100 * subject.clip.duration)
        assert all(type(token) is int for token in segment.tokens)


@CHECKS
@of_much_sound
def words_spell_their_segment(subject: Recogniser) -> None:
    promised(subject.engine.capabilities.word_timestamps, "it times no words")
    for segment in subject.alone(long=True, words=True):
        assert segment.words
        assert "".join(word.text for word in segment.words) == segment.text


@CHECKS
@of_much_sound
def words_are_in_order_and_within_the_clip(subject: Recogniser) -> None:
    promised(subject.engine.capabilities.word_timestamps, "it times no words")
    for clip, is_long in ((subject.clip, False), (subject.long, True)):
        words = [word for segment in subject.alone(long=is_long, words=True) for word in segment.words]
        assert all(0 <= word.start <= word.end <= clip.duration + SLACK_S for word in words)
        assert all(a.start <= b.start for a, b in itertools.pairwise(words))


@CHECKS
def words_have_probabilities(subject: Recogniser) -> None:
    promised(subject.engine.capabilities.word_probabilities, "its words have no probabilities")
    words = [word for segment in subject.alone(words=True) for word in segment.words]
    assert words
    assert all(type(word.probability) is float and is_share(word.probability) for word in words)


@CHECKS
def words_stay_out_unless_asked_for(subject: Recogniser) -> None:
    segments = subject.alone()
    assert segments
    assert all(segment.words == () for segment in segments)


@CHECKS
@of_much_sound
def silence_has_no_text(subject: Recogniser) -> None:
    noise = (np.random.default_rng(0).standard_normal(3 * RATE) * 0.01).astype(np.float32)
    for clip in (silence(0.2), silence(3.0), AudioClip(noise, RATE)):
        assert subject.segments(clip, subject.ask(words=subject.engine.capabilities.word_timestamps)) == []


@CHECKS
def next_to_nothing_has_no_segments(subject: Recogniser) -> None:
    for seconds in (0.0, 1 / RATE, 0.01, 0.05, 0.099, 0.1):
        for language in (subject.case.language, None):
            assert subject.segments(silence(seconds), subject.ask(language=language)) == [], seconds
    assert subject.segments(subject.clip.slice(0.5, 0.55)) == []


@CHECKS
def a_prompt_hotwords_and_a_temperature_are_taken(subject: Recogniser) -> None:
    request = subject.ask(prompt="seven zero", hotwords=("zero", "nine"), temperature=0.3)
    assert subject.segments(subject.clip, request)


@CHECKS
def it_translates(subject: Recogniser) -> None:
    promised(Task.TRANSLATE in subject.engine.capabilities.tasks, "it does not translate")
    segments = subject.segments(subject.clip, subject.ask(task=Task.TRANSLATE))
    assert all(segment.text.strip() for segment in segments)


@CHECKS
def stop_ends_it_before_the_first_segment(subject: Recogniser) -> None:
    stop = threading.Event()
    recognition = subject.engine.transcribe(subject.clip, subject.ask(), stop)
    stop.set()
    with pytest.raises(CancelledWorkError):
        next(recognition.segments)
    assert subject.segments(subject.clip), "the engine is free again"


@CHECKS
@of_much_sound
def segments_leave_before_the_clip_is_done(subject: Recogniser) -> None:
    promised(subject.engine.capabilities.incremental, "its segments come together at the end")
    units: list[float] = []
    stop = threading.Event()
    segments = subject.engine.transcribe(subject.long, subject.ask(), stop, units.append).segments
    first = next(segments)
    assert first.end < subject.long.duration
    assert sum(units) < subject.engine.capabilities.cost_s(subject.long.duration)
    stop.set()
    with pytest.raises(CancelledWorkError):
        list(segments)


@CHECKS
@of_much_sound
def giving_up_the_segments_ends_it(subject: Recogniser) -> None:
    segments = subject.engine.transcribe(subject.long, subject.ask(), threading.Event()).segments
    next(segments)
    segments.close()  # type: ignore[attr-defined]
    assert text_of(subject.segments(subject.clip))


@CHECKS
@of_much_sound
def units_are_told_with_their_cost(subject: Recogniser) -> None:
    capabilities = subject.engine.capabilities
    for clip, language in ((subject.clip, None), (subject.long, subject.case.language)):
        units: list[float] = []
        recognition = subject.engine.transcribe(clip, subject.ask(language=language), threading.Event(), units.append)
        assert language is None or units == [], "it began before its segments were taken"
        list(recognition.segments)
        cost = capabilities.cost_s(clip.duration)
        assert units
        assert all(0 < unit <= UNIT_S * capabilities.concurrency for unit in units)
        assert not capabilities.window_s or all(unit % capabilities.window_s == 0 for unit in units)
        # Whisper looks again at what lies between a window's last segment and its end.
        assert sum(units) == about(cost, 0.02) if not capabilities.window_s else cost <= sum(units) <= 2 * cost
    assert len(units) >= 2, "the case's long clip is one unit"


@CHECKS
@of_much_sound
def others_may_work_between_two_units(subject: Recogniser) -> None:
    words = subject.engine.capabilities.word_timestamps
    with ThreadPoolExecutor(1) as thread:

        def next_unit(_: float) -> None:
            # What another request does to the model meanwhile must not be seen in this one's transcript.
            assert thread.submit(subject.segments, subject.clip, subject.ask(words=words)).result(WAIT_S)

        between = subject.segments(subject.long, subject.ask(words=words), next_unit)
    assert heard(between) == heard(subject.alone(long=True, words=words))


@CHECKS
@of_much_sound
def a_unit_that_is_given_up_ends_it(subject: Recogniser) -> None:
    units: list[float] = []

    def next_unit(cost_s: float) -> None:
        units.append(cost_s)
        if len(units) == 2:
            raise CancelledWorkError("The client is gone.")

    with pytest.raises(CancelledWorkError):
        subject.segments(subject.long, next_unit=next_unit)
    assert len(units) == 2
    assert text_of(subject.segments(subject.clip)), "the engine is free again"


class Remembered(UnitMemory):
    """Units of an earlier attempt, and what is noted in this one; as JSON, as a job keeps them."""

    def __init__(self, units: list[str]) -> None:
        self.units = deque(units)
        self.noted: list[str] = []

    def recall(self) -> Record | None:
        unit: Record | None = json.loads(self.units.popleft()) if self.units else None
        return unit

    def note(self, unit: Record) -> None:
        self.noted.append(json.dumps(unit, allow_nan=False))


@CHECKS
@of_much_sound
def it_goes_on_after_any_unit(subject: Recogniser) -> None:
    request = subject.ask(words=subject.engine.capabilities.word_timestamps)
    whole = Remembered([])
    alone = subject.segments(subject.long, request, memory=whole)
    promised(bool(whole.noted), "it notes no units")
    assert len(whole.noted) >= 2
    assert heard(alone) == heard(subject.alone(long=True, words=request.word_timestamps))
    for count in range(1, len(whole.noted) + 1):
        units: list[float] = []
        memory = Remembered(whole.noted[:count])
        assert heard(subject.segments(subject.long, request, units.append, memory)) == heard(alone), count
        assert not memory.units
        assert memory.noted == whole.noted[count:] or len(memory.noted) == len(whole.noted) - count
        assert len(units) <= len(memory.noted), "what was remembered was computed again"


@CHECKS
def a_stream_takes_no_word_back(subject: Recogniser) -> None:
    if not subject.engine.capabilities.streaming:
        with pytest.raises(UnsupportedError):
            subject.engine.open_stream(subject.ask())
        promised(False, "it hears no streams, and says so")
    chunk = round(0.1 * RATE)
    streams = [subject.engine.open_stream(subject.ask()) for _ in range(2)]
    said: list[str] = []
    for start in range(0, len(subject.clip.samples), chunk):
        # The two share nothing but the networks: one is a chunk ahead.
        streams[1].accept(subject.clip.samples[start : start + chunk])
        words = text_of(list(streams[0].accept(subject.clip.samples[max(0, start - chunk) : start]))).split()
        assert words[: len(said)] == said
        said = words[:-1]
    streams[0].accept(subject.clip.samples[start:])
    assert [text_of(list(stream.finish())) for stream in streams] == [text_of(subject.alone())] * 2
    assert said, "no word came before the end"
    for stream in streams:
        stream.close()
        stream.close()


@CHECKS
@of_much_sound
def requests_at_once_get_what_each_gets_alone(subject: Recogniser) -> None:
    request = subject.ask(words=subject.engine.capabilities.word_timestamps)
    clips = [subject.clip, joined(silence(0.5), subject.clip)]
    alone = [heard(subject.alone(words=request.word_timestamps)), heard(subject.segments(clips[1], request))]

    def work(number: int) -> list[tuple[object, ...]]:
        return heard(subject.segments(clips[number % 2], request))

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(work, range(4), timeout=WAIT_S)) == alone * 2
