"""Devices of the machine, and the threads that OpenMP keeps on them."""

import math
import os
import sys
import threading
from collections.abc import Callable, MutableMapping
from concurrent.futures import Future
from pathlib import Path
from typing import Final, TypeVar

T = TypeVar("T")

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
    """Have OpenMP wait actively for a moment only; what somebody has set there stays. Call it before OpenMP is loaded.

    GNU's own default is some milliseconds at every barrier. Where another program holds one of the cores, a
    computation on all of them is several times as slow with it as on one core.
    """
    if "OMP_WAIT_POLICY" not in environment:
        environment.setdefault("GOMP_SPINCOUNT", _SPINS)


def on_a_thread(build: Callable[[], T]) -> T:
    """What `build` returns, called on a thread that ends with it.

    OpenMP keeps the threads that it has started for one of ours until that ends. With more of them than cores, GNU's
    lets none wait actively for the next loop, which makes a decoder three times as slow: so what loads a model in
    parallel must not leave any behind.

    Raises:
        Exception: of `build`.
    """
    built: Future[T] = Future()

    def work() -> None:
        try:
            built.set_result(build())
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            built.set_exception(error)

    thread = threading.Thread(target=work, name="builder")
    thread.start()
    thread.join()
    return built.result()
