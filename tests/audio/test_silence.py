"""Silence at the edges of an utterance: how much stays, and that nothing else is touched."""

import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.audio.tone import tone, uneven
from voice_stack.audio.clip import AudioClip, Samples, from_s16le
from voice_stack.audio.silence import EdgeTrimmer

RATE = 24_000
KEEP = 1_200


def silence(seconds: float, level_db: float = -120.0) -> Samples:
    """Hiss so soft that nobody hears it."""
    noise = np.random.default_rng(0).standard_normal(round(seconds * RATE))
    return (noise * 10 ** (level_db / 20)).astype(np.float32)


def trimmed(*pieces: Samples, rate: int = RATE, threshold_db: float = -50.0, keep_s: float = 0.05) -> Samples:
    trimmer = EdgeTrimmer(rate, threshold_db, keep_s)
    return np.concatenate([*(trimmer.write(piece) for piece in pieces), trimmer.finish()])


def hello() -> AudioClip:
    with wave.open(str(Path(__file__).parent.parent / "fixtures" / "hello.wav")) as file:
        return AudioClip(from_s16le(file.readframes(file.getnframes())), file.getframerate())


def test_long_silence_at_the_edges_is_cut_to_what_is_kept() -> None:
    # A sine crosses zero at its ends: its first and last sample are silence, the frames that hold them are sound.
    sound = tone(RATE, RATE)
    whole = np.concatenate([silence(0.4), sound, silence(0.7)])
    out = trimmed(whole)
    np.testing.assert_array_equal(out, whole[round(0.4 * RATE) - KEEP : round(1.4 * RATE) + KEEP])


