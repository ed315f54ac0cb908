"""Error rates, statistics and pairs, against values that are known otherwise."""

import random
import statistics

import jiwer
import numpy as np
import pytest

from tests.e2e.conftest import HELLO
from voice_stack.audio.clip import AudioClip
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.lab.evaluation.intelligibility import character_errors, distance, word_errors
from voice_stack.lab.evaluation.paired import aligned, pesq, stoi
from voice_stack.lab.evaluation.statistics import binomial_p, mean, pooled, share
from voice_stack.lab.evaluation.values import Errors, Missing

RATE = 16_000


@pytest.fixture(scope="module")
def hello() -> AudioClip:
    with HELLO.open("rb") as file, open_audio(file, DecodeLimits(60.0)) as sound:
        return sound.read(60.0)


def test_distances_are_those_of_another_implementation() -> None:
    draw = random.Random(5)
    for _ in range(200):
        one, other = ([draw.choice("abcd") for _ in range(draw.randint(1, 12))] for _ in range(2))
        measured = jiwer.process_words(" ".join(one), " ".join(other))
        assert distance(one, other) == measured.substitutions + measured.deletions + measured.insertions
    assert (distance([], ["a"]), distance(["a"], [])) == (1, 1)


@pytest.mark.parametrize(
    ("text", "heard", "language", "wrong", "total"),
    [
        ("Dr. Smith paid $5.", "doctor smith paid five dollars", "en", 0, 5),
        ("Don’t stop!", "don't STOP", "en", 0, 2),
        ("It's 12 o'clock", "it's twelve o clock", "en", 2, 3),
        ("one two three", "", "en", 3, 3),
        ("one", "one and two", "en", 2, 1),
        ("Das kostet 3 Euro", "das kostet drei Euro", "de", 0, 4),
    ],
)
def test_words_are_compared_as_they_are_said(text: str, heard: str, language: str, wrong: int, total: int) -> None:
    assert word_errors(text, heard, language) == Errors(wrong, total)


def test_writing_without_blanks_has_an_error_rate_of_characters_alone() -> None:
    assert word_errors("今日は晴れ", "今日は雨", "ja") is None
    errors = character_errors("今日は晴れ", "今日は雨", "ja")
    assert errors is not None
    assert (errors.wrong, errors.total) == (2, 5)
    assert word_errors("...", "a", "en") is None


def test_rates_are_pooled_over_words_and_intervals_hold_the_truth() -> None:
    estimate = pooled([Errors(1, 10), Errors(0, 90)])
    assert estimate is not None
    assert estimate.value == pytest.approx(0.01)
    assert pooled([]) is None
    single = mean([3.0])
    assert single is not None
    assert (single.value, single.low, single.high) == (3.0, None, None)
    # Of a hundred samples of a known mean about five intervals miss it.
    generator = np.random.default_rng(1)
    missed = 0
    for _ in range(100):
        found = mean(generator.normal(3.0, 1.0, 40).tolist())
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        missed += not found.low <= 3.0 <= found.high
    assert missed <= 12


def test_shares_have_wilsons_interval_and_an_exact_test() -> None:
    found = share(8, 10)
    assert found is not None
    assert [found.low, found.high] == pytest.approx([0.4902, 0.9433], abs=1e-3)
    assert binomial_p(8, 10) == pytest.approx(0.109375)
    assert binomial_p(5, 10) == 1.0
    assert binomial_p(20, 20) == pytest.approx(2 / 2**20)
    assert share(0, 0) is None
    assert statistics.NormalDist().inv_cdf(0.975) == pytest.approx(1.959963984540054)


def test_a_copy_is_found_whatever_its_shift_and_its_noise(hello: AudioClip) -> None:
    generator = np.random.default_rng(0)
    noisy = hello.samples + generator.normal(0, 0.02, len(hello.samples)).astype(np.float32)
    late = AudioClip(np.concatenate([np.zeros(4000, np.float32), noisy]), RATE)
    pair = aligned(late, hello)
    assert not isinstance(pair, Missing)
    assert len(pair[0]) == len(pair[1]) == len(hello.samples)
    clean = aligned(hello, hello)
    assert not isinstance(clean, Missing)
    pytest.importorskip("pystoi")
    assert stoi(clean) == pytest.approx(1.0, abs=1e-3)
    worse = stoi(pair)
    assert isinstance(worse, float)
    assert 0.4 < worse < 0.98
    pytest.importorskip("pesq")
    assert pesq(clean) == pytest.approx(4.644, abs=0.01)
    damaged = pesq(pair)
    assert isinstance(damaged, float)
    assert damaged < 3.5


def test_two_recordings_of_other_words_are_no_pair(hello: AudioClip) -> None:
    backwards = AudioClip(hello.samples[::-1].copy(), RATE)
    found = aligned(backwards, hello)
    assert isinstance(found, Missing)
    assert "no copy" in found.reason
    assert isinstance(aligned(AudioClip(hello.samples[:100], RATE), hello), Missing)
