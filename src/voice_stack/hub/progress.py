"""Progress of a download: from the hub's progress bars to calls, and from calls to lines in the log."""

import io
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

logger = logging.getLogger("voice_stack.hub")

Progress = Callable[[str, int, int | None], None]
"""Called with the model's id, bytes done and bytes in all, or None when that is unknown."""

_EVERY_S = 5.0
_EVERY_SHARE = 0.1
_MB = 1e6


def logged_progress(clock: Callable[[], float] = time.monotonic) -> Progress:
    """A progress that writes a line every tenth of the way or every five seconds, whichever is rarer at the start."""
    lock = threading.Lock()
    last_time = clock()
    last_done = 0

    def report(name: str, done: int, total: int | None) -> None:
        nonlocal last_time, last_done
        with lock:
            now = clock()
            stepped = total is not None and done - last_done >= total * _EVERY_SHARE
            if done <= last_done or not (stepped or now - last_time >= _EVERY_S or done == total):
                return
            last_time, last_done = now, done
        if total:
            logger.info("downloading %s: %.0f of %.0f MB (%.0f %%)", name, done / _MB, total / _MB, 100 * done / total)
        else:
            logger.info("downloading %s: %.0f MB", name, done / _MB)

    return report


def byte_bars(name: str, progress: Progress) -> type:
    """A tqdm class for huggingface_hub that draws nothing and reports the bytes of all files together.

    Args:
        name: passed on to `progress`.
    """
    from tqdm import tqdm  # type: ignore[import-untyped]

    class ByteBar(tqdm):  # type: ignore[misc]
        monitor_interval = 0  # no thread that redraws

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self.counts_bytes = kwargs.get("unit") == "B"
            kwargs.pop("name", None)
            kwargs |= {"file": io.StringIO(), "mininterval": 1e9, "disable": False}
            super().__init__(*args, **kwargs)

        def update(self, n: float | None = 1) -> bool | None:
            drawn: bool | None = super().update(n)
            if self.counts_bytes and self.n:
                # The total grows while the files' sizes come in.
                total = int(self.total) if self.total else None
                progress(name, int(self.n), total)
            return drawn

    return ByteBar
