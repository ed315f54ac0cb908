"""Many clients at once: throughput against the naive server, and what an hour of audio costs as load grows."""

from benchmarks.bench import Bench, naive_service, service
from benchmarks.clients import at_once, transcribe
from benchmarks.figures import Curve, Findings, Goal, Plot, ratio, timed
from benchmarks.material import Recording
from benchmarks.processes import cpu_seconds
from tests.live_server import Server

# Within a tenth: the spread of one and the same load on a quiet machine.
_FLAT = Goal(1.1)


def throughput(bench: Bench, findings: Findings) -> None:
    """Clips of 3 s from 1, 4 and 16 clients, with the service as it comes and the naive server, in turns."""
    crowds = (1, 2) if bench.quick else (1, 4, 16)
    clip = bench.recording(3.0)
    rates: dict[str, dict[float, list[float]]] = {"Voice Stack": {}, "naive server": {}}
    with service() as ours, naive_service(bench.folder) as theirs:
        servers = dict(zip(rates, (ours, theirs), strict=True))
        for server in servers.values():
            transcribe(server.v1, clip)
        for clients in crowds:
            requests = max(clients, 2 if bench.quick else 4)
            for rate in rates.values():
                rate[clients] = []
            for _ in range(bench.repetitions):
                for name, server in servers.items():
                    rates[name][clients].append(60 * requests / _wall(server, clip, clients, requests))
            clients_in_words = f"{clients} client{'s' if clients > 1 else ''}"
            findings.figures.append(
                ratio(
                    f"clips a minute over the naive server, {clients_in_words}",
                    *(rates[name][clients] for name in servers),
                    unit="a minute",
                )
            )
    curves = [Curve(name, points) for name, points in rates.items()]
    title = "3 s clips through one model on the same cores"
    findings.plots.append(Plot("throughput", title, "clients", "clips a minute", curves))


def growing_load(bench: Bench, findings: Findings) -> None:
    """What an hour of audio costs, in time and in CPU time, with two clients and with ten times as many."""
    crowds = (2, 4) if bench.quick else (2, 6, 20)
    clip = bench.recording(30.0)
    wall: dict[float, list[float]] = {clients: [] for clients in crowds}
    cpu: dict[float, list[float]] = {clients: [] for clients in crowds}
    with service() as server:
        transcribe(server.v1, clip)
        for _ in range(bench.repetitions):
            for clients in crowds:
                requests = max(clients, 4)
                hours = requests * clip.seconds / 3600
                before = cpu_seconds(server.pid)
                wall[clients].append(_wall(server, clip, clients, requests, priority="batch") / hours)
                cpu[clients].append((cpu_seconds(server.pid) - before) / hours)
    few, many = crowds[0], crowds[-1]
    for what, costs in (("time", wall), ("CPU time", cpu)):
        title = f"{what} of an hour of audio, {many} clients over {few}"
        findings.figures.append(ratio(title, costs[many], costs[few], goal=None if bench.quick else _FLAT))
    curves = [Curve("wall time", wall), Curve("CPU time", cpu)]
    findings.plots.append(
        Plot("load", "What an hour of audio costs as load grows", "clients", "seconds an hour of audio", curves)
    )


def _wall(server: Server, clip: Recording, clients: int, requests: int, *, priority: str | None = None) -> float:
    """Seconds until the last of so many requests has its answer."""

    def one() -> float:
        return timed(lambda: transcribe(server.v1, clip, priority=priority))

    return timed(lambda: at_once(clients, requests, one))
