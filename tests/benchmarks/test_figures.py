"""Ratios, goals, and what becomes of a measure that fails."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks import __main__ as command
from benchmarks.bench import Bench
from benchmarks.figures import Figure, Findings, Goal, ratio


def test_a_ratio_is_taken_pair_by_pair() -> None:
    figure = ratio("ours over theirs", [2.0, 3.0, 8.0], [1.0, 2.0, 2.0])
    assert figure.values == [2.0, 1.5, 4.0]
    assert figure.median == 2.0
    assert figure.detail == "3.00 s against 2.00 s"


def test_milliseconds_are_shown_where_asked_for() -> None:
    assert ratio("first byte", [0.25], [0.5], unit="ms").detail == "250 ms against 500 ms"


@pytest.mark.parametrize(
    ("goal", "value", "verdict"),
    [
        (Goal(2.0), 2.0, "met"),
        (Goal(2.0), 2.1, "not met"),
        (Goal(1.0, least=True), 0.9, "not met"),
        (Goal(1.0, least=True), 1.0, "met"),
        (None, 9.0, ""),
    ],
)
def test_a_goal_bounds_the_median(goal: Goal | None, value: float, verdict: str) -> None:
    assert Figure("what", [0.0, value, 100.0], goal=goal).verdict == verdict


def test_a_measure_that_fails_fails_the_run_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def half(_: Bench, findings: Findings) -> None:
        findings.figures.append(Figure("the first half", [1.5]))
        raise RuntimeError("the engine is gone")

    def whole(_: Bench, findings: Findings) -> None:
        findings.figures.append(Figure("the other", [0.5]))

    monkeypatch.setattr(command, "MEASURES", {"half": half, "whole": whole})
    code = command.run(["half", "whole"], quick=True, console=Console(width=200), results=tmp_path)
    assert code == 1
    shown = capsys.readouterr().out
    assert "The measure half failed: RuntimeError: the engine is gone" in shown
    saved = json.loads(next(tmp_path.glob("*.json")).read_text())
    assert [figure["what"] for figure in saved["figures"]] == ["the first half", "the other"]
    assert saved["failed"] == {"half": "RuntimeError: the engine is gone"}
