"""Run the measures and print their figures as a table: `python -m benchmarks [MEASURE...]`."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.bench import Bench
from benchmarks.beside import command_beside_film
from benchmarks.figures import Findings
from benchmarks.first_sound import first_sound
from benchmarks.live import live, live_hour
from benchmarks.load import growing_load, throughput
from benchmarks.lone import lone, lone_with_fixed_tokens
from benchmarks.material import ROOT
from benchmarks.memory import film_memory
from benchmarks.report import machine_facts, save, show
from benchmarks.speaking import speech, speech_beside_book
from benchmarks.start import start_up
from benchmarks.transcription import first_delta, service_over_engine

RESULTS = ROOT / "benchmarks" / "results"
MEASURES: Mapping[str, Callable[[Bench, Findings], None]] = {
    "lone": lone,
    "lone-fixed": lone_with_fixed_tokens,
    "start": start_up,
    "engine": service_over_engine,
    "stream": first_delta,
    "command": command_beside_film,
    "throughput": throughput,
    "load": growing_load,
    "memory": film_memory,
    "speech": speech,
    "first-sound": first_sound,
    "book": speech_beside_book,
    "live": live,
    "live-hour": live_hour,
}


def run(names: Sequence[str], *, quick: bool, console: Console, results: Path = RESULTS) -> int:
    """Measure, print and save.

    Args:
        names: of `MEASURES`.
        quick: short material and one repetition: shows that the benchmark runs, not how fast anything is.
        results: folder of what is saved.

    Returns:
        The exit code: 1 when a measure failed; one that misses its goal does not.
    """
    facts = machine_facts()
    findings: dict[str, Findings] = {}
    failed: dict[str, str] = {}
    for name in names:
        console.print(f"[dim]{time.strftime('%H:%M:%S')} {name}[/]")
        findings[name] = Findings()
        with tempfile.TemporaryDirectory() as folder:
            try:
                MEASURES[name](Bench(quick, Path(folder)), findings[name])
            except Exception as error:  # noqa: BLE001 - the others still run; this one fails the run at its end
                console.print_exception()
                failed[name] = f"{type(error).__name__}: {error}"
    for name, found in findings.items():
        for words in found.used:
            console.print(f"{name}: {words}")
    show([figure for found in findings.values() for figure in found.figures], console)
    console.print(f"Saved as {save(findings, failed, facts, results)}")
    for name, problem in failed.items():
        console.print(f"[bold red]The measure {name} failed:[/] {problem}")
    return 1 if failed else 0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short material, one repetition: a smoke run")
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help=f"{', '.join(MEASURES)}; without: all")
    parser.add_argument("--only", action="append", choices=tuple(MEASURES), help="the same; may be repeated")
    arguments = parser.parse_args()
    names = [*arguments.measures, *(arguments.only or ())]
    if unknown := [name for name in names if name not in MEASURES]:
        parser.error(f"no such measure: {', '.join(unknown)}; there are {', '.join(MEASURES)}")
    sys.exit(run(names or tuple(MEASURES), quick=arguments.quick, console=Console(width=160)))


if __name__ == "__main__":
    main()
