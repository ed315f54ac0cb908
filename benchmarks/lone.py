"""One request at a time, as in most homes: the service over the engine called directly with all cores, side by side."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.bench import SETTINGS, Bench, cores, service
from benchmarks.beside import beside_films, over_idle
from benchmarks.clients import at_once, transcribe
from benchmarks.direct import Direct, DirectEngines, direct_engines
from benchmarks.figures import Findings, Goal, ratio, timed
from benchmarks.material import Recording, Weights, best_weights, fixed_weights, real_speech, speech, write_samples
from tests.live_server import Server

# The issue's own.
_ALONE = Goal(1.0)
_BATCHED = Goal(1.05)
_BESIDE = Goal(1.2)
_CLIENTS = 16
_PATIENCE_S = 20.0
# In the service's log: where its words for what computes begin.
_SIGNS = ("loaded faster-whisper", "commands: process", "films: process")
# As it comes, but for what would make two runs differ: no draws at random, and no other engine.
_AS_IT_COMES = {
    "ASR_TEMPERATURE": "0",
    "ASR_FALLBACK_ENGINES": "",
    "ASR_COMPUTE_TYPE": "int8",
    "ASR_MAX_UPLOAD_MB": "200",
}
_ONE_BY_ONE = {**_AS_IT_COMES, "ASR_CONDITION_ON_PREVIOUS_TEXT": "false"}
_WITHOUT_CONTEXT = (
    ("windows one by one", _ONE_BY_ONE, None),
    ("eight windows together", {**_ONE_BY_ONE, "ASR_BATCH_SIZE": "8"}, _BATCHED),
)


def lone(bench: Bench, findings: Findings) -> None:
    """With real Whisper base and real speech, where they are at hand."""
    _measure(bench, findings, best_weights())


def lone_with_fixed_tokens(bench: Bench, findings: Findings) -> None:
    """With the model whose cost is always the same."""
    _measure(bench, findings, fixed_weights())


@dataclass(frozen=True, slots=True)
class _Sides:
    """The two that are compared, with the same weights and options."""

    weights: Weights
    server: Server
    direct: DirectEngines
    context: bool

    def in_turns(
        self, recording: Recording, repetitions: int, *, engine: Direct = Direct.SEQUENTIAL, language: str | None = "en"
    ) -> tuple[list[float], list[float]]:
        """Seconds of each side."""
        options = {"temperature": 0, "condition_on_previous_text": self.context, "language": language}
        return _in_turns(
            lambda: timed(lambda: transcribe(self.server.v1, recording, language=language or "")),
            lambda: self.direct.seconds(engine, recording, model=self.weights.model, options=options),
            repetitions,
        )


def _measure(bench: Bench, findings: Findings, weights: Weights) -> None:
    """All of it; the service as it comes, but for films without context from window to window."""
    clip, minute = (_recording(bench, weights, seconds) for seconds in (3.0, 60.0))
    film = _recording(bench, weights, 90.0 if bench.quick else 900.0)
    hour = _recording(bench, weights, 300.0 if bench.quick else 3600.0)
    few = 1 if bench.quick else 2

    def add(what: str, pairs: tuple[list[float], list[float]], goal: Goal | None = None) -> None:
        findings.figures.append(ratio(f"{what} ({weights.name})", *pairs, goal=None if bench.quick else goal))

    with direct_engines() as direct:
        with service(weights.model, _AS_IT_COMES if weights.real else SETTINGS) as server:
            sides = _Sides(weights, server, direct, context=weights.real)
            sides.in_turns(clip, 1)
            ready = _made_ready(server, clip, minute)
            findings.used.append(f"{weights.name} on {cores()} cores for both sides; the service: {ready}")
            for recording in (clip, minute):
                what = f"alone, {recording.seconds:g} s: service over faster-whisper with all cores"
                add(what, sides.in_turns(recording, bench.repetitions), _ALONE)
            add("the same, 3 s, language not told", sides.in_turns(clip, bench.repetitions, language=None))
            if weights.real:
                add(f"alone, {film.seconds:g} s, with context: the same", sides.in_turns(film, 1))
            add(f"{_CLIENTS} clients at once over one by one", _crowd(server, clip, few))
            idle = [timed(lambda: transcribe(server.v1, clip, language="en")) for _ in range(bench.repetitions)]
            waits = beside_films(server, clip, hour, bench.repetitions, language="en")
        what = f"3 s beside a film over idle ({weights.name})"
        findings.figures.append(over_idle(what, waits, idle, None if bench.quick else _BESIDE))
        for how, settings, goal in _WITHOUT_CONTEXT:
            with service(weights.model, settings) as server:
                sides = _Sides(weights, server, direct, context=False)
                sides.in_turns(minute, 1, engine=Direct.BATCHED)
                findings.used.append(f"without context, {how}: {_made_ready(server, clip, minute)}")
                what = f"alone, {film.seconds:g} s, without context, {how}: service over the batched pipeline"
                add(f"{what} with all cores", sides.in_turns(film, few, engine=Direct.BATCHED), goal)
                waits = beside_films(server, clip, hour, bench.repetitions, films=2, language="en")
        findings.figures.append(over_idle(f"3 s beside two films over idle ({weights.name})", waits, idle, None))


def _recording(bench: Bench, weights: Weights, seconds: float) -> Recording:
    path = bench.folder / f"{weights.name}-{seconds:g}s.wav"
    return write_samples(path, (real_speech if weights.real else speech)(seconds))


def _in_turns(
    ours: Callable[[], float], theirs: Callable[[], float], repetitions: int
) -> tuple[list[float], list[float]]:
    """Seconds of both sides, each first as often as the other: what else runs on the machine is shared."""
    found: tuple[list[float], list[float]] = [], []
    for repetition in range(repetitions):
        for side in (0, 1) if repetition % 2 else (1, 0):
            found[side].append((ours, theirs)[side]())
    return found


def _crowd(server: Server, clip: Recording, repetitions: int) -> tuple[list[float], list[float]]:
    """Seconds for a clip of each client, sent at once and sent one after the other."""

    def one() -> float:
        return timed(lambda: transcribe(server.v1, clip, language="en"))

    return _in_turns(
        lambda: timed(lambda: at_once(_CLIENTS, _CLIENTS, one)),
        lambda: timed(lambda: at_once(1, _CLIENTS, one)),
        repetitions,
    )


def _made_ready(server: Server, clip: Recording, minute: Recording) -> str:
    """The service's own words for what computes, after it had time to find that it is alone and to start it."""
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end and sum("computes them with all cores" in line for line in _lines(server)) < 2:
        transcribe(server.v1, clip, language="en")
        transcribe(server.v1, minute, priority="batch", language="en")
        time.sleep(1)
    said = [line[line.index(sign) :] for line in _lines(server) for sign in _SIGNS if sign in line]
    if not any("computes them" in line for line in said):
        said.append("other programs kept cores busy, so that workers shared these")
    return "; ".join(said)


def _lines(server: Server) -> list[str]:
    return server.log.read_text().splitlines()
