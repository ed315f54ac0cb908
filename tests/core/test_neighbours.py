"""Cores that other programs use, as the kernel's files tell it."""

import os
from pathlib import Path

import pytest

from voice_stack.core.neighbours import Neighbours

TICKS = os.sysconf("SC_CLK_TCK")


def tell(proc: Path, busy_s: float, own: dict[int, float], *, stolen_s: float = 0.0) -> None:
    """Write what the kernel would: seconds of all that ran, and of some processes."""
    (proc / "stat").write_text(f"cpu  {busy_s * TICKS:.0f} 0 0 7000 5000 0 0 {stolen_s * TICKS:.0f} 0 0\ncpu0 1 2 3\n")
    for pid, seconds in own.items():
        (proc / str(pid)).mkdir(exist_ok=True)
        (proc / str(pid) / "stat").write_text(f"{pid} (a) b) S {'0 ' * 10}{seconds * TICKS:.0f} 0 0 0\n")


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_what_others_use_is_told_from_ones_own(tmp_path: Path) -> None:
    neighbours = Neighbours(lambda: [1, 2], tmp_path)
    tell(tmp_path, 100.0, {1: 50.0, 2: 10.0})
    neighbours.look(1000.0)
    assert neighbours.cores is None
    tell(tmp_path, 102.0, {1: 51.0, 2: 11.0})
    neighbours.look(1001.0)
    assert neighbours.cores == pytest.approx(0.0)
    tell(tmp_path, 104.0, {1: 52.0, 2: 11.0}, stolen_s=1.0)
    neighbours.look(1002.0)
    assert neighbours.cores == pytest.approx(1.0), "two cores in half of the time, as it seems so far"
    for second in range(3, 10):
        tell(tmp_path, 104.0, {1: 52.0, 2: 11.0}, stolen_s=1.0)
        neighbours.look(1000.0 + second)
    assert neighbours.cores is not None
    assert neighbours.cores < 0.1, "it is over"


def test_process_that_has_begun_or_ended_is_no_neighbour(tmp_path: Path) -> None:
    own = [1]
    neighbours = Neighbours(lambda: own, tmp_path)
    tell(tmp_path, 100.0, {1: 50.0})
    neighbours.look(0.0)
    own[:] = [2]
    tell(tmp_path, 101.0, {2: 1.0})
    neighbours.look(1.0)
    assert neighbours.cores == pytest.approx(0.0)


def test_nothing_is_known_where_the_kernel_does_not_tell(tmp_path: Path) -> None:
    neighbours = Neighbours(lambda: [1], tmp_path)
    for second in (0.0, 1.0, 2.0):
        neighbours.look(second)
    assert neighbours.cores is None
    neighbours = Neighbours(lambda: [os.getpid()])
    neighbours.look(0.0)
    neighbours.look(1000.0)
    assert neighbours.cores is None or neighbours.cores >= 0


def test_no_file_is_opened_for_nothing_and_none_is_kept(tmp_path: Path) -> None:
    own = [1, 2]
    neighbours = Neighbours(lambda: own, tmp_path)
    tell(tmp_path, 100.0, {1: 50.0, 2: 1.0})
    before = open_files()
    for second in range(3):
        neighbours.look(float(second))
        assert open_files() == before + 3
    own[:] = [1]
    neighbours.look(3.0)
    assert open_files() == before + 2
    neighbours.watch()
    neighbours.close()
    assert open_files() == before
