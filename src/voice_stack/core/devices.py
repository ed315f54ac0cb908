"""Devices of the machine."""

import os


def cores() -> int:
    """CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def two_on_a_cpu(device: str) -> int:
    """Computations at once: two clips side by side use two cores better than two threads on one clip do; a GPU takes
    one at a time."""
    return 2 if cores() >= 2 and not device.startswith("cuda") else 1
