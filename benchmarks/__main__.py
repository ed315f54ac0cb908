"""Run all measurements and print them as a table: `python -m benchmarks`."""

import argparse
import json
import os
import platform
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.material import ROOT, bench_model
from benchmarks.measures import (
    SETTINGS,
    Figure,
    film_memory,
    first_delta_over_total,
    service_over_engine,
    start_up,
)
from benchmarks.speech_measures import cached_voice, xtts_settings
from benchmarks.speech_measures import service_over_engine as speech_service_over_engine
from tests.live_server import serve_asr
from voice_stack.tts.settings import EngineName

RESULTS = ROOT / "benchmarks" / "results"


def measure(*, quick: bool) -> list[Figure]:
    """All figures.

    Args:
        quick: short clips, one repetition: shows that the benchmark runs, not how fast anything is.
    """
    repetitions = 1 if quick else 5
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures += start_up(repetitions)
        with serve_asr({"ASR_MODEL": str(bench_model()), **SETTINGS}) as server:
            for seconds in (3.0,) if quick else (3.0, 60.0):
                figures.append(service_over_engine(server, folder, seconds, repetitions))
            figures.append(first_delta_over_total(server, folder, 40.0 if quick else 600.0, repetitions))
        figures += film_memory(folder, speech_s=30.0, total_s=300.0) if quick else film_memory(folder, speech_s=600.0)
        figures += speech_service_over_engine(EngineName.ESPEAK, {}, repetitions)
        xtts = xtts_settings(folder)
        figures += speech_service_over_engine(EngineName.COQUI, xtts, repetitions)
        figures.append(cached_voice(xtts, repetitions))
    return figures


def show(figures: list[Figure], console: Console) -> None:
    """The table: median, and the spread behind it."""
    table = Table(title="Voice Stack, measured side by side in this run")
    for heading in ("what", "median", "min to max", "behind it"):
        table.add_column(heading, justify="left" if heading in ("what", "behind it") else "right")
    for figure in figures:
        spread = f"{min(figure.values):.2f} to {max(figure.values):.2f}" if len(figure.values) > 1 else "one run"
        unit = "" if figure.unit == "x" else f" {figure.unit}"
        table.add_row(figure.what, f"{figure.median:.2f}{unit or ' x'}", spread, figure.detail)
    console.print(table)


def save(figures: list[Figure]) -> Path:
    """Write the figures, and what they were measured on, as JSON."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    path = RESULTS / f"{now:%Y%m%d-%H%M%S}.json"
    body = {
        "when": now.isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load_before": os.getloadavg(),
        "figures": [asdict(figure) for figure in figures],
    }
    path.write_text(json.dumps(body, indent=2) + "\n")
    return path


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short repetition of everything")
    arguments = parser.parse_args()
    console = Console(width=140)
    figures = measure(quick=arguments.quick)
    show(figures, console)
    console.print(f"Saved as {save(figures).relative_to(ROOT)}")


if __name__ == "__main__":
    main()
