"""What holds of all subtitles: order, widths, times, and that nobody's words are changed."""

from dataclasses import replace
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.asr.subtitles.made_up import MadeUp, in_profile, made_up, violations
from voice_stack.asr.subtitles.options import FIELDS, NUMBERS
from voice_stack.asr.subtitles.profiles import Profile, Shape, limits_for
from voice_stack.asr.subtitles.shape import subtitles
from voice_stack.asr.subtitles.units import units_of
from voice_stack.asr.types import Segment, Word

SHAPING = [profile for profile in Profile if profile is not Profile.NONE]


@pytest.mark.parametrize("count", [100, pytest.param(10_000, marks=pytest.mark.long)])
@pytest.mark.parametrize("profile", SHAPING)
def test_no_transcript_violates_an_invariant(profile: Profile, count: int) -> None:
    found: list[str] = []
    cues = dropped = 0
    for seed in range(count):
        sample = made_up(seed)
        made, limits = in_profile(sample, profile)
        found += [f"{seed}: {wrong}" for wrong in violations(sample, made, limits)]
        cues += len(made.cues)
        dropped += len(made.dropped)
    print(f"{profile}: {count} transcripts, {cues} subtitles, {dropped} times something was dropped")
    assert not found, "\n".join(found[:20])
    assert cues > 3 * count
    assert dropped


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
times = st.floats(0, 60, allow_nan=False)
words = st.builds(Word, texts, times, times)
segments = st.builds(Segment, times, times, texts, st.lists(words, max_size=8).map(tuple))


@settings(max_examples=60, deadline=None)
@given(st.lists(segments, max_size=5), st.sampled_from(SHAPING), st.sampled_from(["", "en", "ja", "ar"]))
def test_no_text_and_no_times_violate_one(heard: list[Segment], profile: Profile, language: str) -> None:
    sample = MadeUp(language or "xx", units_of(heard), " ".join(segment.text for segment in heard))
    made, limits = in_profile(sample, profile)
    unspaced = replace(sample, language="th")  # of any script
    assert not violations(unspaced if language != "ja" else sample, made, limits)


def _values(name: str) -> st.SearchStrategy[float | bool]:
    field = FIELDS[name]
    if field.kind is bool:
        return st.booleans()
    if field.kind is int:
        return st.integers(int(field.least), int(field.most))
    return st.floats(field.least, field.most)


numbers = st.fixed_dictionaries({}, optional={name: _values(name) for name in NUMBERS})


@settings(max_examples=60, deadline=None)
@given(numbers, st.sampled_from(list(Profile)), st.integers(0, 10_000))
def test_no_numbers_violate_one(given_numbers: dict[str, float | bool], profile: Profile, seed: int) -> None:
    sample = made_up(seed)
    limits = limits_for(Shape(profile, tuple(given_numbers.items())), sample.language)
    made = subtitles(sample.units, limits, sample.language)
    assert not violations(sample, made, limits)


def test_what_is_checked_can_be_violated() -> None:
    sample = made_up(next(seed for seed in range(100) if len(in_profile(made_up(seed), Profile.NETFLIX)[0].cues) > 5))
    made, limits = in_profile(sample, Profile.NETFLIX)
    for tighter in (
        replace(limits, max_line_width=3),
        replace(limits, max_line_count=0),
        replace(limits, max_duration=0.1),
        replace(limits, min_duration=5.0, max_duration=inf, max_cps=inf),
        replace(limits, min_gap=1.0),
        replace(limits, max_cps=0.5),
        replace(limits, close_gap=100.0),
    ):
        assert violations(sample, made, tighter), tighter
    assert violations(sample, replace(made, cues=made.cues[1:]), limits)
    assert violations(sample, replace(made, cues=made.cues[::-1]), limits)
