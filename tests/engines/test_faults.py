"""Every fault that is put into an engine is found by the check that is there for it."""

import math
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.engines import recognition, speech
from tests.engines.cases import SPEECH, on_cpu
from tests.engines.subject import RATE, Recogniser, RecognitionCase, Speaker, Workshop
from tests.strangers.count import ENGINE as COUNT
from tests.strangers.count import CountOptions
from tests.strangers.count.engine import CountEngine
from voice_stack.asr.types import Recognition, RecognitionRequest, Segment
from voice_stack.audio.clip import AudioClip
from voice_stack.serving.registry import REGISTRY
from voice_stack.serving.spec import Kind
from voice_stack.tts.engines.tone.engine import ToneEngine
from voice_stack.tts.types import Utterance

Heard = Callable[[list[Segment]], list[Segment]]
Spoken = Callable[[AudioClip], AudioClip]


def noise(seconds: int) -> AudioClip:
    return AudioClip(np.random.default_rng(0).uniform(-0.1, 0.1, seconds * RATE).astype(np.float32), RATE)


@pytest.fixture
def counter(tmp_path: Path) -> Recogniser:
    case = RecognitionCase(
        config=on_cpu(CountOptions), clip=lambda: noise(2), text="second second", long=lambda: noise(6)
    )
    return Recogniser(COUNT, case, Workshop(lambda name: None, tmp_path))


@pytest.fixture
def tone(tmp_path: Path) -> Speaker:
    spec = REGISTRY.get(Kind.SPEECH, "tone", "name")
    return Speaker(spec, SPEECH["tone"][0], Workshop(lambda name: None, tmp_path))


def changed(change: Heard) -> Callable[..., Recognition]:
    """`transcribe` with other segments."""
    real = CountEngine.transcribe

    def transcribe(*arguments: Any) -> Recognition:
        recognition = real(*arguments)
        return replace(recognition, segments=iter(change(list(recognition.segments))))

    return transcribe


def deaf_to(**ignored: Any) -> Callable[..., Recognition]:
    """`transcribe` that is not told some of its arguments."""
    real = CountEngine.transcribe

    def transcribe(
        self: CountEngine, clip: AudioClip, request: RecognitionRequest, stop: threading.Event, *rest: Any
    ) -> Recognition:
        told = {"clip": clip, "request": request, "stop": stop, "next_unit": rest[0] if rest else lambda _: None}
        return real(self, **{**told, **ignored})

    return transcribe


HEARD: dict[str, Callable[..., Recognition]] = {
    "the_words_of_a_clip_are_heard": changed(lambda found: found[:1]),
    "a_language_that_it_does_not_know_is_refused": deaf_to(request=RecognitionRequest()),
    "segments_are_in_order_and_within_the_clip": changed(lambda found: found[::-1]),
    "segments_join_to_the_text": changed(lambda found: [replace(one, text=one.text.strip()) for one in found]),
    "segments_carry_plain_finite_numbers": changed(lambda found: [replace(one, avg_logprob=math.nan) for one in found]),
    "silence_has_no_text": changed(lambda found: [*found, Segment(0.0, 0.1, " you")]),
    "next_to_nothing_has_no_segments": changed(lambda found: [*found, Segment(0.0, 0.1, " you")]),
    "stop_ends_it_before_the_first_segment": deaf_to(stop=threading.Event()),
    "segments_leave_before_the_clip_is_done": deaf_to(stop=threading.Event()),
    "units_are_told_with_their_cost": deaf_to(next_unit=lambda _: None),
    "a_unit_that_is_given_up_ends_it": deaf_to(next_unit=lambda _: None),
}


@pytest.mark.parametrize("name", HEARD)
def test_a_fault_of_a_recogniser_is_found(counter: Recogniser, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    check = {check.__name__: check for check in recognition.CHECKS.all}[name]
    check(counter)
    counter._heard.clear()
    monkeypatch.setattr(CountEngine, "transcribe", HEARD[name])
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        check(counter)


def spoken(change: Spoken, **ignored: Any) -> Callable[..., Iterator[AudioClip]]:
    """`synthesize` with other clips, that is not told some of what is asked."""
    real = ToneEngine.synthesize

    def synthesize(self: ToneEngine, utterance: Utterance, stop: threading.Event) -> Iterator[AudioClip]:
        told = replace(utterance, **{name: value for name, value in ignored.items() if name != "stop"})
        for clip in real(self, told, ignored.get("stop", stop)):
            yield change(clip)

    return synthesize


def same(clip: AudioClip) -> AudioClip:
    return clip


SPOKEN: dict[str, list[Callable[..., Iterator[AudioClip]]]] = {
    "it_speaks": [
        spoken(lambda clip: AudioClip(clip.samples * np.float32(9), clip.sample_rate)),
        spoken(lambda clip: AudioClip(clip.samples * np.float32("nan"), clip.sample_rate)),
        spoken(lambda clip: AudioClip(clip.samples.astype(np.float64), clip.sample_rate)),
        spoken(lambda clip: AudioClip(clip.samples, 8000)),
        spoken(lambda clip: AudioClip(clip.samples[:0], clip.sample_rate)),
    ],
    "a_voice_that_it_does_not_know_is_refused": [spoken(same, voice="tone")],
    "recordings_are_a_voice": [spoken(same, voice="tone")],
    "tempo_follows_the_speed": [spoken(same, speed=1.0)],
    "stop_ends_it_before_the_first_clip": [spoken(same, stop=threading.Event())],
    "stop_ends_it_midway": [spoken(same, stop=threading.Event())],
}


@pytest.mark.parametrize(("name", "fault"), [(name, fault) for name, faults in SPOKEN.items() for fault in faults])
def test_a_fault_of_a_voice_is_found(tone: Speaker, name: str, fault: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    check = {check.__name__: check for check in speech.CHECKS.all}[name]
    if name != "recordings_are_a_voice":  # not promised, so that it ends otherwise
        check(tone)
    monkeypatch.setattr(ToneEngine, "synthesize", fault)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        check(tone)
