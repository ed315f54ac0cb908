"""Progress of a download: calls, and lines in the log."""

import logging
import threading
import time
from collections.abc import Callable

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
