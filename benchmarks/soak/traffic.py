"""Clients that come at a rate which the machine can carry, and some of whom vanish."""

import asyncio
import random
import statistics
import time
from collections import Counter, deque
from dataclasses import dataclass, field

import httpx

from benchmarks.bench import cores
from benchmarks.processes import busy_seconds
from benchmarks.soak.requests import COMMON, Ask, BusyError, Clients, WrongAnswerError, name_of

# The share of the machine that is to be busy.
BUSY = (0.6, 0.8)
# Above this many times its idle latency a command waits for too long: less load.
_SLOW = 4.0
_ADAPT_S = 2.0
_FIRST_RATE, _LEAST_RATE, _MOST_RATE = 4.0, 1.0, 80.0
_VANISHING = 0.3
_FILM_EVERY_S = 45.0
_KEPT_ERRORS = 20
# Longest time for the last requests to end.
_DRAIN_S = 180.0


@dataclass(slots=True)
class Tally:
    """What became of the requests, by kind.

    Attributes:
        errors: the first wrong answers in words.
        command_s: latencies of the latest voice commands that were answered, in seconds.
    """

    done: Counter[str] = field(default_factory=Counter)
    vanished: Counter[str] = field(default_factory=Counter)
    busy: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    turned_away: int = 0
    errors: list[str] = field(default_factory=list)
    command_s: deque[float] = field(default_factory=lambda: deque(maxlen=30))

    def fail(self, kind: str, error: Exception) -> None:
        self.wrong[kind] += 1
        if len(self.errors) < _KEPT_ERRORS:
            self.errors.append(f"{kind}: {type(error).__name__}: {error}")


class Traffic:
    """Load on both services.

    Args:
        idle_s: what a voice command takes when nothing else happens.
        most_at_once: requests under way; who comes then is turned away here.

    Attributes:
        rate: requests a second, as adapted lately.
        busy: share of the machine's cores that was busy lately, 0 to 1.
    """

    def __init__(self, clients: Clients, idle_s: float, most_at_once: int, chance: random.Random) -> None:
        self.tally = Tally()
        self.rate = _FIRST_RATE
        self.busy = 0.0
        self._clients = clients
        self._idle_s = idle_s
        self._most = most_at_once
        self._chance = chance
        self._under_way: set[asyncio.Task[None]] = set()
        self._usual_s: dict[str, float] = {}

    @property
    def under_way(self) -> int:
        return len(self._under_way)

    async def run(self, seconds: float) -> None:
        """Send requests for so long, then wait for the answers to those that are under way."""
        adapting = asyncio.create_task(self._adapt())
        end = time.monotonic() + seconds
        next_film = time.monotonic()
        while time.monotonic() < end:
            if time.monotonic() >= next_film:
                next_film += _FILM_EVERY_S
                self.ask(Clients.film)
            elif self.under_way < self._most:
                self.ask(self._chance.choices(list(COMMON), list(COMMON.values()))[0])
            else:
                self.tally.turned_away += 1
            await asyncio.sleep(self._chance.expovariate(self.rate))
        adapting.cancel()
        await self.drain()

    async def burst(self, number: int) -> None:
        """So many requests at once on each service that all of its threads are made."""
        for _ in range(number):
            self.ask(Clients.command, vanish=False)
            self.ask(Clients.long_text, vanish=False)
        await self.drain()
        self.tally.command_s.clear()  # they waited for each other

    async def drain(self) -> None:
        """Wait until every request has its answer, or its client is gone; what has none in time counts as wrong."""
        if not self._under_way:
            return
        _, late = await asyncio.wait(self._under_way, timeout=_DRAIN_S)
        for task in late:
            task.cancel()
            self.tally.fail(task.get_name(), TimeoutError(f"no end within {_DRAIN_S:g} s of the last request"))
        if late:
            await asyncio.wait(late)

    def ask(self, ask: Ask, *, vanish: bool | None = None) -> None:
        """Send one request.

        Args:
            vanish: whether its client goes before the answer; None: by chance.
        """
        goes = self._chance.random() < _VANISHING if vanish is None else vanish
        task = asyncio.create_task(self._one(ask, goes), name=name_of(ask))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _one(self, ask: Ask, goes: bool) -> None:
        kind = name_of(ask)
        # Anywhere in the request, and now and then just after it.
        limit = self._chance.uniform(0, 1.2 * self._usual_s.get(kind, 0.5)) if goes else None
        started = time.monotonic()
        try:
            async with asyncio.timeout(limit):
                await ask(self._clients)
        except TimeoutError:
            self.tally.vanished[kind] += 1
            return
        except BusyError:
            self.tally.busy[kind] += 1
            return
        except (WrongAnswerError, httpx.HTTPError) as error:
            self.tally.fail(kind, error)
            return
        took = time.monotonic() - started
        self.tally.done[kind] += 1
        self._usual_s[kind] = 0.8 * self._usual_s.get(kind, took) + 0.2 * took
        if ask is Clients.command:
            self.tally.command_s.append(took)

    async def _adapt(self) -> None:
        """Keep the machine as busy as it is to be, and voice commands from waiting for long."""
        spent, since = busy_seconds(), time.monotonic()
        while True:
            await asyncio.sleep(_ADAPT_S)
            now_spent, now = busy_seconds(), time.monotonic()
            self.busy = (now_spent - spent) / (now - since) / cores()
            spent, since = now_spent, now
            slow = statistics.median(self.tally.command_s or [0.0]) > _SLOW * self._idle_s
            if self.busy > BUSY[1] or slow:
                self.rate = max(_LEAST_RATE, self.rate * 0.85)
            elif self.busy < BUSY[0]:
                self.rate = min(_MOST_RATE, self.rate * 1.2)
