"""Devices of the machine, and how threads wait on them."""

import math
import os
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Final

CAN_PAUSE_PROCESSES: Final = sys.platform == "linux"
"""Whether a child process can be stopped and continued here, and ends with its parent even while it is stopped."""

_CONTROL_GROUPS = Path("/sys/fs/cgroup")
# A fifth of a millisecond or so: longer than the gaps between two loops of a decoder, much shorter than the time slice
# of another program that holds a core.
_SPINS = "10000"


def cores() -> int:
    """CPU cores that this process may use: those of its affinity, fewer where its control group has a quota."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = cpu_quota(_CONTROL_GROUPS)
    return count if quota is None else max(1, min(count, math.ceil(quota)))


def cpu_quota(groups: Path) -> float | None:
    """Cores' worth of time that a container may use; None: all there is.

    Args:
        groups: where the control groups are mounted; a container sees its own there.
    """
    try:
        quota, period = (groups / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            quota, period = ((groups / "cpu" / f"cpu.cfs_{part}_us").read_text() for part in ("quota", "period"))
        except OSError:
            return None
    try:
        found = float(quota) / float(period)
    except (ValueError, ZeroDivisionError):  # "max"
        return None
    return found if found > 0 else None


def two_on_a_cpu(device: str) -> int:
    """Computations at once: two clips side by side use two cores better than two threads on one clip do; a GPU takes
    one at a time."""
    return 2 if cores() >= 2 and not device.startswith("cuda") else 1


def the_engine_decides(device: str) -> int:
    """Computations at once of an engine that chooses when it is loaded: 0."""
    return 0


def bound_spinning(environment: MutableMapping[str, str]) -> None:
    """Have OpenMP wait actively for a moment only; what somebody has set there stays.

    GNU's own default is some milliseconds at every barrier. Where another program holds one of the cores, a decoder on
    all of them is ten times as slow with that as on one core.

    Args:
        environment: of a process that has not loaded OpenMP yet.
    """
    if "OMP_WAIT_POLICY" not in environment:
        environment.setdefault("GOMP_SPINCOUNT", _SPINS)
