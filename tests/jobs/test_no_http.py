"""Jobs of a program that speaks no HTTP."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.jobs.training_app import STEPS, expected_weights

PROGRAM = Path(__file__).with_name("training_app.py")
_END_S = 60


def start(folder: Path, step_s: float) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, str(PROGRAM), str(folder), str(step_s)], stdout=subprocess.PIPE, text=True)


def killed_at(folder: Path, step: int) -> list[dict[str, Any]]:
    """The steps that the program has told of when it is killed: as soon as it is past this one."""
    process = start(folder, 0.05)
    told = []
    assert process.stdout is not None
    for line in process.stdout:
        told.append(json.loads(line))
        if told[-1]["step"] >= step:
            process.kill()
            break
    told += [json.loads(line) for line in process.stdout]
    process.wait(_END_S)
    process.stdout.close()
    return told


def test_training_goes_on_after_a_kill_and_no_part_of_it_loads_http(tmp_path: Path) -> None:
    first = killed_at(tmp_path, 2)
    second = killed_at(tmp_path, 6)
    process = start(tmp_path, 0.0)
    output, _ = process.communicate(timeout=_END_S)
    assert process.returncode == 0
    *third, answer = map(json.loads, output.splitlines())
    assert answer == {"status": 200, "attempts": 3, "loaded": [], "weights": expected_weights()}
    steps = [told["step"] for told in (*first, *second, *third)]
    assert steps == sorted(set(steps)), "a step was done twice"
    # A kill between a checkpoint and the line that tells of it loses the line, and nothing else.
    assert len(steps) >= STEPS - 2
    assert [told["attempt"] for told in (first[0], second[0], third[0])] == [1, 2, 3]


def test_a_training_that_is_over_is_not_begun_again(tmp_path: Path) -> None:
    for lines in (STEPS + 1, 1):
        process = start(tmp_path, 0.0)
        output, _ = process.communicate(timeout=_END_S)
        assert len(output.splitlines()) == lines
        assert json.loads(output.splitlines()[-1])["weights"] == expected_weights()
