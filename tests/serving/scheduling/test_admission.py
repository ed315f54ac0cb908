"""Who is let in, and what the others are told."""

import math
import threading
from collections.abc import Callable

import pytest

from voice_stack.core.errors import OverloadedError
from voice_stack.serving.scheduling.admission import Admission, LaneLimits
from voice_stack.serving.scheduling.policy import Lane


def admission(width: int = 1, *, count: int = 100, work_s: float = math.inf) -> Admission:
    return Admission({lane: LaneLimits(count, work_s) for lane in Lane}, width)


def refused(admit: Callable[[], object]) -> int:
    with pytest.raises(OverloadedError) as caught:
        admit()
    assert caught.value.headers == {"retry-after": str(caught.value.retry_after_s)}
    return caught.value.retry_after_s


def test_a_lane_is_full_by_number() -> None:
    queue = admission(count=2)
    first, _ = (queue.admit(Lane.BATCH, 10.0, 1.0) for _ in range(2))
    refused(lambda: queue.admit(Lane.BATCH, 10.0, 1.0))
    queue.admit(Lane.INTERACTIVE, 10.0, 1.0)  # the other lane has room of its own
    queue.leave(first)
    queue.admit(Lane.BATCH, 10.0, 1.0)


def test_a_lane_is_full_by_work() -> None:
    queue = admission(work_s=60.0)
    first = queue.admit(Lane.BATCH, 1190.0, 20.0)  # 59.5 s of work
    queue.admit(Lane.BATCH, 20.0, 20.0)
    refused(lambda: queue.admit(Lane.BATCH, 0.0, 20.0))
    queue.charge(first, 30.0)
    queue.admit(Lane.BATCH, 0.0, 20.0)


@pytest.mark.parametrize("rate", [5e-324, 1e-300])
def test_an_engine_that_was_measured_at_next_to_nothing_refuses_as_any(rate: float) -> None:
    queue = admission(width=2, work_s=60.0)
    queue.admit(Lane.BATCH, 1e10, rate)
    assert refused(lambda: queue.admit(Lane.BATCH, 1.0, rate)) > 0


def test_a_lane_without_a_bound_takes_work_of_any_length() -> None:
    queue = admission()
    queue.admit(Lane.BATCH, 1.0, 5e-324)
    queue.admit(Lane.BATCH, 1.0, 5e-324)


def test_an_empty_lane_takes_work_of_any_length() -> None:
    queue = admission(work_s=60.0)
    queue.admit(Lane.BATCH, 1e6, 1.0)
    refused(lambda: queue.admit(Lane.BATCH, 1.0, 1.0))


def test_a_wide_engine_holds_more_work() -> None:
    queue = admission(width=4, work_s=60.0)
    queue.admit(Lane.BATCH, 200.0, 1.0)
    assert queue.work_s(Lane.BATCH, 1.0) == 50.0
    queue.admit(Lane.BATCH, 0.0, 1.0)


def test_only_the_number_counts_before_the_speed_is_known() -> None:
    queue = admission(count=2, work_s=1.0)
    for _ in range(2):
        queue.admit(Lane.INTERACTIVE, 1e6, None)
    assert refused(lambda: queue.admit(Lane.INTERACTIVE, 1.0, None)) == 5


def test_retry_after_is_when_enough_work_is_done() -> None:
    queue = admission(work_s=60.0)
    queue.admit(Lane.INTERACTIVE, 730.0, 10.0)
    assert refused(lambda: queue.admit(Lane.INTERACTIVE, 1.0, 10.0)) == 13


def test_retry_after_is_when_one_request_has_ended() -> None:
    queue = admission(count=4)
    for _ in range(4):
        queue.admit(Lane.INTERACTIVE, 30.0, 2.0)
    assert refused(lambda: queue.admit(Lane.INTERACTIVE, 30.0, 2.0)) == 15


def test_retry_after_of_batch_counts_what_goes_first() -> None:
    queue = admission(count=1)
    queue.admit(Lane.INTERACTIVE, 7.0, 1.0)
    queue.admit(Lane.BATCH, 30.0, 1.0)
    assert refused(lambda: queue.admit(Lane.BATCH, 30.0, 1.0)) == 37


def test_retry_after_is_a_second_at_the_least_and_an_hour_at_the_most() -> None:
    queue = admission(count=1)
    done = queue.admit(Lane.BATCH, 5.0, 1.0)
    queue.charge(done, 50.0)  # more than was estimated
    assert queue.remaining(Lane.BATCH) == 0.0
    assert refused(lambda: queue.admit(Lane.BATCH, 1.0, 1.0)) == 1
    queue.leave(done)
    queue.admit(Lane.BATCH, 1e9, 1.0)
    assert refused(lambda: queue.admit(Lane.BATCH, 1.0, 1.0)) == 3600


def test_leaving_twice_is_leaving_once() -> None:
    queue = admission()
    booking, _ = queue.admit(Lane.BATCH, 5.0, 1.0), queue.admit(Lane.BATCH, 5.0, 1.0)
    queue.leave(booking)
    queue.leave(booking)
    assert (queue.count(Lane.BATCH), queue.remaining(Lane.BATCH)) == (1, 5.0)


@pytest.mark.parametrize(("requests", "work_s"), [(0, 1.0), (1, 0.0), (1, math.nan)])
def test_limits_that_let_nothing_in_are_refused(requests: int, work_s: float) -> None:
    with pytest.raises(ValueError, match="must be"):
        LaneLimits(requests, work_s)


def test_work_that_nobody_waits_for_keeps_nobody_out() -> None:
    admission = Admission({Lane.INTERACTIVE: LaneLimits(10, 5.0), Lane.BATCH: LaneLimits(10)}, width=1)
    gone = threading.Event()
    booking = admission.admit(Lane.INTERACTIVE, 60.0, 1.0, gone)
    with pytest.raises(OverloadedError):
        admission.admit(Lane.INTERACTIVE, 1.0, 1.0)
    gone.set()
    admission.leave(admission.admit(Lane.INTERACTIVE, 1.0, 1.0))
    assert admission.count(Lane.INTERACTIVE) == 1
    admission.leave(booking)
    assert admission.count(Lane.INTERACTIVE) == 0
