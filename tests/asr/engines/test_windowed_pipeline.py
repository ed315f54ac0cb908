"""Windows decoded together are judged one by one, as those of a clip that is decoded in sequence."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.asr.engines.conftest import GREEDY, build_engine, joined, segments_of, silence
from voice_stack.asr.engines.base import ASREngine
from voice_stack.asr.types import RecognitionRequest
from voice_stack.audio.clip import AudioClip

Exact = Callable[[str], AudioClip]
ENGLISH = RecognitionRequest(language="en", word_timestamps=True)


@pytest.fixture
def clip(exact: Exact) -> AudioClip:
    """More than two windows."""
    return joined(*[exact("en-sentence-1"), silence(1.5)] * 26)


def build(model: Path, **options: Any) -> ASREngine:
    own = GREEDY.model_copy(update={"condition_on_previous_text": False, "batch_size": 8, **options})
    return build_engine("faster-whisper", own, model=str(model), device="cpu", threads=1)


def costs_of(engine: ASREngine, clip: AudioClip) -> list[float]:
    costs: list[float] = []
    list(engine.transcribe(clip, ENGLISH, threading.Event(), costs.append).segments)
    return costs


def test_windows_are_decoded_together_where_that_is_asked_for_or_saves_time(
    tiny_ct2: Path, clip: AudioClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 60 < clip.duration < 90
    in_sequence = build(tiny_ct2, condition_on_previous_text=True, batch_size=0)
    one_by_one, short = build(tiny_ct2, batch_size=0), clip.slice(0.0, 20.0)
    assert len(costs_of(build(tiny_ct2), clip)) == 1
    independent = build(tiny_ct2, batch_size=0)
    monkeypatch.setattr(independent, "device", "cuda:0")  # there is none here; what follows from its name is the same
    assert len(costs_of(independent, clip)) == 1
    assert len(costs_of(independent, short)) == 1
    assert len(costs_of(in_sequence, clip)) >= 3
    assert len(costs_of(one_by_one, clip)) >= 3
    assert segments_of(independent, short, ENGLISH) == segments_of(in_sequence, short, ENGLISH)


def test_improbable_window_is_decoded_again_at_the_next_temperature(tiny_ct2: Path, clip: AudioClip) -> None:
    # No text is more probable than certain: every window fails, at every temperature.
    strict = build(tiny_ct2, log_prob_threshold=0.0, no_speech_threshold=1.0, temperature=(0.0, 0.1, 0.2))
    found = segments_of(strict, clip, ENGLISH)
    assert len(found) > 4
    assert {segment.temperature for segment in found} == {0.2}
    repeating = build(tiny_ct2, temperature=(0.0, 0.1))
    assert {segment.temperature for segment in segments_of(repeating, clip, ENGLISH)} == {0.1}
    usual = segments_of(build(tiny_ct2, temperature=(0.0, 0.1), compression_ratio_threshold=0.0), clip, ENGLISH)
    assert {segment.temperature for segment in usual} == {0.0}


def test_text_of_a_window_without_speech_is_dropped(tiny_ct2: Path, clip: AudioClip) -> None:
    assert segments_of(build(tiny_ct2, log_prob_threshold=0.0, no_speech_threshold=0.0), clip, ENGLISH) == []
    assert len(segments_of(build(tiny_ct2, no_speech_threshold=0.0), clip, ENGLISH)) > 4, "probable, so it is speech"
