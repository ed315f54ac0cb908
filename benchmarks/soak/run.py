"""One soak from its start to its verdict."""

import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import httpx

from benchmarks.soak.material import make_material
from benchmarks.soak.requests import Clients
from benchmarks.soak.services import Look, Soaked, soaked_services
from benchmarks.soak.traffic import Tally, Traffic
from benchmarks.soak.verdict import Check, answers_check, left_behind, memory_check

# Longest time for what is under way to end when nothing more comes: a film of a client that has gone, at the worst.
_QUIET_WITHIN_S = 120.0
_PATIENCE_S = 300.0


@dataclass(frozen=True, slots=True)
class SoakPlan:
    """What is done.

    Attributes:
        seconds: of load after the warm-up.
        warm_up_s: of load before it.
        sample_s: between two samples.
        film_s: of sound in a film.
        chapter: fewest and most sentences of a long text.
        settle_s: of quiet before a service is looked at: threads of a pool end when they have had nothing to do for ten
            seconds, at the next request.
        most_at_once: requests under way at once.
        seed: of everything that is drawn.
    """

    seconds: float
    warm_up_s: float
    sample_s: float = 5.0
    film_s: float = 600.0
    chapter: tuple[int, int] = (20, 60)
    settle_s: float = 12.0
    most_at_once: int = 24
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Sample:
    """Both services at one moment of the load.

    Attributes:
        at: seconds since the soak began.
        rate: requests a second.
        busy: share of the machine.
        under_way: requests without an answer.
        command_s: median of the latest voice commands.
    """

    at: float
    rate: float
    busy: float
    under_way: int
    command_s: float
    looks: dict[str, Look]


@dataclass(slots=True)
class Outcome:
    """What a soak showed.

    Attributes:
        samples: after the warm-up.
        levels: of each service when all is quiet: after the warm-up, and at the end.
    """

    plan: SoakPlan
    idle_command_s: float = 0.0
    samples: list[Sample] = field(default_factory=list)
    levels: dict[str, tuple[Look, Look]] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    checks: list[Check] = field(default_factory=list)

    @property
    def met(self) -> bool:
        return all(check.met for check in self.checks)

    def as_json(self) -> dict[str, object]:
        tally = self.tally
        counts = {name: dict(getattr(tally, name)) for name in ("done", "vanished", "busy", "wrong")}
        return {
            "plan": asdict(self.plan),
            "met": self.met,
            "checks": [asdict(check) for check in self.checks],
            "idle_command_s": self.idle_command_s,
            "requests": {**counts, "turned_away": tally.turned_away, "errors": tally.errors},
            "levels": {name: {"before": asdict(a), "after": asdict(b)} for name, (a, b) in self.levels.items()},
            "samples": [asdict(sample) for sample in self.samples],
        }


def soak(plan: SoakPlan, say: Callable[[str], None] = lambda _: None) -> Outcome:
    """Start both services, load them, stop, and judge.

    Args:
        say: is told what is going on.
    """
    with tempfile.TemporaryDirectory() as folder, soaked_services(Path(folder)) as services:
        return asyncio.run(_soak(plan, services, say))


async def _soak(plan: SoakPlan, services: tuple[Soaked, Soaked], say: Callable[[str], None]) -> Outcome:
    chance = random.Random(plan.seed)
    outcome = Outcome(plan)
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    asr, tts = (service.server.v1 for service in services)
    async with httpx.AsyncClient(timeout=_PATIENCE_S, limits=limits) as http:
        clients = Clients(http, asr, tts, make_material(plan.film_s), chance, plan.chapter)
        outcome.idle_command_s = await _idle_command(clients)
        traffic = Traffic(clients, outcome.idle_command_s, plan.most_at_once, chance)
        say(f"a voice command takes {outcome.idle_command_s * 1000:.0f} ms; warming up for {plan.warm_up_s:g} s")
        await traffic.run(plan.warm_up_s)
        # More than come later: all threads that are ever needed are there then.
        await traffic.burst(2 * plan.most_at_once)
        before = await _quiet(services, clients, plan.settle_s)
        say(f"load for {plan.seconds:g} s")
        started = time.monotonic()
        sampling = asyncio.create_task(_sample(outcome, services, traffic, started, say))
        await traffic.run(plan.seconds)
        sampling.cancel()
        await asyncio.wait({sampling})
        if not sampling.cancelled() and (error := sampling.exception()):
            raise error
        say("the load has ended; waiting for quiet")
        for service in services:
            outcome.checks.append(await _delete_jobs(http, service))
        after = await _quiet(services, clients, plan.settle_s)
        outcome.tally = traffic.tally
    for service in services:
        outcome.levels[service.name] = before[service.name], after[service.name]
        outcome.checks += left_behind(service.name, *outcome.levels[service.name], service.leftovers())
        if len(outcome.samples) >= 4:
            seconds = [sample.at for sample in outcome.samples]
            memory = [sample.looks[service.name].memory_mib for sample in outcome.samples]
            outcome.checks.append(memory_check(service.name, seconds, memory))
    tally = traffic.tally
    outcome.checks.append(answers_check(tally.done, tally.wrong, tally.errors))
    return outcome


