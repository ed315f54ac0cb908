"""Devices of the machine, and the priority of threads that use them."""

import math
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Final, TypeVar

T = TypeVar("T")

LOW_PRIORITY: Final = 15
"""Steps of niceness: beside a thread of ordinary priority that wants all of a core, one of low priority gets 3 %."""

CAN_LOWER_PRIORITY: Final = sys.platform == "linux"
"""Whether threads have priorities of their own here, which those that they start inherit."""

_CONTROL_GROUPS = Path("/sys/fs/cgroup")


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


def one_where_priorities_are(device: str) -> int:
    """Computations at once of an engine that gives each of them all cores, and films threads of low priority; where
    there are no priorities a second one lets a command pass."""
    return 1 if CAN_LOWER_PRIORITY else two_on_a_cpu(device)


def on_a_thread(build: Callable[[], T], *, niceness: int = 0) -> T:
    """What `build` returns, called on a thread that ends with it.

    OpenMP keeps the threads that it has started for one of ours until that ends. With more of them than cores, GNU's
    lets none wait actively for the next loop, which makes a decoder three times as slow: so what loads a model in
    parallel must not leave any behind.

    Args:
        niceness: steps by which the priority of the thread is lower, and of all that it starts; there is no way back.

    Raises:
        Exception: of `build`.
    """
    built: Future[T] = Future()

    def work() -> None:
        try:
            if niceness and CAN_LOWER_PRIORITY:
                os.nice(niceness)  # of this thread: Linux has no niceness of processes
            built.set_result(build())
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            built.set_exception(error)

    thread = threading.Thread(target=work, name="builder")
    thread.start()
    thread.join()
    return built.result()
