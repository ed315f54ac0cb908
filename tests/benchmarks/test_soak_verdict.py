"""What a soak calls a leak."""

import math
import random
from dataclasses import replace

import pytest

from benchmarks.soak.services import Look
from benchmarks.soak.verdict import answers_check, left_behind, memory_check, trend

SECONDS = [5.0 * number for number in range(288)]
QUIET = Look(memory_mib=200, threads=30, descriptors=15, children=4, running=0, waiting=0, health_s=0.01)


def noisy(slope_mib_an_hour: float) -> list[float]:
    """Memory that jumps about by films and drifts."""
    chance = random.Random(1)
    films = [60.0 if number % 20 < 3 else 0.0 for number in range(len(SECONDS))]
    return [
        250 + film + chance.gauss(0, 3) + slope_mib_an_hour * at / 3600 for at, film in zip(SECONDS, films, strict=True)
    ]


def test_the_trend_of_noise_is_its_drift() -> None:
    found = trend(SECONDS, noisy(100))
    assert found.slope == pytest.approx(100, abs=15)
    assert found.low <= found.slope <= found.high
    assert found.growth == pytest.approx(100 * found.hours, abs=6)


def test_memory_that_comes_and_goes_is_flat() -> None:
    assert memory_check("asr", SECONDS, noisy(0)).met


def test_memory_that_only_grows_is_a_leak() -> None:
    check = memory_check("asr", SECONDS, noisy(120))
    assert not check.met
    assert check.about_memory


def test_a_short_series_has_a_trend_too() -> None:
    assert math.isclose(trend([0, 1, 2, 3], [1, 1, 2, 2]).slope, 1800)


def test_nothing_left_behind_is_what_it_says() -> None:
    assert all(check.met for check in left_behind("asr", QUIET, QUIET, []))


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"running": 1}, "request"),
        ({"waiting": 1}, "request"),
        ({"threads": 40}, "threads"),
        ({"descriptors": 25}, "descriptors"),
        ({"children": 5}, "process"),
    ],
)
def test_each_leak_is_found(change: dict[str, int], part: str) -> None:
    bad = [check for check in left_behind("asr", QUIET, replace(QUIET, **change), []) if not check.met]
    assert len(bad) == 1
    assert part in bad[0].what


def test_a_file_that_is_left_is_named() -> None:
    bad = [check for check in left_behind("asr", QUIET, QUIET, ["uploads/tmp1"]) if not check.met]
    assert "uploads/tmp1" in bad[0].detail


def test_no_answers_at_all_is_no_success() -> None:
    assert not answers_check({}, {}, []).met
    assert answers_check({"command": 3}, {}, []).met
    assert not answers_check({"command": 3}, {"command": 1}, ["command: wrong"]).met
