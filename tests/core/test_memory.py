"""Which failures are a want of memory, in the words of the libraries that have it."""

import pytest

from voice_stack.core.memory import out_of_memory


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (RuntimeError("std::bad_alloc"), True),
        (RuntimeError("BFCArena: Failed to allocate memory for requested buffer"), True),
        (RuntimeError("CUDA error: out of memory"), True),
        (RuntimeError("CUDA failed with error out of memory"), True),
        (RuntimeError("cuBLAS failed with status CUBLAS_STATUS_ALLOC_FAILED"), True),
        (
            RuntimeError("[enforce fail at alloc_cpu.cpp:121] err == 0. DefaultCPUAllocator: can't allocate memory"),
            True,
        ),
        (RuntimeError("invalid expand shape"), False),
        (RuntimeError("CUDA failed with error invalid device function"), False),
    ],
)
def test_want_of_memory_is_told_from_other_failures(error: Exception, expected: bool) -> None:
    assert out_of_memory(error) is expected
