"""One file at a time: the service over engines that are called directly, and when a stream begins."""

import statistics

from benchmarks.bench import Bench, service
from benchmarks.clients import stream_transcript, transcribe
from benchmarks.direct import Direct, direct_engines
from benchmarks.figures import Figure, Findings, ratio, timed


def service_over_engine(bench: Bench, findings: Findings) -> None:
    """Wall time of a request over that of engines called directly on samples that are decoded already, in turns."""
    sizes = {3.0: list(Direct), 60.0: [Direct.SEQUENTIAL, Direct.BATCHED], 600.0: [Direct.SEQUENTIAL, Direct.BATCHED]}
    if bench.quick:
        sizes = {3.0: [Direct.SEQUENTIAL, Direct.BATCHED]}
    with service() as server, direct_engines() as direct:
        clip = bench.recording(3.0)
        transcribe(server.v1, clip)
        for engine in sizes[3.0]:
            direct.seconds(engine, clip)
        for seconds, engines in sizes.items():
            recording = bench.recording(seconds)
            served: list[float] = []
            raw: dict[Direct, list[float]] = {engine: [] for engine in engines}
            for _ in range(bench.repetitions):
                served.append(timed(lambda: transcribe(server.v1, recording)))  # noqa: B023 - called at once
                for engine in engines:
                    raw[engine].append(direct.seconds(engine, recording))
            for engine in engines:
                findings.figures.append(ratio(f"service over {engine}, {seconds:g} s of speech", served, raw[engine]))


def first_delta(bench: Bench, findings: Findings) -> None:
    """When the first SSE delta arrives, as a share of the time that the whole stream takes."""
    seconds = 40.0 if bench.quick else 300.0
    recording = bench.recording(seconds)
    with service() as server:
        transcribe(server.v1, bench.recording(3.0))
        streams = [stream_transcript(server.v1, recording) for _ in range(bench.repetitions)]
    firsts, totals = [stream.first for stream in streams], [stream.total for stream in streams]
    findings.figures.append(
        Figure(
            f"first SSE delta over the whole stream, {seconds:g} s of speech",
            [stream.first / stream.total for stream in streams],
            detail=f"{statistics.median(firsts):.2f} s of {statistics.median(totals):.2f} s",
            absolutes={"first": firsts, "total": totals},
        )
    )
