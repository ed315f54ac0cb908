"""Calls of several threads on one device, made together."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from voice_stack.core.memory import out_of_memory

logger = logging.getLogger("voice_stack.asr")

Call = Callable[[Sequence[Any]], Sequence[Any]]
"""Computes one result for each item, in order. It raises when it cannot, and may then be called again with fewer."""

# For each rank, seconds that an entry counts as younger: those of a lower one go first, but not for ever.
_RANK_S = 20.0
# Seconds after which a device that ran out of memory is given full batches again.
_CAUTIOUS_S = 300.0


@dataclass(frozen=True, slots=True)
class _Failed:
    error: Exception


@dataclass(slots=True, eq=False)
class _Entry:
    """Work that one thread wants computed."""

    key: Hashable
    items: Sequence[Any]
    asked_at: float
    due: float
    results: list[Any] = field(default_factory=list)
    done: bool = False


class MicroBatches:
    """Computes what several threads want at about the same time in common calls. Thread-safe.

    It has no threads of its own: the first of those that wait computes for all whose key is the same. A device that
    runs out of memory gets half of the batch, and in the end one item at a time; an item that fails, fails alone.

    Args:
        size: most items in a call, >= 1; who brings more gets a call of its own.
        wait_s: seconds that a call waits for more items, at most. It does not wait when nobody else is at work.
        width: calls at once.
        clock: seconds, monotonic.
    """

    def __init__(
        self, *, size: int, wait_s: float, width: int = 1, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._size = size
        self._wait_s = wait_s
        self._width = width
        self._clock = clock
        self._changed = threading.Condition()
        self._waiting: list[_Entry] = []
        self._calls = 0
        self._computing = 0
        self._at_work = 0
        self._limit = size
        self._limited_until = 0.0

    @property
    def waiting(self) -> int:
        """Threads whose items are in no call yet."""
        return len(self._waiting)

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Inside the `with` block this thread does what leads to items: a call may wait for them."""
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Inside the `with` block this thread, which is at work, waits for something else: no call waits for it."""
        self._count(-1)
        try:
            yield
        finally:
            self._count(1)

    def compute(self, key: Hashable, call: Call, items: Sequence[Any], rank: int = 0) -> list[Any]:
        """The results for some items. Blocks.

        Args:
            key: items with equal keys may be computed by one call, by that of any of them.
            rank: items of a lower one go first, unless others have waited long.

        Raises:
            Exception: of the call with the one item that failed.
        """
        now = self._clock()
        entry = _Entry(key, items, now, now + rank * _RANK_S)
        with self._changed:
            self._waiting.append(entry)
            self._waiting.sort(key=lambda waiting: waiting.due)
            self._changed.notify_all()
            try:
                group = self._await(entry)
            except BaseException:  # an interrupt: nobody must compute for a thread that is gone
                if entry in self._waiting:
                    self._waiting.remove(entry)
                    self._changed.notify_all()
                raise
        if group:
            self._run(call, group)
        for result in entry.results:
            if isinstance(result, _Failed):
                raise result.error
        return entry.results

    def _count(self, change: int) -> None:
        with self._changed:
            self._at_work += change
            if change < 0:
                self._changed.notify_all()

    def _await(self, entry: _Entry) -> list[_Entry]:
        """Wait until an entry's own thread is to compute a group; an empty one: another thread has computed it."""
        while not entry.done:
            if self._calls < self._width and self._waiting and self._waiting[0] is entry:
                group = self._group(entry)
                left = entry.asked_at + self._wait_s - self._clock()
                if left <= 0 or self._is_complete(group):
                    for taken in group:
                        self._waiting.remove(taken)
                    self._calls += 1
                    self._computing += len(group)
                    return group
                self._changed.wait(left)
            else:
                self._changed.wait()
        return []

    def _group(self, first: _Entry) -> list[_Entry]:
        room = self._room
        group = []
        for entry in self._waiting:
            if entry.key == first.key and (entry is first or len(entry.items) <= room):
                group.append(entry)
                room -= len(entry.items)
        return group

    @property
    def _room(self) -> int:
        """Items that a call may have: fewer than `size` for a while after the device ran out of memory."""
        return self._limit if self._clock() < self._limited_until else self._size

    def _is_complete(self, group: list[_Entry]) -> bool:
        """True when nothing is gained by waiting: the call is full, or all who are at work wait for it."""
        full = sum(len(entry.items) for entry in group) >= self._room
        return full or len(self._waiting) + self._computing >= self._at_work

    def _run(self, call: Call, group: list[_Entry]) -> None:
        items = [item for entry in group for item in entry.items]
        interrupted = _Failed(RuntimeError("The thread that computed for this one was interrupted."))
        results: list[Any] = [interrupted] * len(items)
        try:
            results = self._outcomes(call, items)
        finally:
            with self._changed:
                self._calls -= 1
                self._computing -= len(group)
                for entry in group:
                    entry.results, results = results[: len(entry.items)], results[len(entry.items) :]
                    entry.done = True
                self._changed.notify_all()

    def _outcomes(self, call: Call, items: Sequence[Any]) -> list[Any]:
        """A result for each item, or how it failed."""
        try:
            return list(call(items))
        except Exception as error:  # noqa: BLE001 - each of the threads that wait for it is told
            if len(items) == 1:
                return [_Failed(error)]
            part = 1
            if out_of_memory(error):
                part = (len(items) + 1) // 2
                logger.warning("out of memory with %d windows at once: trying %d", len(items), part)
                with self._changed:
                    self._limit, self._limited_until = part, self._clock() + _CAUTIOUS_S
        return [
            outcome
            for start in range(0, len(items), part)
            for outcome in self._outcomes(call, items[start : start + part])
        ]
