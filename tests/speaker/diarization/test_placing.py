"""Turns out of tracks."""

import numpy as np

from voice_stack.speaker.diarization.placing import Placing, turns_of
from voice_stack.speaker.diarization.tracks import Track, Window
from voice_stack.speaker.vectors import unit

VOICES = np.eye(2)


def track(window: int, start: int, active: list[int], who: int) -> Track:
    return Track(window, start, np.array(active, bool), unit(np.eye(2)[who]), 2.0)


def test_a_lone_frame_of_another_speaker_is_no_change() -> None:
    mine = [1] * 100
    mine[50] = 0
    other = [0] * 100
    other[50] = 1
    tracks = [track(0, 0, mine, 0), track(0, 0, other, 1)]
    windows = [Window(0, np.ones(100, np.uint8))]
    found = turns_of(windows, tracks, [0, 1], VOICES, Placing())
    assert [(turn.speaker, turn.start, turn.end) for turn in found] == [("0", 0.0, 2.0)]


def test_overlap_is_a_turn_of_each() -> None:
    tracks = [track(0, 0, [1] * 100, 0), track(0, 0, [0] * 50 + [1] * 50, 1)]
    windows = [Window(0, np.array([1] * 50 + [2] * 50, np.uint8))]
    found = turns_of(windows, tracks, [0, 1], VOICES, Placing())
    assert [(turn.speaker, turn.start, turn.end) for turn in found] == [("0", 0.0, 2.0), ("1", 1.0, 2.0)]


def test_what_most_windows_hear_counts() -> None:
    tracks = [track(0, 0, [1] * 100, 0), track(1, 0, [1] * 100, 0), track(2, 0, [1] * 100, 1)]
    windows = [Window(0, np.ones(100, np.uint8))] * 3
    found = turns_of(windows, tracks, [0, 0, 1], VOICES, Placing())
    assert [turn.speaker for turn in found] == ["0"]


def test_confidence_is_lower_where_voices_are_alike() -> None:
    sure = track(0, 0, [1] * 100, 0)
    unsure = Track(0, 100, np.ones(100, bool), unit(np.array([1.0, 0.95])), 2.0)
    windows = [Window(0, np.ones(200, np.uint8))]
    first, second = (turns_of(windows, [one], [0], VOICES, Placing())[0].confidence or 0.0 for one in (sure, unsure))
    assert 0.5 < second < first <= 1.0


def test_short_pauses_do_not_end_a_turn_and_long_ones_do() -> None:
    active = [1] * 50 + [0] * 10 + [1] * 50 + [0] * 60 + [1] * 50
    windows = [Window(0, np.array(active, np.uint8))]
    found = turns_of(windows, [track(0, 0, active, 0)], [0], VOICES, Placing())
    assert [(turn.start, turn.end) for turn in found] == [(0.0, 2.2), (3.4, 4.4)]
