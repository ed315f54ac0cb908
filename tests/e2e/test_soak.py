"""Mixed load with clients that vanish leaves nothing behind; `python -m benchmarks.soak` shows it for longer."""

import pytest

from benchmarks.soak.run import SoakPlan, soak


@pytest.mark.alone
@pytest.mark.parametrize("seconds", [15, pytest.param(300, marks=pytest.mark.long)])
def test_mixed_load_leaves_nothing_behind(seconds: float) -> None:
    outcome = soak(SoakPlan(seconds=seconds, warm_up_s=6, sample_s=1, film_s=60, settle_s=3, most_at_once=8))
    assert outcome.tally.vanished
    # The first seconds of a process say little about its memory: only a gross leak may fail here.
    leaks = [check for check in outcome.checks if not check.met and not check.about_memory]
    assert not leaks, "\n".join(f"{check.what}: {check.detail}" for check in leaks)
    for before, after in outcome.levels.values():
        assert after.memory_mib < before.memory_mib + 150
