"""Whose voices there are, of vectors alone."""

import numpy as np
import pytest

from voice_stack.speaker.diarization.grouping import Grouping, speakers_of
from voice_stack.speaker.diarization.tracks import Track
from voice_stack.speaker.diarization.turns import SpeakerBounds
from voice_stack.speaker.vectors import unit

SIZE = 64


def tracks_of(order: list[int], *, noise: float = 0.05, seconds: float = 3.0, seed: int = 0) -> list[Track]:
    """A track in a window of its own for each number of a speaker."""
    random = np.random.default_rng(seed)
    voices = np.eye(SIZE)[: max(order) + 1]
    return [
        Track(at, at * 50, np.ones(50, bool), unit(voices[who] + noise * random.normal(size=SIZE)), seconds)
        for at, who in enumerate(order)
    ]


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_the_number_of_speakers_is_found(count: int) -> None:
    order = [at % count for at in range(6 * count)]
    voices, whose = speakers_of(tracks_of(order), SpeakerBounds(), Grouping())
    assert len(voices) == count
    assert len({(who, found) for who, found in zip(order, whose, strict=True)}) == count


@pytest.mark.parametrize(("bounds", "expected"), [((2, 2), 2), ((1, 2), 2), ((4, 6), 4), ((5, 5), 5)])
def test_bounds_are_kept(bounds: tuple[int, int], expected: int) -> None:
    order = [at % 3 for at in range(30)] if expected < 3 else [at % 3 for at in range(12)]
    voices, _ = speakers_of(tracks_of(order, noise=0.1), SpeakerBounds(*bounds), Grouping(smallest=0.0))
    assert len(voices) == expected


def test_a_cough_is_no_speaker() -> None:
    tracks = tracks_of([0, 1] * 20)
    cough = Track(99, 0, np.ones(50, bool), unit(np.eye(SIZE)[9]), 0.5)
    voices, whose = speakers_of([*tracks, cough], SpeakerBounds(), Grouping())
    assert len(voices) == 2
    assert whose[-1] in (0, 1)


def test_voices_of_one_window_are_of_different_speakers() -> None:
    tracks = tracks_of([0, 1] * 5)
    # Two voices that sound both like the first speaker, but in one window.
    near, nearer = unit(np.eye(SIZE)[0] + 0.4 * np.eye(SIZE)[1]), unit(np.eye(SIZE)[0] + 0.1 * np.eye(SIZE)[1])
    both = [Track(99, 0, np.ones(50, bool), vector, 3.0) for vector in (near, nearer)]
    _, whose = speakers_of([*tracks, *both], SpeakerBounds(), Grouping())
    assert whose[-1] == whose[0]
    assert whose[-2] == whose[1]


def test_nobody_is_nobody() -> None:
    silent = Track(0, 0, np.zeros(50, bool), None, 0.1)
    voices, whose = speakers_of([silent], SpeakerBounds(2, 3), Grouping())
    assert (len(voices), whose) == (0, [None])
    assert speakers_of([], SpeakerBounds(), Grouping())[1] == []


def test_more_tracks_than_a_table_holds_are_grouped_in_blocks() -> None:
    order = list(np.random.default_rng(1).integers(0, 4, 3000))
    voices, whose = speakers_of(tracks_of([int(who) for who in order]), SpeakerBounds(), Grouping())
    assert len(voices) == 4
    assert len({(int(who), found) for who, found in zip(order, whose, strict=True)}) == 4
