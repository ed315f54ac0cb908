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
# Of a file that are read.
_BYTES = 4096


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
        self._files: dict[Path, int] = {}
        self._thread: threading.Thread | None = None

    @property
    def cores(self) -> float | None:
        """Cores that were busy with others in the last seconds, >= 0; None: not known yet, or not told here."""
        return self._cores

    def watch(self) -> None:
        """Start to watch, until `close`."""
        self._thread = threading.Thread(target=self._watch, name="neighbours", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop watching."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join()

    def look(self, now: float) -> None:
        """Bring `cores` up to date.

        Args:
            now: seconds, monotonic.
        """
        try:
            busy = _busy_ticks(self._read(self._proc / "stat"))
        except (OSError, ValueError):
            self._cores, self._seen = None, None
            return
        own = {pid: ticks for pid in self._own() if (ticks := self._ticks(pid)) is not None}
        for path in self._files.keys() - {self._proc / "stat", *(self._proc / str(pid) / "stat" for pid in own)}:
            os.close(self._files.pop(path))
        seen, self._seen = self._seen, (now, busy, own)
        if seen is None or now <= seen[0]:
            return
        ours = sum(ticks - seen[2].get(pid, 0.0) for pid, ticks in own.items())
        others = max(0.0, busy - seen[1] - ours) / (os.sysconf("SC_CLK_TCK") * (now - seen[0]))
        self._cores = others if self._cores is None else self._cores + _WEIGHT * (others - self._cores)

    def _watch(self) -> None:
        try:
            self.look(time.monotonic())
            while not self._closed.wait(_EVERY_S):
                self.look(time.monotonic())
        finally:
            while self._files:
                os.close(self._files.popitem()[1])

    def _read(self, path: Path) -> str:
        """The beginning of a file, which stays open: a service that does nothing is not to open one every second."""
        if path not in self._files:
            self._files[path] = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return os.pread(self._files[path], _BYTES, 0).decode()
        except OSError:
            os.close(self._files.pop(path))
            raise

    def _ticks(self, pid: int) -> float | None:
        """Ticks of a process; None when there is no such one."""
        try:
            fields = self._read(self._proc / str(pid) / "stat").rpartition(")")[2].split()
            return float(fields[11]) + float(fields[12])
        except (OSError, IndexError, ValueError):
            return None


def _busy_ticks(stat: str) -> float:
    """Ticks of all cores in which something ran, or another guest of the machine did."""
    name, *numbers = stat.partition("\n")[0].split()
    if name != "cpu":
        raise ValueError("the kernel's statistics do not begin with the cores")
    user, nice, system, _idle, _waiting, hard, soft, stolen = map(float, numbers[:8])
    return user + nice + system + hard + soft + stolen
