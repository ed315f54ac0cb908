"""This tree against another one, in one run: `python -m benchmarks.against OTHER`.

Both trees' services run side by side, with the same packages and models, and are asked in turns, the order of the two
changing each time. A ratio is this tree's figure over the other's: 1 is the same, below 1 is better.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console

from benchmarks.bench import SETTINGS, Bench
from benchmarks.clients import transcribe
from benchmarks.figures import Figure, Goal, ratio, timed
from benchmarks.material import ROOT, bench_model
from benchmarks.report import show
from benchmarks.speaking import served
from tests.live_server import Server, serve_asr, serve_tts

_SAME = Goal(1.03)
_AT_ONCE = 4
_SENTENCE = "The quick brown fox jumps over the lazy dog, and goes home before it rains."
_BOOK = " ".join([_SENTENCE] * 20)
# Where the assembled service stood before it moved to `apps`.
_PLACES = {
    "asr": ("voice_stack.apps.asr", "voice_stack.asr.app"),
    "tts": ("voice_stack.apps.tts", "voice_stack.tts.app"),
}

Sides = tuple[Path, Path]
"""The sources of this tree and of the other."""


def in_turns(measure: Sequence[Callable[[], float]], repetitions: int) -> tuple[list[float], list[float]]:
    """Values of both sides: ours first, then theirs first, and so on."""
    found: tuple[list[float], list[float]] = ([], [])
    for number in range(repetitions):
        for side in (0, 1) if number % 2 == 0 else (1, 0):
            found[side].append(measure[side]())
    return found


def imports(sides: Sides, repetitions: int) -> Iterator[Figure]:
    """Seconds to import each service, interpreter included."""
    for service, (new, old) in _PLACES.items():

        def seconds(source: Path, new: str = new, old: str = old) -> float:
            module = new if (source / f"{new.replace('.', '/')}.py").is_file() else old
            environment = {**os.environ, "PYTHONPATH": str(source)}
            command = [sys.executable, "-c", f"import {module}"]
            return timed(lambda: subprocess.run(command, env=environment, check=True))

        measured = in_turns([lambda side=side: seconds(side) for side in sides], repetitions)  # type: ignore[misc]
        yield ratio(f"import of {service}", *measured, goal=_SAME)


def starts(sides: Sides, repetitions: int) -> Iterator[Figure]:
    """Seconds from the start of the process to the first healthy answer, and MiB then."""
    resident: tuple[list[float], list[float]] = ([], [])

    def start(number: int) -> float:
        def whole() -> None:
            with serve_asr({"PYTHONPATH": str(sides[number]), "ASR_MODEL": str(bench_model())}) as server:
                resident[number].append(server.resident_mib())

        return timed(whole)

    measured = in_turns([lambda: start(0), lambda: start(1)], repetitions)
    yield ratio("start to healthy, and stop", *measured, goal=_SAME)
    yield ratio("memory at the start", *resident, unit="MiB", goal=_SAME)


def recognition(sides: Sides, bench: Bench) -> Iterator[Figure]:
    """Seconds of a command, of a minute, and of several commands at once; memory after them."""
    settings = {"ASR_MODEL": str(bench_model()), **SETTINGS}
    with _both(serve_asr, sides, settings) as servers:
        for seconds in (3.0, 60.0):
            clip = bench.recording(seconds)
            for server in servers:
                transcribe(server.v1, clip)
            asks = [lambda server=server, clip=clip: timed(lambda: transcribe(server.v1, clip)) for server in servers]
            yield ratio(f"{seconds:g} s of speech", *in_turns(asks, bench.repetitions), goal=_SAME)
        clip = bench.recording(3.0)
        crowds = [lambda server=server: timed(lambda: _at_once(server, clip)) for server in servers]
        yield ratio(f"{_AT_ONCE} clients, 3 s each", *in_turns(crowds, bench.repetitions), goal=_SAME)
        peaks = [[server.resident_mib()] for server in servers]
        yield ratio("memory after them", *peaks, unit="MiB", goal=_SAME)


def _at_once(server: Server, clip: object) -> None:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(lambda _: transcribe(server.v1, clip), range(_AT_ONCE)))  # type: ignore[arg-type]


def speech(sides: Sides, repetitions: int) -> Iterator[Figure]:
    """Seconds to the first byte, and for the whole, of a sentence and of twenty."""
    with _both(serve_tts, sides, {"TTS_ENGINE": "espeak"}) as servers:
        for what, text in (("a sentence", _SENTENCE), ("20 sentences", _BOOK)):
            for server in servers:
                served(server, text, "alloy")
            firsts: tuple[list[float], list[float]] = ([], [])

            def whole(number: int, text: str = text, firsts: tuple[list[float], list[float]] = firsts) -> float:
                first, total, _ = served(servers[number], text, "alloy")
                firsts[number].append(first)
                return total

            measured = in_turns([lambda: whole(0), lambda: whole(1)], repetitions)
            yield ratio(f"first byte of {what}", *firsts, unit="ms", goal=_SAME)
            yield ratio(f"whole of {what}", *measured, unit="ms", goal=_SAME)
        yield ratio(
            "memory of the speech service", *[[server.resident_mib()] for server in servers], unit="MiB", goal=_SAME
        )


@contextlib.contextmanager
def _both(
    serve: Callable[[Mapping[str, str]], contextlib.AbstractContextManager[Server]],
    sides: Sides,
    settings: Mapping[str, str],
) -> Iterator[list[Server]]:
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(serve({"PYTHONPATH": str(source), **settings})) for source in sides]


def main() -> None:
    """Measure and print; the exit code is 0 whatever the figures are."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.against", description=__doc__)
    parser.add_argument("other", type=Path, help="checkout of the other tree")
    parser.add_argument("--repetitions", type=int, default=9)
    arguments = parser.parse_args()
    sides = (ROOT / "src", arguments.other.resolve() / "src")
    console = Console(width=160)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(quick=False, folder=Path(folder))
        measures = (
            imports(sides, arguments.repetitions),
            starts(sides, arguments.repetitions),
            recognition(sides, bench),
            speech(sides, arguments.repetitions * 2),
        )
        show([figure for measure in measures for figure in measure], console)


if __name__ == "__main__":
    main()
