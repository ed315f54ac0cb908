"""Other programs, and how busy they keep the cores of this machine."""

import os
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

_EVERY_S = 1.0
# Of the latest second, in the average: what has ended is forgotten within some seconds.
_WEIGHT = 0.5
_PROC = Path("/proc")


class Neighbours:
    """Cores that others use, watched by a thread of its own once a second. Thread-safe.

    Args:
        own: ids of the processes that are no others.
        proc: where the kernel tells.
    """

    def __init__(self, own: Callable[[], Iterable[int]], proc: Path = _PROC) -> None:
        self._own = own
        self._proc = proc
        self._seen: tuple[float, float, dict[int, float]] | None = None
        self._cores: float | None = None
        self._closed = threading.Event()

    @property
    def cores(self) -> float | None:
        """Cores that were busy with others in the last seconds, >= 0; None: not known yet, or not told here."""
        return self._cores

    def watch(self) -> None:
        """Start to watch, until `close`."""
        threading.Thread(target=self._watch, name="neighbours", daemon=True).start()

    def close(self) -> None:
        """Stop watching."""
        self._closed.set()

    def look(self, now: float) -> None:
        """Bring `cores` up to date.

        Args:
            now: seconds, monotonic.
        """
        try:
            busy = _busy_ticks(self._proc)
        except (OSError, ValueError):
            self._cores, self._seen = None, None
            return
        own = {pid: ticks for pid in self._own() if (ticks := _ticks(self._proc, pid)) is not None}
        seen, self._seen = self._seen, (now, busy, own)
        if seen is None or now <= seen[0]:
            return
        ours = sum(ticks - seen[2].get(pid, 0.0) for pid, ticks in own.items())
        others = max(0.0, busy - seen[1] - ours) / (os.sysconf("SC_CLK_TCK") * (now - seen[0]))
        self._cores = others if self._cores is None else self._cores + _WEIGHT * (others - self._cores)

    def _watch(self) -> None:
        self.look(time.monotonic())
        while not self._closed.wait(_EVERY_S):
            self.look(time.monotonic())


def _busy_ticks(proc: Path) -> float:
    """Ticks of all cores in which something ran, or another guest of the machine did."""
    name, *numbers = (proc / "stat").read_text().partition("\n")[0].split()
    if name != "cpu":
        raise ValueError(f"{proc}/stat does not begin with the cores")
    user, nice, system, _idle, _waiting, hard, soft, stolen = map(float, numbers[:8])
    return user + nice + system + hard + soft + stolen


def _ticks(proc: Path, pid: int) -> float | None:
    """Ticks of a process; None when there is no such one."""
    try:
        fields = (proc / str(pid) / "stat").read_text().rpartition(")")[2].split()
        return float(fields[11]) + float(fields[12])
    except (OSError, IndexError, ValueError):
        return None
