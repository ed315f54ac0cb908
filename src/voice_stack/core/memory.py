"""Giving memory back to the system, building without its collector, and telling when there is none left."""

import ctypes
import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

logger = logging.getLogger("voice_stack")

# Parameters of glibc's mallopt(3).
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
# Above the layers of a speech model, below a piece of audio: mapping a layer's memory anew for every step took as long
# as its computation (XTTS: 1.8 times the time with 1 MiB; 16 and 32 MiB are no better than 8).
_LARGE_BYTES = 8 << 20
# Free memory at the end of a heap that is kept for what comes next.
_KEPT_BYTES = 64 << 20
_ARENAS = 2
# How numpy, onnxruntime, CTranslate2, torch and CUDA's libraries say that there is no memory.
_OUT_OF_MEMORY = ("out of memory", "bad_alloc", "failed to allocate", "alloc_failed", "alloc_cpu")


def return_freed_memory() -> None:
    """Let large arrays go back to the system when they are freed (glibc; elsewhere this does nothing).

    glibc raises its threshold for separately mapped blocks whenever one is freed, after which minutes of audio live in
    heaps that never shrink, one for every few threads. A fixed threshold and few heaps took 40 % off the peak of a
    long upload.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        logger.debug("this C library has no mallopt")
        return
    mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
    mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
    mallopt(_M_ARENA_MAX, _ARENAS)


def out_of_memory(error: Exception) -> bool:
    """True for a library's failure for want of memory, of the machine or of a GPU."""
    text = str(error).lower()
    return isinstance(error, MemoryError) or any(sign in text for sign in _OUT_OF_MEMORY)


def available_bytes(system: Path = Path("/")) -> int | None:
    """Memory that can be had without swapping, as the machine and the container's limit say; None: not known.

    Args:
        system: root of the system's files.
    """
    told = []
    with suppress(OSError, ValueError):
        lines = (system / "proc/meminfo").read_text().splitlines()
        told += [int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:")]
    for limit, used in (
        ("sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory.current"),
        ("sys/fs/cgroup/memory/memory.limit_in_bytes", "sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ):
        with suppress(OSError, ValueError):  # no such group, or "max"
            told.append(int((system / limit).read_text()) - int((system / used).read_text()))
    return max(0, min(told)) if told else None


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """A block that builds much and throws little away, such as the imports of a service: a tenth of their time is
    the collector's, which finds nothing."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
