"""What the kernel says of processes (Linux)."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from tests.live_server import Server

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used, and its children that have ended."""
    # The name is in brackets and may hold anything.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, system, children_user, children_system = (int(field) for field in fields[11:15])
    return (user + system + children_user + children_system) / _TICKS_A_SECOND


def busy_seconds() -> float:
    """CPU time that the machine has spent, all cores together, on whatever it was."""
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    idle, waiting = fields[3:5]
    # Guests are in the user's time already.
    return (sum(fields[:8]) - idle - waiting) / _TICKS_A_SECOND


def descendants(server: Server) -> list[int]:
    """Process ids of the service's children, and of theirs."""
    found = list(server.children())
    for child in found:
        with contextlib.suppress(OSError):
            found += list(_children_of(child))
    return found


def resident_mib(pid: int) -> float:
    """Resident memory in MiB; 0 for a process that has ended."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0.0


def _children_of(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        yield from (int(child) for child in (task / "children").read_text().split())
