"""Estimates of the time that is left."""

import pytest

from voice_stack.jobs.work.pace import Load, Pace, queued_seconds_left, running_seconds_left


def paced(speed: float = 10.0) -> Pace:
    pace = Pace()
    pace.observe("work", speed * 6, 6.0)
    return pace


def test_a_running_job_goes_on_as_fast_as_it_went() -> None:
    left = running_seconds_left(paced(), "work", done_s=70, total_s=100, done_before_s=50, wall_s=5)
    assert left == pytest.approx(7.5)


def test_a_run_that_has_just_begun_takes_the_pace_of_others() -> None:
    left = running_seconds_left(paced(), "work", done_s=50, total_s=100, done_before_s=50, wall_s=0.1)
    assert left == pytest.approx(5.0)


@pytest.mark.parametrize(("kind", "total"), [("work", None), ("other", 100.0)])
def test_there_is_no_telling_without_facts(kind: str, total: float | None) -> None:
    assert running_seconds_left(paced(), kind, done_s=0, total_s=total, done_before_s=0, wall_s=1) is None


def test_a_waiting_job_waits_for_its_share_of_the_queue() -> None:
    ahead = [Load("work", 100.0), Load("work", 300.0)]
    assert queued_seconds_left(paced(), Load("work", 50.0), ahead, workers=2) == pytest.approx(25.0)
    assert queued_seconds_left(paced(), Load("work", 50.0), [Load("work", None)], workers=2) is None


def test_the_pace_follows_the_newest_runs_slowly() -> None:
    pace = paced(10.0)
    pace.observe("work", 200.0, 10.0)
    pace.observe("work", 0.0, 10.0)
    assert pace.speed("work") == pytest.approx(13.0)