@pytest.mark.parametrize("size", [100, 1_000, 40_000])
@pytest.mark.parametrize("before", [0.0, 0.03, 0.4])
def test_it_knows_how_much_it_took_off_the_beginning(before: float, size: int) -> None:
    whole = np.concatenate([silence(before), tone(RATE // 2, RATE)])
    trimmer = EdgeTrimmer(RATE)
    out = np.concatenate([*(trimmer.write(whole[at : at + size]) for at in range(0, len(whole), size))])
    assert trimmer.skipped == max(0, round(before * RATE) - KEEP)
    np.testing.assert_array_equal(out, whole[trimmer.skipped :][: len(out)])


@pytest.mark.parametrize(("before", "after"), [(0.0, 0.0), (0.02, 0.03), (0.05, 0.05)])
def test_short_silence_stays(before: float, after: float) -> None:
    whole = np.concatenate([silence(before), tone(RATE, RATE), silence(after)])
    np.testing.assert_array_equal(trimmed(whole), whole)


def test_nothing_is_kept_where_nothing_is_asked_for() -> None:
    whole = np.concatenate([silence(0.5), tone(RATE, RATE), silence(0.5)])
    np.testing.assert_array_equal(trimmed(whole, keep_s=0.0), whole[RATE // 2 : RATE * 3 // 2])


def test_pauses_inside_pass_bit_for_bit() -> None:
    inside = np.concatenate([tone(RATE, RATE), silence(2.0), tone(RATE, RATE, 300)])
    out = trimmed(silence(1.0), inside[:30_000], inside[30_000:], silence(1.0))
    np.testing.assert_array_equal(out[KEEP : KEEP + len(inside)], inside)


@pytest.mark.parametrize("level_db", [-53.0, -60.0, -np.inf])
def test_hiss_under_the_threshold_is_silence(level_db: float) -> None:
    out = trimmed(silence(0.5, level_db), tone(RATE, RATE), silence(0.5, level_db))
    assert abs(len(out) - RATE - 2 * KEEP) <= 2 * 120


def test_a_soft_beginning_over_the_threshold_is_sound() -> None:
    whole = np.concatenate([silence(0.3, -45.0), tone(RATE, RATE)])
    assert len(trimmed(silence(0.5), whole)) == len(whole) + KEEP


def test_a_single_click_is_sound() -> None:
    click = np.zeros(RATE, np.float32)
    click[12_000] = 0.1
    assert len(trimmed(click)) == 120 + 2 * KEEP


@pytest.mark.parametrize("pieces", [[], [silence(0.0)], [silence(0.03)], [silence(0.5), silence(0.5)]])
def test_silence_alone_gives_at_most_what_is_kept(pieces: list[Samples]) -> None:
    assert len(trimmed(*pieces)) == min(KEEP, sum(map(len, pieces)))


def test_sound_comes_out_before_the_utterance_ends() -> None:
    trimmer = EdgeTrimmer(RATE)
    assert len(trimmer.write(silence(0.5))) == 0
    assert len(trimmer.write(tone(RATE, RATE))) == RATE + KEEP
    # A pause is given when sound follows it, and not before.
    assert len(trimmer.write(silence(0.5))) == 0
    assert len(trimmer.write(tone(RATE, RATE))) == RATE * 3 // 2
    assert len(trimmer.finish()) == 0


def test_what_is_no_number_is_no_silence() -> None:
    broken = np.full(240, np.nan, np.float32)
    assert len(trimmed(silence(0.5), broken)) == KEEP + 240


def test_a_negative_length_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        EdgeTrimmer(RATE, keep_s=-0.1)


def test_speech_between_long_silences_loses_only_those() -> None:
    clip = hello()
    gap = np.zeros(clip.sample_rate, np.float32)
    spoken = trimmed(clip.samples, rate=clip.sample_rate)
    assert 0 < len(spoken) <= len(clip.samples)
    assert np.abs(spoken).max() == np.abs(clip.samples).max()
    padded = trimmed(gap, clip.samples, gap, rate=clip.sample_rate)
    keep = round(0.05 * clip.sample_rate)
    assert len(spoken) <= len(padded) <= len(spoken) + 2 * keep
    start = int(np.flatnonzero(padded)[0])
    found = padded[start : start + 1000]
    assert any(np.array_equal(found, clip.samples[at : at + 1000]) for at in range(len(clip.samples) - 1000))
    # Nothing but near silence was taken off.
    lost = np.square(clip.samples, dtype=np.float64).sum() - np.square(padded, dtype=np.float64).sum()
    assert lost / max(1, len(clip.samples) - len(spoken)) <= 10 ** (-50 / 10)


@given(
    before=st.integers(0, 4_000),
    loud=st.integers(0, 4_000),
    pause=st.integers(0, 4_000),
    after=st.integers(0, 4_000),
    chunks=st.integers(2, 60),
    keep_s=st.sampled_from([0.0, 0.013, 0.05]),
    seed=st.integers(0, 1_000),
)
def test_the_division_into_pieces_does_not_matter(
    before: int, loud: int, pause: int, after: int, chunks: int, keep_s: float, seed: int
) -> None:
    parts = [silence(before / RATE), tone(loud, RATE), silence(pause / RATE), tone(loud // 2, RATE, 200)]
    whole = np.concatenate([*parts, silence(after / RATE)])
    at_once = trimmed(whole, keep_s=keep_s)
    if len(whole) > chunks:
        np.testing.assert_array_equal(trimmed(*uneven(whole, chunks, seed), keep_s=keep_s), at_once)
    np.testing.assert_array_equal(trimmed(*np.array_split(whole, 7), keep_s=keep_s), at_once)
    # One unbroken stretch of what went in.
    assert any(np.array_equal(at_once, whole[at : at + len(at_once)]) for at in range(len(whole) - len(at_once) + 1))
    if loud:
        assert len(at_once) <= loud * 3 // 2 + pause + 2 * (round(keep_s * RATE) + 120)


def test_samples_one_by_one_give_the_same() -> None:
    whole = np.concatenate([silence(0.1), tone(600, RATE), silence(0.1)])
    np.testing.assert_array_equal(trimmed(*np.split(whole, len(whole))), trimmed(whole))
