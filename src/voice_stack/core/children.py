"""Child processes: whether one has failed by itself, or somebody has ended or stopped it."""

import math
import os
import signal
import subprocess
import sys
import time
from typing import Final

CRASHES: Final = frozenset(
    {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGTRAP, signal.SIGSYS}
)
"""Signals by which a program ends itself."""


def is_stopped(process: subprocess.Popen[bytes]) -> bool:
    """True while a child is held by a signal (SIGSTOP): it lives, and does nothing."""
    try:
        # Looks without taking, so that `process` learns of its end as ever.
        return os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:  # it has ended, and that was seen
        return False


def ended_from_outside(status: int) -> bool:
    """True for the exit status of a child that another process has ended, or the system for want of memory.

    Args:
        status: negative for a signal.
    """
    return status < 0 and -status not in CRASHES and -status != signal.SIGXCPU


def cpu_seconds(process: subprocess.Popen[bytes]) -> float:
    """Seconds of CPU time that a child has taken; infinite where that cannot be told (only Linux can)."""
    if sys.platform != "linux":
        return math.inf
    try:
        # What clock_getcpuclockid(3) makes of a process id.
        return time.clock_gettime(~process.pid << 3 | 2)
    except OSError:  # it is gone
        return math.inf
