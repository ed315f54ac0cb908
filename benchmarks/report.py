"""Figures as a table on the terminal, as JSON, and as pictures."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.bench import cores
from benchmarks.figures import Figure, Findings

_PACKAGES = ("voice-stack", "faster-whisper", "ctranslate2", "numpy", "onnxruntime")


def machine_facts() -> Mapping[str, object]:
    """What the figures were measured on; taken before the run, so that its load shows what else ran."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": cores(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3, 1),
        "load_before": os.getloadavg(),
        "packages": {name: version(name) for name in _PACKAGES},
    }


def show(figures: Sequence[Figure], console: Console) -> None:
    """The table: median, the spread behind it, and the goal."""
    table = Table(title="Voice Stack, measured side by side in this run")
    for heading in ("what", "median", "min to max", "goal", "", "behind it"):
        table.add_column(heading, justify="right" if heading in ("median", "min to max") else "left")
    for figure in figures:
        spread = f"{min(figure.values):.2f} to {max(figure.values):.2f}" if len(figure.values) > 1 else "one run"
        colour = {"met": "green", "not met": "bold red"}.get(figure.verdict)
        table.add_row(
            figure.what,
            f"{figure.median:.2f} {figure.unit}",
            spread,
            str(figure.goal or ""),
            f"[{colour}]{figure.verdict}[/]" if colour else "",
            figure.detail,
        )
    console.print(table)


def save(findings: Mapping[str, Findings], failed: Mapping[str, str], facts: Mapping[str, object], to: Path) -> Path:
    """Write figures and pictures.

    Args:
        findings: by the name of the measure.
        failed: measures that failed, and why.
        facts: about the machine.
        to: folder; made when missing.

    Returns:
        The JSON file.
    """
    to.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    path = to / f"{now:%Y%m%d-%H%M%S}.json"
    figures = [
        {"measure": name, **asdict(figure), "median": figure.median, "verdict": figure.verdict}
        for name, found in findings.items()
        for figure in found.figures
    ]
    used = {name: found.used for name, found in findings.items() if found.used}
    when = now.isoformat(timespec="seconds")
    body = {"when": when, "machine": facts, "used": used, "failed": failed, "figures": figures}
    path.write_text(json.dumps(body, indent=2) + "\n")
    plots = [plot for found in findings.values() for plot in found.plots]
    if plots:
        from benchmarks.pictures import draw

        for plot in plots:
            draw(plot, path.with_name(f"{path.stem}-{plot.name}.png"))
    return path


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()
