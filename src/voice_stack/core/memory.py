"""Giving memory back to the system, building without its collector, and telling when there was none left."""

import ctypes
import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager

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
