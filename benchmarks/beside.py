"""How long somebody waits for a voice command while films are being subtitled, here and in the naive server."""

import contextlib
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from benchmarks.bench import Bench, naive_service, service
from benchmarks.clients import in_background, transcribe
from benchmarks.figures import Curve, Figure, Findings, Goal, Plot, ratio, timed
from benchmarks.material import Recording
from tests.live_server import Server

# The issue's own: under twice the time of an idle service.
_ANSWERED = Goal(2.0)
# Seconds that a film takes to be sent, decoded and begun, and then between two commands.
_FILM_BEGINS_S = 5.0
_BETWEEN_S = 4.0
_FILMS = 4


def command_beside_film(bench: Bench, findings: Findings) -> None:
    """The latency of a 3 s clip, idle and while a one-hour file runs, and here while four of them run."""
    clip = bench.recording(3.0)
    film = bench.recording(300.0 if bench.quick else 3600.0)
    with service() as ours, naive_service(bench.folder) as theirs:
        servers = {"Voice Stack": ours, "naive server": theirs}
        for server in servers.values():
            transcribe(server.v1, clip)
        idle: dict[str, list[float]] = {name: [] for name in servers}
        for _ in range(bench.repetitions):
            for name, server in servers.items():
                idle[name].append(timed(lambda: transcribe(server.v1, clip)))  # noqa: B023 - called at once
        beside = {
            "Voice Stack": beside_films(ours, clip, film, bench.repetitions),
            "naive server": beside_films(theirs, clip, film, bench.repetitions, keeps_on=False),
        }
    # Bazarr asks again after a break, so the service goes on with its films: another one for more of them.
    with service() as ours:
        transcribe(ours.v1, clip)
        crowded = beside_films(ours, clip, film, bench.repetitions, films=_FILMS)
    hour = f"a file of {film.seconds / 60:g} min"
    for name, waits in beside.items():
        goal = _ANSWERED if name == "Voice Stack" and not bench.quick else None
        findings.figures.append(over_idle(f"{name}: 3 s clip beside {hour}, over idle", waits, idle[name], goal))
    findings.figures += [
        over_idle(f"Voice Stack: 3 s clip beside {_FILMS} such files, over idle", crowded, idle["Voice Stack"], None),
        ratio(f"3 s clip beside {hour}, naive server over Voice Stack", *reversed(list(beside.values()))),
    ]
    moments = [_FILM_BEGINS_S + _BETWEEN_S * number for number in range(bench.repetitions)]
    curves = [
        Curve(f"{name}, beside the file", {at: [wait] for at, wait in zip(moments, waits, strict=True)})
        for name, waits in beside.items()
    ]
    curves += [Curve(f"{name}, idle", {0.0: waits}) for name, waits in idle.items()]
    title = f"How long a 3 s clip takes beside {hour}"
    findings.plots.append(Plot("latency", title, "sent, seconds after the file", "seconds", curves, logarithmic=True))


def beside_films(
    server: Server,
    clip: Recording,
    film: Recording,
    repetitions: int,
    *,
    films: int = 1,
    keeps_on: bool = True,
    language: str = "",
) -> list[float]:
    """Latencies of clips that are sent at fixed moments after the films, whether those before have their answers.

    Args:
        language: of the clip; empty: the server's own affair.
        keeps_on: whether the films must still be running at the end, which is what is to be measured.
    """

    def after(seconds: float) -> float:
        time.sleep(seconds)
        return timed(lambda: transcribe(server.v1, clip, language=language))

    with contextlib.ExitStack() as stack:
        running = [stack.enter_context(in_background("film", server.v1, str(film.path))) for _ in range(films)]
        with ThreadPoolExecutor(repetitions) as pool:
            moments = [_FILM_BEGINS_S + _BETWEEN_S * number for number in range(repetitions)]
            waits = list(pool.map(after, moments))
        ended = sum(process.poll() is not None for process in running)
        if keeps_on and ended:
            raise RuntimeError(f"{ended} of {films} files had ended before the last clip had its answer")
    return waits


def over_idle(what: str, waits: list[float], idle: list[float], goal: Goal | None) -> Figure:
    """Latencies over the median of those without a film."""
    usual = statistics.median(idle)
    return Figure(
        what,
        [wait / usual for wait in waits],
        detail=f"{statistics.median(waits):.2f} s against {usual:.2f} s",
        goal=goal,
        absolutes={"beside": waits, "idle": idle},
    )
