"""Load both services for a while, and see that nothing is left: `python -m benchmarks.soak --minutes 30`.

Exits with 1 when something is.
"""

import argparse
import json
import sys
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from benchmarks.material import ROOT
from benchmarks.report import machine_facts
from benchmarks.soak.picture import draw_soak
from benchmarks.soak.run import Outcome, SoakPlan, counted, soak

RESULTS = ROOT / "benchmarks" / "results"
# Of the time that was asked for.
_WARM_UP_SHARE = 0.2


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="of load, the warm-up included (30)")
    parser.add_argument("--seed", type=int, default=1, help="of everything that is drawn")
    arguments = parser.parse_args()
    if not 0.5 <= arguments.minutes <= 24 * 60:
        parser.error("--minutes is 0.5 to 1440")
    console = Console(width=150)
    facts = machine_facts()
    warm_up_s = arguments.minutes * 60 * _WARM_UP_SHARE
    plan = SoakPlan(arguments.minutes * 60 - warm_up_s, warm_up_s, seed=arguments.seed)
    outcome = soak(plan, lambda line: console.print(line, highlight=False))
    show(outcome, console)
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-soak.json"
    path.write_text(json.dumps({"machine": facts, **outcome.as_json()}, indent=2) + "\n")
    draw_soak(outcome, path.with_suffix(".png"))
    console.print(f"Saved as {path}")
    sys.exit(0 if outcome.met else 1)


def show(outcome: Outcome, console: Console) -> None:
    """The verdict."""
    tally = outcome.tally
    console.print(f"answered: {counted(tally.done)}")
    console.print(f"vanished: {counted(tally.vanished)}")
    console.print(f"refused as busy: {counted(tally.busy)}; wrong: {counted(tally.wrong)}")
    table = Table(title="Soak: met" if outcome.met else "Soak: NOT MET")
    for heading in ("what", "", "figures"):
        table.add_column(heading)
    for check in outcome.checks:
        table.add_row(check.what, "[green]met[/]" if check.met else "[bold red]not met[/]", check.detail)
    console.print(table)


if __name__ == "__main__":
    main()
