"""Batch work stands still for urgent work, but not for ever; on a clock of its own."""

import pytest

from voice_stack.asr.engines.faster_whisper.pauses import Pauses


def test_batch_work_stands_still_while_urgent_work_is_computed_and_shortly_after() -> None:
    pauses = Pauses()
    assert pauses.decide(100.0) is None
    assert not pauses.paused
    pauses.begin()
    pauses.begin()
    pauses.decide(100.0)
    assert pauses.paused
    pauses.end(101.0)
    pauses.decide(101.0)
    assert pauses.paused
    pauses.end(102.0)
    look = pauses.decide(102.0)
    assert pauses.paused
    assert look is not None
    assert 0 < look < 0.2
    assert pauses.decide(102.0 + look) is None
    assert not pauses.paused


@pytest.mark.parametrize("gap_s", [0.0, 0.01, 0.5])
def test_batch_work_has_a_fifth_of_the_time_at_least(gap_s: float) -> None:
    """With urgent units of a second one after another, for an hour."""
    pauses, now, ran, longest = Pauses(), 0.0, 0.0, 0.0
    stopped_at: float | None = None
    urgent, changes_at = False, 0.0
    pauses.decide(now)
    while now < 3600:
        if now >= changes_at:
            urgent = not urgent
            if urgent:
                pauses.begin()
            else:
                pauses.end(now)
            changes_at = now + (1.0 if urgent else gap_s)
        look = pauses.decide(now)
        after = min([changes_at, *([now + look] if look is not None else [])])
        after = max(after, now + 0.001)
        if pauses.paused:
            stopped_at = now if stopped_at is None else stopped_at
            longest = max(longest, after - stopped_at)
        else:
            ran, stopped_at = ran + after - now, None
        now = after
    assert ran >= 0.19 * now
    assert longest <= 20.1
    if not gap_s:
        assert ran <= 0.25 * now


def test_urgent_work_after_a_quiet_time_owes_nothing() -> None:
    pauses = Pauses()
    for start in range(0, 600, 30):
        pauses.begin()
        pauses.decide(float(start))
        assert pauses.paused
        pauses.decide(start + 10.0)
        assert pauses.paused, "ten seconds of every thirty"
        pauses.end(start + 10.0)
        pauses.decide(start + 11.0)
        assert not pauses.paused