async def _idle_command(clients: Clients) -> float:
    """Seconds that a voice command takes, the best of several; the services have loaded their engines then."""
    await clients.sentence()
    times = []
    for _ in range(6):
        started = time.monotonic()
        await clients.command()
        times.append(time.monotonic() - started)
    return min(times[1:])


async def _sample(
    outcome: Outcome, services: Iterable[Soaked], traffic: Traffic, started: float, say: Callable[[str], None]
) -> None:
    while True:
        await asyncio.sleep(outcome.plan.sample_s)
        looks = {service.name: await asyncio.to_thread(service.look) for service in services}
        commands = sorted(traffic.tally.command_s)
        sample = Sample(
            at=time.monotonic() - started,
            rate=traffic.rate,
            busy=traffic.busy,
            under_way=traffic.under_way,
            command_s=commands[len(commands) // 2] if commands else 0.0,
            looks=looks,
        )
        outcome.samples.append(sample)
        told = ", ".join(f"{name} {look.memory_mib:.0f} MiB {look.threads} threads" for name, look in looks.items())
        load = f"{sample.rate:4.1f}/s  busy {sample.busy:.0%}  command {sample.command_s * 1000:.0f} ms"
        say(f"{sample.at:5.0f} s  {load}  {told}")


async def _quiet(services: Iterable[Soaked], clients: Clients, settle_s: float) -> dict[str, Look]:
    """Wait until nothing runs or waits any more, ask each service for something simple, and look at it.

    A service that does not come to rest is looked at as it is.

    Raises:
        WrongAnswerError: an answer is not right.
    """
    await asyncio.gather(*(_rest(service) for service in services))
    await asyncio.sleep(settle_s)
    await clients.command()
    await clients.sentence()
    looks = await asyncio.gather(*(_rest(service) for service in services))
    return dict(zip((service.name for service in services), looks, strict=True))


async def _rest(service: Soaked) -> Look:
    deadline = time.monotonic() + _QUIET_WITHIN_S
    while True:
        look = await asyncio.to_thread(service.look)
        if not (look.running or look.waiting) or time.monotonic() > deadline:
            return look
        await asyncio.sleep(0.5)


async def _delete_jobs(http: httpx.AsyncClient, service: Soaked) -> Check:
    """Cancel the jobs that nobody waits for any more, and delete those that are over."""
    url = f"{service.server.v1}/jobs"
    deadline = time.monotonic() + _QUIET_WITHIN_S
    failed, deleted = 0, 0
    while time.monotonic() < deadline:
        page = await http.get(url, params={"limit": 100})
        page.raise_for_status()
        jobs = page.json()["data"]
        failed += sum(job["status"] == "failed" for job in jobs)
        if not jobs:
            break
        for job in jobs:
            answer = await http.delete(f"{url}/{job['id']}")
            deleted += answer.status_code == 200 and answer.json().get("deleted", False)
        await asyncio.sleep(0.2)
    return Check(
        f"{service.name}: every job can be deleted, none failed",
        not jobs and not failed,
        f"{deleted} deleted, {failed} failed, {len(jobs)} left",
    )


def counted(counts: Counter[str]) -> str:
    """In words, the most frequent first."""
    return ", ".join(f"{number} {kind}" for kind, number in counts.most_common()) or "none"
