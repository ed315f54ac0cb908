"""Mixed load with clients that vanish leaves nothing behind; `python -m benchmarks.soak` shows it for longer."""

import pytest

from benchmarks.soak.run import SoakPlan, soak


@pytest.mark.parametrize("seconds", [12, pytest.param(300, marks=pytest.mark.long)])
def test_mixed_load_leaves_nothing_behind(seconds: float) -> None:
    plan = SoakPlan(seconds, warm_up_s=4, sample_s=1, film_s=30, chapter=(8, 24), settle_s=2, most_at_once=6)
    outcome = soak(plan)
    assert outcome.tally.vanished
    # The first seconds of a process say little about its memory: only a gross leak may fail here.
    leaks = [check for check in outcome.checks if not check.met and not check.about_memory]
    assert not leaks, "\n".join(f"{check.what}: {check.detail}" for check in leaks)
    for before, after in outcome.levels.values():
        assert after.memory_mib < before.memory_mib + 150
