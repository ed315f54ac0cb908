"""Cores that a container may use, and threads of low priority."""

import os
import threading
from pathlib import Path

import pytest

from voice_stack.core.devices import CAN_LOWER_PRIORITY, LOW_PRIORITY, cores, cpu_quota, on_a_thread


def test_there_is_a_core() -> None:
    assert 1 <= cores() <= (os.cpu_count() or 1)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"cpu.max": "150000 100000\n"}, 1.5),
        ({"cpu.max": "max 100000\n"}, None),
        ({"cpu/cpu.cfs_quota_us": "400000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 4.0),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, None),
        ({"cpu.max": "nonsense"}, None),
        ({}, None),
    ],
)
def test_quota_of_a_container_is_read(tmp_path: Path, files: dict[str, str], expected: float | None) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert cpu_quota(tmp_path) == expected


@pytest.mark.skipif(not CAN_LOWER_PRIORITY, reason="threads have no priorities here")
def test_low_priority_is_inherited_and_stays_there() -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    def build() -> int:
        seen: list[int] = []
        thread = threading.Thread(target=lambda: seen.append(niceness()))
        thread.start()
        thread.join()
        return seen[0]

    before = niceness()
    assert on_a_thread(build, niceness=LOW_PRIORITY) == min(19, before + LOW_PRIORITY)
    assert niceness() == before


def test_failure_on_the_other_thread_is_raised() -> None:
    def build() -> None:
        raise MemoryError("no room")

    with pytest.raises(MemoryError, match="no room"):
        on_a_thread(build)
