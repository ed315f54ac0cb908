"""What holds whatever the load is."""

from collections import deque

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.serving.scheduling.simulation import Day, Job, Work
from voice_stack.serving.scheduling.policy import Lane, Policy, PolicyConfig, Request

_COSTS = st.floats(0.0, 300.0)
_RULES = st.builds(
    PolicyConfig,
    width=st.integers(1, 4),
    quantum=st.floats(1.0, 100.0),
    batch_patience_s=st.floats(0.0, 50.0),
    interactive_run=st.integers(1, 6),
)
_JOBS = st.lists(
    st.builds(
        Job,
        lane=st.sampled_from(Lane),
        at=st.floats(0.0, 200.0),
        units=st.lists(st.builds(Work, cost=_COSTS, seconds=st.floats(0.01, 30.0)), min_size=1, max_size=12).map(deque),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(_RULES, _JOBS)
def test_everything_runs_in_order_and_no_slot_is_idle(rules: PolicyConfig, jobs: list[Job]) -> None:
    wanted = {job: [unit.cost for unit in job.units] for job in jobs}
    done = Day(rules, jobs).run()  # sees for itself that no slot is idle while a unit waits
    assert {job: [cost for _, cost in job.served] for job in jobs} == wanted
    assert not any(done.policy.waiting(lane) or done.policy.running(lane) for lane in Lane)
    for unit in done.begun:
        if unit.job.lane is Lane.INTERACTIVE:
            assert unit.batch <= 1 + unit.interactive // rules.interactive_run
            assert unit.waited_s <= done.longest_s * (1 + (unit.interactive + unit.batch) / rules.width) + 1e-6
        else:
            assert unit.overdue_interactive <= rules.interactive_run * (unit.overdue_batch + 1)


@settings(max_examples=60, deadline=None)
@given(
    quantum=st.floats(1.0, 100.0),
    costs=st.lists(st.tuples(_COSTS, _COSTS), min_size=2, max_size=6),
    lane=st.sampled_from(Lane),
    units=st.integers(1, 400),
)
def test_two_that_always_want_to_run_stay_close(
    quantum: float, costs: list[tuple[float, float]], lane: Lane, units: int
) -> None:
    """Estimates may be anything."""
    policy = Policy(PolicyConfig(quantum=quantum))
    actual = {Request(lane): cost for cost, _ in costs}
    estimates = dict(zip(actual, (estimate for _, estimate in costs), strict=True))
    least = quantum / 100
    served = dict.fromkeys(actual, 0.0)
    for request in actual:
        policy.join(request)
        policy.ask(request, estimates[request], 0.0)
    bound = 2 * (quantum + max(least, *actual.values())) + 1e-6
    for now in range(units):
        picked = policy.pick(float(now))
        assert picked is not None
        policy.finish(picked, actual[picked])
        served[picked] += max(actual[picked], least)
        policy.ask(picked, estimates[picked], float(now))
        assert max(served.values()) - min(served.values()) < bound


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_sequence_of_calls_keeps_the_books(data: st.DataObject) -> None:
    """Requests come, give up, run and end in any order."""
    rules = data.draw(_RULES)
    policy = Policy(rules)
    requests = [Request(data.draw(st.sampled_from(Lane))) for _ in range(5)]
    state = dict.fromkeys(requests, "idle")
    for request in requests:
        policy.join(request)
    now = 0.0
    for _ in range(40):
        now += data.draw(st.floats(0.0, 10.0))
        request = data.draw(st.sampled_from(requests))
        if state[request] == "idle":
            policy.ask(request, data.draw(_COSTS), now)
            state[request] = "waiting"
        elif state[request] == "waiting" and data.draw(st.booleans()):
            policy.withdraw(request)
            state[request] = "idle"
        elif state[request] == "running":
            policy.finish(request, data.draw(_COSTS))
            state[request] = "idle"
        while (picked := policy.pick(now)) is not None:
            assert state[picked] == "waiting"
            state[picked] = "running"
        for lane in Lane:
            of_lane = [state[request] for request in requests if request.lane is lane]
            assert policy.waiting(lane) == of_lane.count("waiting")
            assert policy.running(lane) == of_lane.count("running")
        running = list(state.values()).count("running")
        assert running == rules.width or (running < rules.width and "waiting" not in state.values())
        assert all(request.credit <= rules.quantum for request in requests)
