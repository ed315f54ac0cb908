"""Engines of other packages go through the same suite, by their entry points; none gets around it."""

import os
import subprocess
import sys
from pathlib import Path

from tests.live_server import ROOT
from tests.strangers import ENGINES, install


def checked(site: Path, chosen: str) -> subprocess.CompletedProcess[str]:
    """The suite with a package installed, for the checks that are chosen as `pytest -k` does."""
    modules = ["tests/engines/test_recognition.py", "tests/engines/test_speech.py"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-vv", "-p", "no:cacheprovider", "-k", chosen, *modules],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_engines_of_an_installed_package_are_held_to_the_same_checks(tmp_path: Path) -> None:
    install(tmp_path)
    done = checked(tmp_path, " or ".join(f"{name}-" for name in ENGINES))
    assert done.returncode == 0, done.stdout
    for name in ENGINES:
        lines = [line for line in done.stdout.splitlines() if f"[{name}-" in line]
        assert sum("PASSED" in line for line in lines) >= 20, done.stdout
        assert all("PASSED" in line or "SKIPPED" in line for line in lines)


def test_an_engine_without_a_case_fails(tmp_path: Path) -> None:
    install(tmp_path, cases=False)
    done = checked(tmp_path, "its_row_is_complete and (count or noise)")
    assert done.returncode == 1, done.stdout
    for name in ENGINES:
        assert f"the engine {name} has no case in tests/engines/cases.py" in done.stdout
