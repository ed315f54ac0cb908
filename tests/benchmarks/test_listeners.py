"""What is heard is compared word by word, however it is written."""

import numpy as np
import pytest

from benchmarks.listeners import SAMPLE_RATE, Dnsmos, errors, words
from tests.conftest import RealModel


def test_numbers_marks_and_case_make_no_difference() -> None:
    assert words("It’s 25 %, Dr. Smith — really!") == words("it's twenty-five percent, doctor smith really")


@pytest.mark.parametrize(
    ("heard", "wrong"), [("one two three four", 0), ("one too three", 2), ("one two two three four", 1), ("", 4)]
)
def test_wrong_missing_and_doubled_words_are_counted(heard: str, wrong: int) -> None:
    assert errors("One, two: three four.", heard) == (wrong, 4)


def test_noise_is_rated_bad(real_model: RealModel) -> None:
    judge = Dnsmos(real_model("dnsmos"))
    noise = np.random.default_rng(1).normal(0, 0.1, SAMPLE_RATE).astype(np.float32)
    opinion = judge.opinion(noise)
    assert 1 <= opinion.overall < 2
    assert opinion.background < 2
